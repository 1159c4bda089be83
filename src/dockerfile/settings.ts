// The instructions that set one thing of the image: WORKDIR, USER, STOPSIGNAL, MAINTAINER, EXPOSE, VOLUME.
import type { Report } from '../diagnostics/diagnostic.ts';
import { fault, warn } from './fault.ts';
import { readFlags } from './flags.ts';
import type { Expose, Maintainer, StopSignal, User, Volume, Word, Workdir } from './instructions.ts';
import { baseOf, nameOf, type RawInstruction, type Reader } from './raw-instruction.ts';
import { checkSignal } from './signals.ts';
import { trim } from './space.ts';
import { jsonWords, plainWords } from './words.ts';

/** The whole rest as one word. */
const readOne = (raw: RawInstruction, what: string, report: Report): Word | undefined => {
  const flags = readFlags(raw, {}, report);
  if (raw.rest.text === '')
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, `${nameOf(raw)} needs ${what}`);
  return flags === undefined ? undefined : raw.rest;
};

export const readWorkdir: Reader<Workdir> = (raw, report) => {
  const path = readOne(raw, 'a path', report);
  return path === undefined ? undefined : { ...baseOf(raw), kind: 'workdir', path };
};

export const readUser: Reader<User> = (raw, report) => {
  const user = readOne(raw, 'a user', report);
  return user === undefined ? undefined : { ...baseOf(raw), kind: 'user', user };
};

export const readMaintainer: Reader<Maintainer> = (raw, report) => {
  const text = readOne(raw, 'a name', report);
  return text === undefined ? undefined : { ...baseOf(raw), kind: 'maintainer', text: text.text };
};

export const readStopSignal: Reader<StopSignal> = (raw, report) => {
  // BuildKit takes and ignores any flag here.
  for (const flag of raw.flags)
    warn(report, 'dockerfile/unknown-flag', flag.at, `STOPSIGNAL has no flags; "${flag.text}" does nothing`);
  const signal = readOne({ ...raw, flags: [] }, 'a signal', report);
  if (signal === undefined) return undefined;
  if (!/[$"'\\`]/.test(signal.text) && !checkSignal(signal.text, signal.at, report)) return undefined;
  return { ...baseOf(raw), kind: 'stopsignal', signal };
};

export const readExpose: Reader<Expose> = (raw, report) => {
  const flags = readFlags(raw, {}, report);
  const words = plainWords(raw);
  if (words.length === 0)
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, 'EXPOSE needs a port', {
      hint: 'Write EXPOSE 8080.',
    });
  const ports = words.toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return flags === undefined ? undefined : { ...baseOf(raw), kind: 'expose', ports };
};

export const readVolume: Reader<Volume> = (raw, report) => {
  const flags = readFlags(raw, {}, report);
  const json = jsonWords(raw, report);
  if (json === undefined) return undefined;
  const words = json === 'not-json' ? plainWords(raw) : json;
  const paths = words.map((w) => ({ ...w, text: trim(w.text) }));
  const empty = paths.find((p) => p.text === '');
  if (paths.length === 0 || empty !== undefined)
    return fault(
      report,
      'dockerfile/missing-argument',
      empty?.at ?? raw.keyword.at,
      empty === undefined ? 'VOLUME needs a path' : 'a path of VOLUME is empty',
      { hint: 'Write VOLUME /PATH.' },
    );
  return flags === undefined ? undefined : { ...baseOf(raw), kind: 'volume', paths };
};
