// Runs the command as users do, in a process of its own, from the sources.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const projectFolder = join(import.meta.dirname, '..');
const entry = join(projectFolder, 'src/cli/main.ts');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Nothing of the caller's set-up reaches the command but PATH and HOME. */
const cleanEnvironment = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '/',
  LANG: 'C.UTF-8',
  CI: 'true',
  ...extra,
});

export const startSlipway = (args: readonly string[], options: RunOptions = {}): ChildProcess =>
  spawn(process.execPath, [entry, ...args], {
    cwd: options.cwd,
    env: cleanEnvironment(options.environment),
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });

export const slipway = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = startSlipway(args, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin?.end(options.stdin);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });

/** A registry served by the command itself. `host` is `localhost:PORT`. */
export const serveRegistry = (
  root: string,
): Promise<{ readonly host: string; readonly root: string } & AsyncDisposable> =>
  new Promise((resolve, reject) => {
    const child = startSlipway(['registry', 'serve', '--root', root, '--port', '0']);
    const ended = new Promise<void>((done) => {
      child.once('exit', () => {
        done();
      });
    });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.once('error', reject);
    void ended.then(() => {
      reject(new Error(`the registry did not start: ${complaint}`));
    });
    child.stdout?.once('data', (line: Buffer) => {
      resolve({
        host: `localhost:${new URL(line.toString().trim()).port}`,
        root,
        async [Symbol.asyncDispose]() {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

export const temporaryFolder = (): TemporaryFolder => {
  const path = mkdtempSync(join(tmpdir(), 'slipway test-'));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
};
