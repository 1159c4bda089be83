import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pulledBy } from '../../test/foreign.ts';
import { bytesOf, compressedLayerOf, fileMember, imageOf, tarOf } from '../../test/images.ts';
import { needs } from '../../test/needs.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { createRegistryClient } from '../oci/remote/client.ts';
import { serveRegistry } from './serve.ts';

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-serve-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const serveHere = (name: string, more: Partial<Parameters<typeof serveRegistry>[0]> = {}) =>
  serveRegistry({ root: join(folder, name), ...more });

const sha = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A registry in a process of its own. */
const startProcess = async (root: string): Promise<{ readonly child: ChildProcess; readonly url: string }> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testdata/serve-process.ts'), root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
};

describe('a registry on a port', () => {
  it('listens on loopback, on a free port, and is gone when disposed', async () => {
    let url: string;
    {
      await using server = await serveHere('plain');
      url = server.url;
      expect(url).toBe(`http://127.0.0.1:${server.port}`);
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    }
    await expect(fetch(`${url}/v2/`)).rejects.toThrow();
  });

  it('says who has the port when it is taken', async () => {
    await using server = await serveHere('first');
    await expect(serveHere('second', { port: server.port })).rejects.toMatchObject({
      code: 'registry/port-taken',
      message: `The registry cannot listen on 127.0.0.1:${server.port}: another program listens there`,
      hint: expect.stringContaining(`sport = :${server.port}`),
    });
  });

  it('says what is wrong with a folder it cannot use', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(serveHere('file/below')).rejects.toMatchObject({ code: 'registry/store-unusable' });
  });

  it('takes a blob of many chunks and gives it back over HTTP', async () => {
    await using server = await serveHere('large');
    const bytes = randomBytes(5_000_000);
    const done = await fetch(`${server.url}/v2/app/blobs/uploads/?digest=${sha(bytes)}`, {
      method: 'POST',
      body: bytes,
    });
    expect(done.status).toBe(201);
    const back = Buffer.from(await (await fetch(`${server.url}/v2/app/blobs/${sha(bytes)}`)).arrayBuffer());
    expect(back.equals(bytes)).toBe(true);
  });

  it('answers before a body it will not take is sent, and does not read it to its end', async () => {
    await using server = await serveHere('guarded', { auth: { kind: 'basic', username: 'a', password: 'b' } });
    const asked = httpRequest(`${server.url}/v2/app/blobs/uploads/?digest=${sha(Buffer.from('x'))}`, {
      method: 'POST',
      headers: { 'content-length': 10_000_000_000 },
    });
    asked.on('error', () => {}); // the server closes the connection
    asked.write(Buffer.alloc(1000));
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number; headers: Record<string, string> }];
    expect([answer.statusCode, answer.headers['connection']]).toEqual([401, 'close']);
    asked.destroy();
  });

  it('logs requests without query, and goes on after a client that broke off', async () => {
    const lines: string[] = [];
    const errors: unknown[] = [];
    await using server = await serveHere('broken', {
      log: (line) => lines.push(line),
      onError: (error) => errors.push(error),
    });
    const started = await fetch(`${server.url}/v2/app/blobs/uploads/?secret=1`, { method: 'POST' });
    const location = started.headers.get('location')!;
    const asked = httpRequest(`${server.url}${location}`, { method: 'PATCH', headers: { 'content-length': 100 } });
    asked.on('error', () => {});
    asked.write('0123456789');
    await expect.poll(async () => (await fetch(`${server.url}${location}`)).status).toBe(204);
    asked.destroy();
    await expect.poll(async () => (await fetch(`${server.url}${location}`)).headers.get('range')).toBe('0-9');
    expect(lines[0]).toMatch(/^POST \/v2\/app\/blobs\/uploads\/ 202 \d+ ms$/);
    expect(errors).toEqual([]);
  });

  it('keeps nothing visible of an upload during which it was killed, and takes the rest of it afterwards', async () => {
    const root = join(folder, 'killed');
    const bytes = randomBytes(3_000_000);
    const first = await startProcess(root);
    const location = (await fetch(`${first.url}/v2/app/blobs/uploads/`, { method: 'POST' })).headers.get('location')!;
    const asked = httpRequest(`${first.url}${location}`, {
      method: 'PATCH',
      headers: { 'content-length': bytes.length },
    });
    asked.on('error', () => {});
    asked.write(bytes.subarray(0, 2_000_000));
    await expect.poll(async () => (await fetch(`${first.url}${location}`)).headers.get('range')).not.toBe('0-0');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(existsSync(join(root, 'blobs'))).toBe(false);

    const second = await startProcess(root);
    const received = Number((await fetch(`${second.url}${location}`)).headers.get('range')!.slice(2)) + 1;
    expect(received).toBeGreaterThan(1);
    const done = await fetch(`${second.url}${location}?digest=${sha(bytes)}`, {
      method: 'PUT',
      body: bytes.subarray(received),
      headers: { 'content-range': `${received}-${bytes.length - 1}` },
    });
    second.child.kill();
    expect(done.status).toBe(201);
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
  });

  it('holds no bodies in memory', async () => {
    const { child, url } = await startProcess(join(folder, 'memory'));
    const block = Buffer.alloc(1024 * 1024, 'x');
    const blocks = 300;
    const hash = createHash('sha256');
    for (let i = 0; i < blocks; i += 1) hash.update(block);
    const digest = `sha256:${hash.digest('hex')}`;
    const asked = httpRequest(`${url}/v2/app/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      headers: { 'content-length': block.length * blocks },
    });
    const answered = once(asked, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
    for (let i = 0; i < blocks; i += 1) if (!asked.write(block)) await once(asked, 'drain');
    asked.end();
    const [answer] = await answered;
    answer.resume();
    expect(answer.statusCode).toBe(201);
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(child.pid)]);
    child.kill();
    expect(Number(stdout) / 1024).toBeLessThan(200);
  });
});

needs(['skopeo', 'crane'])('foreign clients', () => {
  it('push to the registry and pull from it, and all see the same digest', async () => {
    await using server = await serveHere('foreign');
    const host = `127.0.0.1:${server.port}`;
    const work = join(folder, 'foreign-work');
    await mkdir(work);
    await writeFile(
      join(work, 'layer.tar'),
      tarOf([fileMember('hello.txt', 'hello'), fileMember('big.bin', randomBytes(3_000_000))]),
    );
    await run('crane', ['append', '--insecure', '-f', join(work, 'layer.tar'), '-t', `${host}/team/app:crane`]);
    await run('skopeo', [
      'copy',
      '--insecure-policy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${host}/team/app:crane`,
      `docker://${host}/other/app:skopeo`,
    ]);
    await run('skopeo', [
      'copy',
      '--insecure-policy',
      '--src-tls-verify=false',
      `docker://${host}/other/app:skopeo`,
      `dir:${join(work, 'dir')}`,
    ]);
    await run('crane', ['pull', '--insecure', `${host}/other/app:skopeo`, join(work, 'pulled.tar')]);
    await run('crane', ['validate', '--insecure', '--remote', `${host}/other/app:skopeo`]);
    const digests = await Promise.all(
      ['team/app:crane', 'other/app:skopeo'].map(async (name) =>
        (await run('crane', ['digest', '--insecure', `${host}/${name}`])).stdout.trim(),
      ),
    );
    expect(digests[0]).toMatch(/^sha256:/);
    expect(digests[1]).toBe(digests[0]);
    expect((await run('crane', ['ls', '--insecure', `${host}/team/app`])).stdout.trim()).toBe('crane');
  });

  it('find what our own client pushed over HTTP', async () => {
    await using server = await serveHere('own');
    const tar = tarOf([fileMember('data', randomBytes(3_000_000))]);
    const image = imageOf([compressedLayerOf(tar, gzipSync(tar), mediaTypes.ociLayerGzip)]);
    const client = createRegistryClient({ credentials: async () => undefined });
    const registry = `127.0.0.1:${server.port}`;
    await client.push(image, { registry, repository: 'app', tag: '1' });
    for (const name of ['skopeo', 'crane'] as const)
      expect(await pulledBy(name, `${registry}/app:1`)).toEqual({ digest: image.descriptor.digest });
    await run('crane', ['validate', '--insecure', '--remote', `${registry}/app:1`]);
    const pulled = await client.pull({ registry, repository: 'app', tag: '1' });
    expect((await bytesOf(pulled.layers[0]!.tar())).equals(tar)).toBe(true);
  });

  it('log in with Basic and with tokens', async () => {
    for (const kind of ['basic', 'token'] as const) {
      await using server = await serveHere(`login-${kind}`, { auth: { kind, username: 'ann', password: 's3cret' } });
      const host = `127.0.0.1:${server.port}`;
      const layer = join(folder, 'login-layer.tar');
      await writeFile(layer, tarOf([fileMember('a', 'a')]));
      const config = join(folder, `docker-${kind}`);
      await mkdir(config);
      const auth = Buffer.from('ann:s3cret').toString('base64');
      await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
      await run('crane', ['append', '--insecure', '-f', layer, '-t', `${host}/app:1`], {
        env: { ...process.env, DOCKER_CONFIG: config },
      });
      const seen = await run('skopeo', [
        'inspect',
        '--tls-verify=false',
        '--creds',
        'ann:s3cret',
        '--format',
        '{{.Digest}}',
        `docker://${host}/app:1`,
      ]);
      expect(seen.stdout).toMatch(/^sha256:/);
      await expect(
        run('skopeo', ['inspect', '--tls-verify=false', '--no-creds', `docker://${host}/app:1`]),
      ).rejects.toThrow(/unauthorized|authentication required|log in first/);
    }
  });
});

needs(['conformance'])('the OCI conformance suite', () => {
  it('passes whole, with the optional parts on', async () => {
    await using server = await serveHere('conformance', { sparse: true });
    const results = join(folder, 'conformance-results');
    const { stdout } = await run('conformance', [], {
      cwd: folder,
      env: {
        ...process.env,
        OCI_REGISTRY: `127.0.0.1:${server.port}`,
        OCI_TLS: 'disabled',
        OCI_RESULTS_DIR: results,
        OCI_VERSION: 'dev',
        OCI_DATA_SPARSE: 'true',
        OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
        OCI_API_BLOBS_DIGEST_HEADER: 'true',
        OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
        OCI_API_MANIFESTS_TAG_PARAM: 'true',
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    const bad = stdout.split('\n').filter((line) => /: +(?:Fail|Error|Skip)/i.test(line));
    expect(bad).toEqual([]);
    expect(stdout).toMatch(/Sparse Manifests\.*: +Pass/);
  });
});
