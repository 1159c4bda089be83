// An embedded registry in a process of its own, so that its work is not counted as a client's.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { slipway } from './tools.ts';

export interface EmptyRegistry extends AsyncDisposable {
  /** `localhost:40123` */
  readonly host: string;
  /** Forgets everything that was pushed. */
  empty(): void;
}

export const serveEmpty = (root: string): Promise<EmptyRegistry> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = slipway('registry', 'serve', '--root', root, '--port', '0');
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise<void>((done) => {
      child.once('exit', () => {
        done();
      });
    });
    child.once('error', reject);
    child.stdout.once('data', (line: Buffer) => {
      resolve({
        host: `localhost:${new URL(line.toString().trim()).port}`,
        empty: () => {
          for (const part of ['blobs', 'repositories', 'uploads'])
            rmSync(`${root}/${part}`, { recursive: true, force: true });
        },
        async [Symbol.asyncDispose]() {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });
