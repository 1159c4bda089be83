// An embedded registry in a process of its own, so that its work is not counted as a client's.
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { slipway } from './tools.ts';

interface EmptyRegistry extends AsyncDisposable {
  /** `localhost:40123` */
  readonly host: string;
  /** Starts anew on the same port, with nothing in it. */
  empty(): Promise<void>;
}

interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

const start = (root: string, port: number): Promise<Running> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = slipway('registry', 'serve', '--root', root, '--port', String(port));
    const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise<void>((done) => {
      child.once('exit', () => {
        done();
      });
    });
    child.once('error', reject);
    child.stdout?.once('data', (line: Buffer) => {
      resolve({
        port: Number(new URL(line.toString().trim()).port),
        stop: async () => {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });

export const serveEmpty = async (root: string): Promise<EmptyRegistry> => {
  let running = await start(root, 0);
  const { port } = running;
  return {
    host: `localhost:${port}`,
    empty: async () => {
      await running.stop();
      rmSync(root, { recursive: true, force: true });
      running = await start(root, port);
    },
    [Symbol.asyncDispose]: () => running.stop(),
  };
};
