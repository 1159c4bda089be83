// The first command of the README: two registries, a base image, then the pipeline. Every step is a command you could type.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeBaseContext } from './base.ts';

const here = import.meta.dirname;
const project = join(here, '../..');
const launcher = join(project, 'bin/slipway.cjs');
const show = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const slipway = (...args: readonly string[]): void => {
  show(`\n$ slipway ${args.map((a) => (a.startsWith(project) ? relative(process.cwd(), a) || '.' : a)).join(' ')}`);
  const { status } = spawnSync(process.execPath, [launcher, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`slipway ${args[0] ?? ''} ended with ${status}`);
};

const free = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(free(0));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  });

/** Resolves once it listens. */
const serve = (root: string, port: number): Promise<AsyncDisposable> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [launcher, 'registry', 'serve', '--root', root, '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((done) => {
      child.once('exit', () => {
        done();
      });
    });
    child.once('error', reject);
    void ended.then(() => {
      reject(new Error(`the registry on port ${port} did not start`));
    });
    child.stdout.once('data', () => {
      resolve({
        async [Symbol.asyncDispose]() {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });

const data = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'slipway', 'quickstart');
const firstPort = await free(5055);
const secondPort = await free(5056);
const first = `localhost:${firstPort}`;
const second = `localhost:${secondPort}`;
{
  await using _first = await serve(join(data, 'first'), firstPort);
  await using _second = await serve(join(data, 'second'), secondPort);
  show(`Two registries listen on ${first} and ${second}.`);

  const context = mkdtempSync(join(tmpdir(), 'slipway-base-'));
  try {
    writeBaseContext(context);
    slipway('build', context, '--push', `${first}/base/node:current`);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  slipway('run', join(here, 'pipeline.yaml'), '--input', `first=${first}`, '--input', `second=${second}`);
}
show(`
The two registries have stopped; what was pushed stays. To pull it with any client, start one again:
  npx slipway registry serve --root ${join(data, 'first')} --port ${firstPort}
  docker pull ${first}/team/hello:latest
  skopeo copy --src-tls-verify=false docker://${first}/team/hello:latest oci:hello`);
