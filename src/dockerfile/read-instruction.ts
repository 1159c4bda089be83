// Keyword → reader. ONBUILD reads its trigger with the same table.
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { readCmd, readEntrypoint, readShell } from './command.ts';
import { fault, meant } from './fault.ts';
import { readFlags } from './flags.ts';
import { readFrom } from './from.ts';
import { readHealthcheck } from './healthcheck.ts';
import type { From, Instruction, Onbuild } from './instructions.ts';
import { baseOf, nameOf, type RawInstruction, type Reader } from './raw-instruction.ts';
import { readRun } from './run.ts';
import { readExpose, readMaintainer, readStopSignal, readUser, readVolume, readWorkdir } from './settings.ts';
import { trim } from './space.ts';
import { splitLine } from './split.ts';
import { readAdd, readCopy } from './transfer.ts';
import { readArg, readEnv, readLabel } from './variables.ts';

const readOnbuild: Reader<Onbuild> = (raw, report) => {
  const flags = readFlags(raw, {}, report);
  if (raw.rest.text === '')
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, 'ONBUILD needs an instruction');
  const inner = splitLine(raw.line, raw.restStart);
  const name = inner.keyword.text.toUpperCase();
  if (name === 'ONBUILD' || name === 'FROM' || name === 'MAINTAINER')
    return fault(report, 'dockerfile/bad-trigger', inner.keyword.at, `${name} cannot be a trigger of ONBUILD`);
  // A trigger fails only where it is used, so its faults are warnings here; but syntax is an error at once, as in BuildKit.
  let wellFormed = true;
  const instruction = readInstruction({ ...raw, ...inner }, (d) => {
    const isSyntax = d.code === 'dockerfile/bad-json' || d.code === 'dockerfile/bad-pair';
    if (isSyntax) wellFormed = false;
    report(isSyntax ? d : { ...d, severity: 'warning' });
  });
  if (flags === undefined || !wellFormed) return undefined;
  const trigger = raw.line.text.replace(/^[\t\n\f\r ]*onbuild[\t\n\f\r ]*/i, '');
  return {
    ...baseOf(raw),
    kind: 'onbuild',
    trigger: trigger + raw.heredocs.map((h) => `\n${h.content}${h.name}`).join(''),
    ...(instruction === undefined || instruction.kind === 'from' ? {} : { instruction }),
  };
};

const readers: Readonly<Record<string, Reader<From | Instruction>>> = {
  add: readAdd,
  arg: readArg,
  cmd: readCmd,
  copy: readCopy,
  entrypoint: readEntrypoint,
  env: readEnv,
  expose: readExpose,
  from: readFrom,
  healthcheck: readHealthcheck,
  label: readLabel,
  maintainer: readMaintainer,
  onbuild: readOnbuild,
  run: readRun,
  shell: readShell,
  stopsignal: readStopSignal,
  user: readUser,
  volume: readVolume,
  workdir: readWorkdir,
};

/** Whether heredocs of the line belong to it: RUN, COPY and ADD in other than JSON form, also as a trigger. */
export const takesHeredocs = (raw: Pick<RawInstruction, 'line' | 'keyword' | 'rest' | 'restStart'>): boolean => {
  const outer = raw.keyword.text.toLowerCase();
  const { keyword, rest } = outer === 'onbuild' ? splitLine(raw.line, raw.restStart) : raw;
  if (!['run', 'copy', 'add'].includes(keyword.text.toLowerCase())) return false;
  if (!rest.text.startsWith('[')) return true;
  try {
    return !Array.isArray(JSON.parse(rest.text));
  } catch {
    return true;
  }
};

export const readInstruction = (raw: RawInstruction, report: Report): From | Instruction | undefined => {
  const name = raw.keyword.text.toLowerCase();
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader !== undefined) return reader(raw, report);
  const close = nearest(name, Object.keys(readers))?.toUpperCase();
  const written = trim(raw.keyword.text);
  return fault(
    report,
    'dockerfile/unknown-instruction',
    raw.keyword.at,
    written === '' ? 'there is no instruction here' : `"${written}" is not an instruction`,
    meant(
      close,
      `If it belongs to the instruction above, end the line before with "${raw.line.escape}"; ${nameOf(raw)} is not a keyword.`,
    ),
  );
};
