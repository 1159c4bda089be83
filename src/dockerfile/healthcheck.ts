// HEALTHCHECK [flags] CMD command, or HEALTHCHECK NONE.
import type { Report } from '../diagnostics/diagnostic.ts';
import { readCommandLine } from './command.ts';
import { fault, warn } from './fault.ts';
import { type Flags, readFlags } from './flags.ts';
import { parseGoDuration } from './go-values.ts';
import type { Healthcheck } from './instructions.ts';
import { baseOf, type Reader } from './raw-instruction.ts';
import { isSpace } from './space.ts';

const nanosecondsPerMillisecond = 1e6;

export const readHealthcheck: Reader<Healthcheck> = (raw, report) => {
  const { line, rest, restStart } = raw;
  let end = 0;
  while (end < rest.text.length && !isSpace(rest.text[end] ?? '')) end++;
  const type = rest.text.slice(0, end).toUpperCase();
  let start = end;
  while (start < rest.text.length && isSpace(rest.text[start] ?? '')) start++;
  const command = {
    ...raw,
    rest: line.word(restStart + start, restStart + rest.text.length),
    restStart: restStart + start,
  };
  if (type === 'NONE') {
    for (const flag of raw.flags)
      warn(report, 'dockerfile/unknown-flag', flag.at, `"${flag.text}" means nothing before NONE`);
    if (command.rest.text !== '')
      return fault(report, 'dockerfile/too-many-arguments', command.rest.at, 'HEALTHCHECK NONE takes no arguments');
    return { ...baseOf(raw), kind: 'healthcheck', test: ['NONE'] };
  }
  if (type !== 'CMD')
    return fault(
      report,
      type === '' ? 'dockerfile/missing-argument' : 'dockerfile/bad-healthcheck',
      type === '' ? raw.keyword.at : line.span(restStart, restStart + end),
      type === ''
        ? 'HEALTHCHECK needs NONE or CMD and a command'
        : `HEALTHCHECK begins with NONE or CMD, not "${type}"`,
      { hint: `Write HEALTHCHECK CMD ${rest.text === '' ? '["program", "argument"]' : rest.text}.` },
    );
  const table = {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  } as const;
  const flags = readFlags(raw, table, report);
  const test = readCommandLine(command, report);
  if (test !== undefined && (test.form === 'shell' ? test.text === '' : test.arguments.length === 0))
    return fault(report, 'dockerfile/missing-argument', rest.at, 'HEALTHCHECK CMD has no command');
  if (flags === undefined || test === undefined) return undefined;
  const interval = readDuration(flags, 'interval', report);
  const timeout = readDuration(flags, 'timeout', report);
  const startPeriod = readDuration(flags, 'start-period', report);
  const startInterval = readDuration(flags, 'start-interval', report);
  const retries = readRetries(flags, report);
  if (
    interval === undefined ||
    timeout === undefined ||
    startPeriod === undefined ||
    startInterval === undefined ||
    retries === undefined
  )
    return undefined;
  return {
    ...baseOf(raw),
    kind: 'healthcheck',
    test: test.form === 'exec' ? ['CMD', ...test.arguments] : ['CMD-SHELL', test.text],
    ...(interval === 0 ? {} : { interval }),
    ...(timeout === 0 ? {} : { timeout }),
    ...(startPeriod === 0 ? {} : { startPeriod }),
    ...(startInterval === 0 ? {} : { startInterval }),
    ...(retries === 0 ? {} : { retries }),
  };
};

/** Nanoseconds; 0 when the flag is not given. */
const readDuration = (flags: Flags, name: string, report: Report): number | undefined => {
  const word = flags.text(name);
  if (word === undefined || word.text === '') return 0;
  const duration = parseGoDuration(word.text);
  if (duration === undefined)
    return fault(report, 'dockerfile/bad-flag-value', word.at, `--${name}: "${word.text}" is not a duration`, {
      hint: 'Write it like 30s, 1m30s or 500ms.',
    });
  if (duration !== 0 && duration < nanosecondsPerMillisecond)
    return fault(report, 'dockerfile/bad-flag-value', word.at, `--${name} is shorter than a millisecond`);
  return duration;
};

const readRetries = (flags: Flags, report: Report): number | undefined => {
  const word = flags.text('retries');
  if (word === undefined || word.text === '') return 0;
  if (/^\+?[0-9]+$/.test(word.text) && Number(word.text) < 2 ** 31) return Number(word.text);
  return fault(report, 'dockerfile/bad-flag-value', word.at, `--retries: "${word.text}" is not a number of times`, {
    hint: 'Write a whole number, such as 3.',
  });
};
