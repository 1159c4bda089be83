// A command as a process tree of its own that ends as a whole: when it is stopped, and when the engine dies in any way.
import { spawn, spawnSync } from 'node:child_process';
import { Failure } from '../../base/failure.ts';
import { errorCode } from '../../base/error-code.ts';
import { lineSplitter } from '../../base/line-split.ts';
import { onExit } from '../../base/on-exit.ts';

export interface CommandOptions {
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

/** The kernel ends a process id namespace with its first process, and that one with the engine. Linux, as root. */
const namespaced = [
  'setpriv',
  '--pdeathsig',
  'KILL',
  'unshare',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--',
];

let namespacesWork: boolean | undefined;
const canUseNamespaces = (): boolean => {
  namespacesWork ??=
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    spawnSync(namespaced[0] ?? '', [...namespaced.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  return namespacesWork;
};

/** Elsewhere: a shell that waits for the command, and a watcher that ends the group when the pipe from the engine closes. */
const watched = [
  'sh',
  '-c',
  '"$@" 3<&- & command=$!; { cat <&3 >/dev/null; kill -KILL -$$; } >/dev/null 2>&1 & watcher=$!; wait $command; code=$?; kill $watcher 2>/dev/null; exit $code',
  'slipway',
];

/** Failure `runner/no-shell` when the program is not there. Aborting ends the whole tree and then rejects with the signal's reason. */
export const runCommand = async (options: CommandOptions): Promise<Ended> => {
  const { signal } = options;
  signal.throwIfAborted();
  const [wrapper, ...rest] = [...(canUseNamespaces() ? namespaced : watched), ...options.command];
  const child = spawn(wrapper ?? '', rest, {
    cwd: options.folder,
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
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
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const splitter = lineSplitter((text) => {
      options.line(text, name);
    });
    child[name]?.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
    });
    return splitter;
  });
  try {
    const ended = await new Promise<Ended>((resolve, reject) => {
      child.once('error', (cause) => {
        reject(
          errorCode(cause) === 'ENOENT'
            ? new Failure('runner/no-shell', `"${wrapper ?? ''}" is not on this machine`, {
                cause,
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
      child.once('close', (code, name) => {
        resolve(name === null ? { exitCode: code ?? 0 } : { signalName: name });
      });
      // A grandchild may hold the pipes open: the end of the command counts.
      child.once('exit', () => {
        setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, 1000).unref();
      });
    });
    for (const splitter of streams) splitter.end();
    signal.throwIfAborted();
    return ended;
  } finally {
    clearTimeout(force);
    signal.removeEventListener('abort', stop);
    kill('SIGKILL');
  }
};
