// RUN in shell, exec and heredoc form, with its flags.
import { parseBoolean } from '../base/boolean.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { readCommandLine } from './command.ts';
import { fault, warn } from './fault.ts';
import { type Flags, readFlags } from './flags.ts';
import { chomp, readHeredocWord } from './heredoc.ts';
import type { DeviceFlag, Heredoc, MountFlag, Run, RunCommand, Word } from './instructions.ts';
import { csvFields } from './csv-fields.ts';
import { readMountFlag } from './mount.ts';
import { baseOf, type Reader } from './raw-instruction.ts';

const networks = ['default', 'none', 'host'] as const;
const securities = ['sandbox', 'insecure'] as const;

export const readRun: Reader<Run> = (raw, report) => {
  const table = { mount: 'list', network: 'text', security: 'text', device: 'list' } as const;
  const flags = readFlags(raw, table, report);
  const line = readCommandLine(raw, report);
  if (line?.form === 'shell' && line.text === '')
    warn(report, 'dockerfile/empty-command', raw.keyword.at, 'RUN has no command');
  if (line?.form === 'exec' && line.arguments.length === 0)
    return fault(report, 'dockerfile/missing-argument', raw.rest.at, 'RUN [] has no program to run', {
      hint: 'Write RUN ["program", "argument"].',
    });
  if (flags === undefined || line === undefined) return undefined;
  const mounts = flags.list('mount').map((flag) => readMountFlag(flag, report));
  const devices = flags.list('device').map((flag) => readDevice(flag, report));
  const network = choice(flags, 'network', networks, report);
  const security = choice(flags, 'security', securities, report);
  if (network === undefined || security === undefined) return undefined;
  if (!mounts.every((m): m is MountFlag => m !== undefined)) return undefined;
  if (!devices.every((d): d is DeviceFlag => d !== undefined)) return undefined;
  return {
    ...baseOf(raw),
    kind: 'run',
    command: line.form === 'shell' ? withHeredocs(line.text, raw.heredocs) : line,
    heredocs: raw.heredocs,
    mounts,
    network,
    security,
    devices,
  };
};

/** A heredoc alone is the script itself; beside other text it is put together again for the shell. */
const withHeredocs = (text: string, heredocs: readonly Heredoc[]): RunCommand => {
  const [first] = heredocs;
  if (first === undefined) return { form: 'shell', text };
  if (readHeredocWord(text) === undefined)
    return { form: 'shell', text: text + heredocs.map((h) => `\n${h.content}${h.name}`).join('') };
  const content = first.chomp ? chomp(first.content) : first.content;
  return content.startsWith('#!') ? { form: 'script', name: first.name, content } : { form: 'shell', text: content };
};

const choice = <T extends string>(
  flags: Flags,
  name: string,
  [standard, ...others]: readonly [T, ...T[]],
  report: Report,
): T | undefined => {
  const word = flags.text(name);
  if (word === undefined) return standard;
  const found = [standard, ...others].find((v) => v === word.text);
  if (found !== undefined) return found;
  return fault(report, 'dockerfile/bad-flag-value', word.at, `--${name} cannot be "${word.text}"`, {
    hint: `Use ${[standard, ...others].join(', ')}.`,
  });
};

const readDevice = (flag: Word, report: Report): DeviceFlag | undefined => {
  const bad = (problem: string): undefined =>
    fault(report, 'dockerfile/bad-flag-value', flag.at, `--device: ${problem}`, {
      hint: 'Write --device=NAME or --device=name=NAME,required.',
    });
  const fields = csvFields(flag.text);
  if (fields === undefined) return bad('it is empty or its quotes are not balanced');
  let name = '';
  let required = false;
  for (const field of fields) {
    const equals = field.indexOf('=');
    const key = field.slice(0, equals < 0 ? undefined : equals).toLowerCase();
    const value = equals < 0 ? undefined : field.slice(equals + 1);
    if (key === 'required') {
      const given = value === undefined ? true : parseBoolean(value);
      if (given === undefined) return bad(`required cannot be "${value}"`);
      required = given;
    } else if (name === '') name = key === 'name' && value !== undefined ? value : field;
    else return bad(`"${field}" is not a field that it has`);
  }
  return { name, required, at: flag.at };
};
