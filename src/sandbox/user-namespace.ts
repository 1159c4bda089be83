// A user namespace, for RUN without root: the user is root in it, and with ids of /etc/subuid there are other users too.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { works } from './works.ts';

export interface UserNamespace {
  /** Options of unshare(1). */
  readonly options: readonly string[];
  /** True when root is its only user: files cannot be given to others, and nobody else can be become. */
  readonly isSingle: boolean;
}

const single: UserNamespace = { options: ['--user', '--map-root-user'], isSingle: true };
const mapped: UserNamespace = { options: ['--user', '--map-root-user', '--map-auto'], isSingle: false };

const hasRange = (file: string): boolean => {
  try {
    const { username, uid } = userInfo();
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`));
  } catch {
    return false; // no such file, or a user without a name
  }
};

const isAllowed = ({ options }: UserNamespace): boolean =>
  works(['unshare', ...options, '--mount', '--pid', '--ipc', '--uts', '--fork', 'true']);

let found: { readonly namespace: UserNamespace | undefined } | undefined;

/** Undefined for root, who needs none, and where none is allowed. Found out once by doing it. */
export const userNamespace = (): UserNamespace | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return undefined;
  found ??= {
    namespace:
      hasRange('/etc/subuid') && hasRange('/etc/subgid') && isAllowed(mapped)
        ? mapped
        : isAllowed(single)
          ? single
          : undefined,
  };
  return found.namespace;
};

/** The command as root of the namespace. */
export const inUserNamespace = ({ options }: UserNamespace, command: readonly string[]): readonly string[] => [
  'unshare',
  ...options,
  '--',
  ...command,
];
