// Commands in exec or shell form: CMD, ENTRYPOINT, SHELL, and what RUN and HEALTHCHECK share with them.
import type { Report } from '../diagnostics/diagnostic.ts';
import { fault, warn } from './fault.ts';
import { readFlags } from './flags.ts';
import type { Cmd, CommandLine, Entrypoint, Shell } from './instructions.ts';
import { baseOf, nameOf, type RawInstruction, type Reader } from './raw-instruction.ts';
import type { SplitLine } from './split.ts';
import { jsonWords } from './words.ts';

/** A JSON list is the exec form, all else is text for the shell. */
export const readCommandLine = (split: SplitLine, report: Report): CommandLine | undefined => {
  const words = jsonWords(split, report);
  if (words === undefined) return undefined;
  return words === 'not-json'
    ? { form: 'shell', text: split.rest.text }
    : { form: 'exec', arguments: words.map((w) => w.text) };
};

const readFlaglessCommand = (raw: RawInstruction, report: Report): CommandLine | undefined => {
  const flags = readFlags(raw, {}, report);
  const command = readCommandLine(raw, report);
  if (command?.form === 'shell' && command.text === '')
    warn(report, 'dockerfile/empty-command', raw.keyword.at, `${nameOf(raw)} has no command`, {
      hint: `Write ${nameOf(raw)} ["program", "argument"]; ${nameOf(raw)} [] removes what the base image has.`,
    });
  return flags === undefined ? undefined : command;
};

export const readCmd: Reader<Cmd> = (raw, report) => {
  const command = readFlaglessCommand(raw, report);
  return command === undefined ? undefined : { ...baseOf(raw), kind: 'cmd', command };
};

export const readEntrypoint: Reader<Entrypoint> = (raw, report) => {
  const command = readFlaglessCommand(raw, report);
  return command === undefined ? undefined : { ...baseOf(raw), kind: 'entrypoint', command };
};

export const readShell: Reader<Shell> = (raw, report) => {
  const flags = readFlags(raw, {}, report);
  const words = jsonWords(raw, report);
  if (words === undefined) return undefined;
  if (raw.rest.text === '' || words.length === 0)
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, 'SHELL needs a program', {
      hint: 'Write SHELL ["/bin/bash", "-c"].',
    });
  if (words === 'not-json')
    return fault(report, 'dockerfile/bad-json', raw.rest.at, 'SHELL takes a JSON list only', {
      hint: `Write SHELL ${JSON.stringify(raw.rest.text.split(/\s+/))}.`,
    });
  return flags === undefined ? undefined : { ...baseOf(raw), kind: 'shell', arguments: words.map((w) => w.text) };
};
