// Sandbox: processes that end as a whole, and commands in a root file system of their own.
import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { lineSplitter } from '../base/line-split.ts';
import { onExit } from '../base/on-exit.ts';
import { openOutputPipe } from './output-pipe.ts';
import { syscalls } from './syscalls.ts';
import { works } from './works.ts';

export interface TreeOptions {
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly line: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Called once the process runs. */
  readonly started?: () => void;
}

export interface Ended {
  /** Absent when a signal ended it. */
  readonly exitCode?: number;
  readonly signalName?: string;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const graceMs = 2000;

/** The kernel ends a process id namespace with its first process, and that one with the engine. */
export const pidNamespace = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--fork', '--kill-child', '--pid'] as const;

const namespaced = [...pidNamespace, '--mount-proc', '--'];

let namespacesWork: boolean | undefined;
/** Whether a command can have namespaces of its own for process numbers and mounts. */
export const canUseNamespaces = (): boolean => {
  namespacesWork ??= process.platform === 'linux' && process.getuid?.() === 0 && works([...namespaced, 'true']);
  return namespacesWork;
};

/**
 * The first process of a namespace does not feel SIGTERM and has to wait for orphans: a shell does both, and the command is an
 * ordinary process.
 */
const asChild = ['/bin/sh', '-c', '"$@"; exit $?', 'slipway'];

const supervisor = fileURLToPath(new URL(`supervise-worker${extname(import.meta.url)}`, import.meta.url));

/** Without namespaces and koffi: a watcher ends the group when the pipe from the engine closes. The shell outlives SIGTERM until the command has ended. */
const watched = [
  '/bin/sh',
  '-c',
  'trap : TERM INT HUP; { trap "" TERM INT HUP; cat <&3; kill -s KILL -- -$$; } >/dev/null 2>&1 & watcher=$!; "$@" 3<&-; code=$?; kill -KILL $watcher 2>/dev/null; exit $code',
  'slipway',
];

const withoutNamespaces = (): readonly string[] =>
  process.platform === 'linux' && syscalls() !== undefined
    ? [process.execPath, '--disable-warning=ExperimentalWarning', supervisor]
    : watched;

/** The command with what ends its whole tree when it ends itself, and when the engine dies in any way. */
export const endingWithUs = (command: readonly string[]): readonly string[] => [
  ...(canUseNamespaces() ? [...namespaced, ...asChild] : withoutNamespaces()),
  ...command,
];

/** Runs a command in a process group of its own. Aborting ends the group and then rejects with the signal's reason. Failure `sandbox/no-program`. */
export const runTree = async (options: TreeOptions): Promise<Ended> => {
  const { signal } = options;
  signal.throwIfAborted();
  const [program = '', ...rest] = options.command;
  const pipes = { stdout: openOutputPipe(), stderr: openOutputPipe() };
  const child = spawn(program, rest, {
    cwd: options.folder,
    env: options.environment,
    detached: true,
    stdio: ['ignore', pipes.stdout?.writeEnd ?? 'pipe', pipes.stderr?.writeEnd ?? 'pipe', 'pipe'],
  });
  const outputs = { stdout: pipes.stdout?.readable ?? child.stdout, stderr: pipes.stderr?.readable ?? child.stderr };
  pipes.stdout?.closeWriteEnd();
  pipes.stderr?.closeWriteEnd();
  const kill = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // it has ended
    }
  };
  using _atExit = onExit(() => {
    kill('SIGKILL');
  });
  let force: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill('SIGTERM');
    force = setTimeout(() => {
      kill('SIGKILL');
    }, graceMs);
  };
  const splitters = (['stdout', 'stderr'] as const).map((name) => {
    const splitter = lineSplitter((text) => {
      options.line(text, name);
    });
    outputs[name]?.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
    });
    return splitter;
  });
  const outputEnded = Promise.all(
    Object.values(outputs).map(
      (output) =>
        new Promise<void>((resolve) => {
          if (output === null) resolve();
          else output.once('close', resolve);
        }),
    ),
  );
  try {
    const ended = await new Promise<Ended>((resolve, reject) => {
      child.once('error', (cause) => {
        reject(
          errorCode(cause) === 'ENOENT'
            ? new Failure('sandbox/no-program', `"${program}" is not on this machine`, {
                cause,
                facts: { program },
                failureClass: 'ConfigurationFailure',
              })
            : cause,
        );
      });
      child.once('spawn', () => {
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
        options.started?.();
      });
      child.once('exit', (code, name) => {
        child.stdio[3]?.destroy();
        // A grandchild may hold the pipes open: the end of the command counts.
        const late = setTimeout(() => {
          for (const output of Object.values(outputs)) output?.destroy();
        }, 1000);
        void outputEnded.then(() => {
          clearTimeout(late);
          resolve(name === null ? { exitCode: code ?? 0 } : { signalName: name });
        });
      });
    });
    for (const splitter of splitters) splitter.end();
    signal.throwIfAborted();
    return ended;
  } finally {
    clearTimeout(force);
    signal.removeEventListener('abort', stop);
    kill('SIGKILL');
    for (const output of Object.values(outputs)) output?.destroy();
  }
};
