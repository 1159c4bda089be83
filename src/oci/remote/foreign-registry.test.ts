// The client against Debian's docker-registry, a server that is not ours.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, compressedLayerOf, fileMember, imageOf, tarOf } from '../../../test/images.ts';
import { needs } from '../../../test/needs.ts';
import type { ImageReference } from '../../refs/reference.ts';
import { mediaTypes } from '../media-types.ts';
import { createRegistryClient } from './client.ts';

const run = promisify(execFile);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

const layerOf = (size: number) => {
  const tar = tarOf([fileMember('data', randomBytes(size))]);
  return compressedLayerOf(tar, gzipSync(tar, { level: 0 }), mediaTypes.ociLayerGzip);
};

/** All that docker-registry takes. */
const bcryptOfS3cret = '$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK';

needs(['docker-registry', 'skopeo'])('docker-registry of Debian', () => {
  let folder: string;
  let host: string;
  const running: ChildProcess[] = [];

  const at = (tag: string, repository = 'team/app'): ImageReference => ({ registry: host, repository, tag });

  const startRegistry = async (name: string, auth: object): Promise<string> => {
    const address = `127.0.0.1:${await freePort()}`;
    const config = {
      version: '0.1',
      storage: { filesystem: { rootdirectory: join(folder, name) }, delete: { enabled: true } },
      http: { addr: address, secret: 'test' },
      log: { level: 'error', accesslog: { disabled: true } },
      ...auth,
    };
    const file = join(folder, `${name}.yml`);
    await writeFile(file, JSON.stringify(config));
    running.push(spawn('docker-registry', ['serve', file], { stdio: 'ignore' }));
    const isUp = () =>
      fetch(`http://${address}/v2/`).then(
        () => true,
        () => false,
      );
    for (let i = 0; i < 200 && !(await isUp()); i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    return address;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-docker-registry-'));
    host = await startRegistry('open', {});
  });
  afterAll(async () => {
    for (const registry of running) {
      registry.kill();
      await once(registry, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('opens to the right login only', async () => {
    await writeFile(join(folder, 'htpasswd'), `ann:${bcryptOfS3cret}\n`);
    const auth = { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } };
    const closed = { registry: await startRegistry('closed', auth), repository: 'app', tag: '1' };
    const image = imageOf([layerOf(1000)]);
    const clientOf = (password: string | undefined) =>
      createRegistryClient({
        credentials: async () => (password === undefined ? undefined : { username: 'ann', password }),
      });
    await clientOf('s3cret').push(image, closed);
    expect((await clientOf('s3cret').pull(closed)).descriptor.digest).toBe(image.descriptor.digest);
    const refused = { code: 'registry/unauthorized', failureClass: 'Authentication' };
    await expect(clientOf('wrong').push(image, closed)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('does not accept the login'),
    });
    await expect(clientOf(undefined).pull(closed)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('wants a login'),
    });
  });

  it('takes an image, a second tag and a mount, and skopeo finds the same digest', async () => {
    const client = createRegistryClient({ credentials: async () => undefined });
    const image = imageOf([layerOf(1000), layerOf(5_000_000)]);
    await client.push(image, at('1'));
    await client.push(image, at('2'));
    const states: string[] = [];
    await client.push(image, at('1', 'other/app'), {
      progress: (_, __, ___, state) => state !== 'running' && states.push(state),
    });
    expect(states).toEqual(['cached', 'cached', 'cached']);
    for (const name of ['team/app:2', 'other/app:1']) {
      const { stdout } = await run('skopeo', [
        'inspect',
        '--tls-verify=false',
        '--format',
        '{{.Digest}}',
        `docker://${host}/${name}`,
      ]);
      expect(stdout.trim()).toBe(image.descriptor.digest);
    }
    expect((await client.tags(host, 'team/app')).toSorted()).toEqual(['1', '2']);
    const pulled = await createRegistryClient({ credentials: async () => undefined }).pull(at('1'));
    for (const [i, layer] of pulled.layers.entries())
      expect((await bytesOf(layer.tar())).equals(await bytesOf(image.layers[i]!.tar()))).toBe(true);
  });

  it('goes on with an upload whose connection broke', async () => {
    let broken = 0;
    const image = imageOf([layerOf(8_000_000)]);
    const layer = image.layers[0]!;
    const breaking = {
      ...image,
      layers: [
        {
          ...layer,
          async *blob() {
            let sent = 0;
            for await (const chunk of layer.blob()) {
              yield chunk;
              sent += chunk.length;
              if (broken < 1 && sent > 4_000_000) {
                broken += 1;
                await new Promise((resolve) => setTimeout(resolve, 300));
                throw Object.assign(new Error('cable pulled'), { code: 'ECONNRESET' });
              }
            }
          },
        },
      ],
    };
    const retries: string[] = [];
    const client = createRegistryClient({
      credentials: async () => undefined,
      backoffMs: 50,
      onRetry: ({ reason }) => retries.push(reason),
    });
    await client.push(breaking, at('broken'));
    expect([broken, retries]).toEqual([1, ['connection broken']]);
    expect((await bytesOf((await client.pull(at('broken'))).layers[0]!.blob())).length).toBe(layer.descriptor.size);
  });

  it('says that there is no such image', async () => {
    const client = createRegistryClient({ credentials: async () => undefined });
    await expect(client.pull(at('absent'))).rejects.toMatchObject({
      code: 'registry/not-found',
      message: expect.stringContaining('manifest absent'),
    });
  });
});
