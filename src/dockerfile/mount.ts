// RUN --mount: split when the Dockerfile is read, typed when its variables are known.
import { parseBoolean } from '../base/boolean.ts';
import { cleanPath } from '../base/clean-path.ts';
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { csvFields } from './csv-fields.ts';
import { fault, meant } from './fault.ts';
import { parseByteSize } from './go-values.ts';
import type { MountField, MountFlag, Word } from './instructions.ts';

interface MountBase {
  /** Where in the root file system; relative to WORKDIR unless absolute, and WORKDIR itself when empty. The root is refused. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** Owner and permissions of what the mount makes. */
interface MountFile {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

interface BindMount extends MountBase {
  readonly type: 'bind';
  /** A stage or image; absent: the build context. */
  readonly from?: string;
  readonly source: string;
}

interface CacheMount extends MountBase, MountFile {
  readonly type: 'cache';
  /** The cleaned target when none is given. */
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  /** What a new cache begins with; absent: an empty folder. */
  readonly from?: string;
  readonly source: string;
}

interface TmpfsMount extends MountBase {
  readonly type: 'tmpfs';
  /** Absent or 0: no limit. */
  readonly sizeBytes?: number;
}

interface SecretMount extends MountFile {
  readonly type: 'secret';
  readonly id: string;
  /** Absent when the secret goes into the environment only. */
  readonly target?: string;
  /** Name of the environment variable to set. */
  readonly env?: string;
  /** The build fails without the secret; else the mount is left out. */
  readonly required: boolean;
}

interface SshMount extends MountFile {
  readonly type: 'ssh';
  /** `default` when none is given. */
  readonly id: string;
  /** Absent: the builder chooses and sets SSH_AUTH_SOCK. */
  readonly target?: string;
  readonly required: boolean;
}

export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;

const types = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const sharings = ['shared', 'private', 'locked'] as const;
const keys = [
  'type',
  'from',
  'source',
  'src',
  'target',
  'dst',
  'destination',
  'readonly',
  'ro',
  'readwrite',
  'rw',
  'required',
  'size',
  'id',
  'sharing',
  'mode',
  'uid',
  'gid',
  'env',
];

/** Splits the flag, and checks it whole when no value of it has a variable. */
export const readMountFlag = (flag: Word, report: Report): MountFlag | undefined => {
  const texts = csvFields(flag.text);
  if (texts === undefined)
    return fault(report, 'dockerfile/bad-mount', flag.at, '--mount: it is empty or its double quotes are not balanced');
  const fields = texts.map((text): MountField => {
    const equals = text.indexOf('=');
    return equals < 0
      ? { key: text.toLowerCase() }
      : { key: text.slice(0, equals).toLowerCase(), value: text.slice(equals + 1) };
  });
  const from = fields.findLast((f) => f.key === 'from')?.value;
  if (from !== undefined && /\$./s.test(from))
    return fault(report, 'dockerfile/bad-mount', flag.at, `--mount: variables are not expanded in from=${from}`, {
      hint: 'Make a stage with FROM and that variable, and name the stage in from=.',
    });
  const mount: MountFlag = { at: flag.at, fields, ...(from === undefined || from === '' ? {} : { from }) };
  if (texts.some((t) => /[$\\`'"]/.test(t))) return mount;
  return readMount(mount, (value) => value, report) === undefined ? undefined : mount;
};

interface Given {
  type: Mount['type'];
  from?: string;
  source?: string;
  target?: string;
  id?: string;
  env?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  sizeBytes?: number;
  readOnly?: boolean;
  required?: boolean;
  sharing?: CacheMount['sharing'];
}

type Bad = (problem: string, hint?: string) => undefined;

/**
 * The typed mount. `expandValue` expands a value with the variables of the stage and gives undefined after reporting;
 * a field knows the type that was given before it, as in BuildKit.
 */
export const readMount = (
  flag: MountFlag,
  expandValue: (value: string) => string | undefined,
  report: Report,
): Mount | undefined => {
  const bad: Bad = (problem, hint) =>
    fault(report, 'dockerfile/bad-mount', flag.at, `--mount: ${problem}`, hint === undefined ? {} : { hint });
  const given: Given = { type: 'bind' };
  for (const { key, value: written } of flag.fields) {
    if (!keys.includes(key)) {
      const { hint } = meant(nearest(key, keys), `It may have ${keys.join(', ')}.`);
      return bad(`"${key}" is not a field that it has`, hint);
    }
    const value = written === undefined ? undefined : expandValue(written);
    if (written !== undefined && value === undefined) return undefined;
    const problem = readSwitch(given, key, value) ?? (value === undefined ? undefined : readValue(given, key, value));
    if (problem !== undefined) return bad(problem);
  }
  return typedMount(given, bad);
};

/** Fields that may stand without a value. Gives what is wrong; undefined also when `key` is not such a field. */
const readSwitch = (given: Given, key: string, value: string | undefined): string | undefined => {
  const on = value === undefined ? true : parseBoolean(value);
  switch (key) {
    case 'readonly':
    case 'ro':
      given.readOnly = on ?? true;
      break;
    case 'readwrite':
    case 'rw':
      given.readOnly = !(on ?? true);
      break;
    case 'required':
      if (given.type !== 'secret' && given.type !== 'ssh') return misplaced(given, key);
      given.required = on ?? true;
      break;
    default:
      return value === undefined ? `${key} needs a value: ${key}=VALUE` : undefined;
  }
  return on === undefined ? `${key} cannot be "${value}"; use true or false` : undefined;
};

const misplaced = (given: Given, key: string): string =>
  `"${key}" does not belong to a mount of type ${given.type} (type= must come before it)`;

const readValue = (given: Given, key: string, value: string): string | undefined => {
  switch (key) {
    case 'type': {
      const type = types.find((t) => t === value.toLowerCase());
      if (type === undefined) return `type cannot be "${value}"; it is one of ${types.join(', ')}`;
      given.type = type;
      return undefined;
    }
    case 'sharing': {
      const sharing = sharings.find((s) => s === value.toLowerCase());
      if (sharing === undefined) return `sharing cannot be "${value}"; it is one of ${sharings.join(', ')}`;
      given.sharing = sharing;
      return undefined;
    }
    case 'from':
    case 'id':
    case 'env':
      given[key] = value;
      return undefined;
    case 'source':
    case 'src':
      given.source = value;
      return undefined;
    case 'target':
    case 'dst':
    case 'destination':
      given.target = value;
      return undefined;
    case 'size': {
      if (given.type !== 'tmpfs') return misplaced(given, key);
      const size = parseByteSize(value);
      if (size === undefined) return `size cannot be "${value}"; write it like 64m`;
      given.sizeBytes = size;
      return undefined;
    }
    case 'mode':
    case 'uid':
    case 'gid': {
      const number = unsigned(value, key === 'mode' ? 8 : 10);
      if (number === undefined)
        return `${key} cannot be "${value}"; it is ${key === 'mode' ? 'an octal number like 0400' : 'a number'}`;
      given[key] = number;
      return undefined;
    }
    default:
      return undefined;
  }
};

/** 32 bits, digits only. */
const unsigned = (text: string, radix: 8 | 10): number | undefined => {
  if (!(radix === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(text)) return undefined;
  const value = Number.parseInt(text, radix);
  return value < 2 ** 32 ? value : undefined;
};

const typedMount = (given: Given, bad: Bad): Mount | undefined => {
  const { type, mode, uid, gid, from, id, target = '', source = '', sizeBytes, env } = given;
  const file = {
    ...(mode === undefined ? {} : { mode }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
  const [owner] = Object.keys(file);
  if (owner !== undefined && (type === 'bind' || type === 'tmpfs'))
    return bad(`${owner} does not belong to a mount of type ${type}`);
  if (given.sharing !== undefined && type !== 'cache') return bad(`sharing does not belong to a mount of type ${type}`);
  const origin = from === undefined || from === '' ? {} : { from };
  const required = given.required ?? false;
  const targeted = target === '' ? {} : { target };
  switch (type) {
    case 'bind':
      return notRoot(target, bad) && { type, ...origin, source, target, readOnly: given.readOnly ?? true };
    case 'cache':
      return (
        notRoot(target, bad) && {
          type,
          ...file,
          ...origin,
          source,
          target,
          id: id === undefined || id === '' ? cleanPath(target) : id,
          sharing: given.sharing ?? 'shared',
          readOnly: given.readOnly ?? false,
        }
      );
    case 'tmpfs':
      return (
        notRoot(target, bad) && {
          type,
          target,
          readOnly: given.readOnly ?? false,
          ...(sizeBytes === undefined ? {} : { sizeBytes }),
        }
      );
    case 'secret': {
      if ('from' in origin) return bad('from does not belong to a mount of type secret');
      if (source !== '' && id !== undefined && id !== '') return bad('a secret has either id or source, not both');
      const name = source || id || target.split('/').findLast((part) => part !== '');
      if (name === undefined) return bad('a secret needs id or target', 'Write --mount=type=secret,id=NAME.');
      const place = target !== '' ? { target } : env === undefined ? { target: `/run/secrets/${baseName(name)}` } : {};
      return { type, ...file, id: name, ...place, ...(env === undefined ? {} : { env: env || name }), required };
    }
    case 'ssh':
      if (source !== '') return bad('source does not belong to a mount of type ssh', 'Name the agent by id=.');
      return { type, ...file, id: id === undefined || id === '' ? 'default' : id, ...targeted, required };
    default:
      return type satisfies never;
  }
};

const notRoot = (target: string, bad: Bad): true | undefined =>
  cleanPath(target) === '/' ? bad('it cannot be mounted on "/"', 'Write target=/PATH.') : true;

const baseName = (path: string): string => path.split('/').findLast((part) => part !== '') ?? path;
