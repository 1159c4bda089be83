// The client over real HTTP against a server that answers badly, lies, or breaks off.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, test } from 'vitest';
import { compressedLayerOf, fileMember, imageOf, tarOf } from '../../../test/images.ts';
import { digestOf } from '../digest.ts';
import { mediaTypes } from '../media-types.ts';
import { bytesOf } from '../../../test/images.ts';
import {
  at,
  blob,
  clientFor,
  closeServers,
  failureOf,
  holder,
  image,
  layerDigest,
  serve,
  tar,
} from '../../../test/hostile-registry.ts';

afterEach(closeServers);

describe('answers that are no image', () => {
  const apiError = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });
  test.each([
    {
      status: 403,
      body: apiError('DENIED', 'push only on Mondays'),
      code: 'registry/denied',
      failureClass: 'Authorization',
      says: 'push only on Mondays',
    },
    {
      status: 404,
      body: apiError('NAME_UNKNOWN', 'no such repository'),
      code: 'registry/not-found',
      failureClass: 'ConfigurationFailure',
      says: 'NAME_UNKNOWN: no such repository',
    },
    {
      status: 400,
      body: apiError('MANIFEST_INVALID', 'bad'),
      code: 'registry/refused',
      failureClass: 'ConfigurationFailure',
      says: 'MANIFEST_INVALID',
    },
    {
      status: 500,
      body: '<html><head><style>x{}</style></head><h1>Oops</h1></html>',
      code: 'registry/server-error',
      failureClass: 'Connectivity',
      says: 'It says: Oops',
    },
    { status: 501, body: '', code: 'registry/server-error', failureClass: 'Connectivity', says: 'HTTP 501' },
    { status: 204, body: '', code: 'registry/bad-answer', failureClass: 'Connectivity', says: 'HTTP 204' },
    { status: 401, body: '', code: 'registry/unauthorized', failureClass: 'Authentication', says: 'wants a login' },
  ])('$status is $code', async ({ status, body, code, failureClass, says }) => {
    const host = await serve((_, response) => response.writeHead(status).end(body));
    const { client } = clientFor();
    const failure = await failureOf(client.pull(at(host)));
    expect(failure).toMatchObject({
      code,
      failureClass,
      message: expect.stringContaining(says),
      facts: { registry: host, repository: 'team/app' },
    });
    expect(failure.hint).not.toBe('');
  });

  it('a page instead of a manifest is named as such', async () => {
    const host = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
    );
    expect(await failureOf(clientFor().client.pull(at(host)))).toMatchObject({ code: 'oci/bad-manifest' });
  });

  it('an error of many megabytes is cut, its control characters are not shown, nor what it repeats of the login', async () => {
    const host = await serve((request, response) => {
      response.writeHead(request.url === '/v2/' ? 200 : 400);
      response.write(`\u001b[31mlogin ann:s3cret-pass and http://u:pw@inner/ `);
      response.end('x'.repeat(5_000_000));
    });
    const { client } = clientFor({ credentials: async () => ({ username: 'ann', password: 's3cret-pass' }) });
    const { message } = await failureOf(client.pull(at(host)));
    expect(message.length).toBeLessThan(1000);
    expect(message).toContain('login ann:*** and http://***@inner/');
    expect(message).not.toContain('\u001b');
  });

  it('a manifest of many megabytes is not read to its end', async () => {
    const host = await serve((request, response) => {
      response.writeHead(200, { 'content-type': mediaTypes.ociManifest });
      response.end(request.url === '/v2/' ? '{}' : 'x'.repeat(20_000_000));
    });
    expect(await failureOf(clientFor().client.pull(at(host)))).toMatchObject({ code: 'oci/too-large' });
  });
});

describe('lies', () => {
  test.each([
    {
      name: 'a manifest with the digest of another in its header',
      change: (request: IncomingMessage, response: ServerResponse) => {
        if (!request.url!.includes('/manifests/')) return false;
        response
          .writeHead(200, { 'content-type': mediaTypes.ociManifest, 'docker-content-digest': digestOf('other') })
          .end(image.manifestBytes);
        return true;
      },
      reference: 'team/app:1',
    },
    {
      name: 'another manifest than the digest asked for',
      change: (request: IncomingMessage, response: ServerResponse) => {
        if (!request.url!.includes('/manifests/')) return false;
        response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end(image.manifestBytes);
        return true;
      },
      reference: `team/app@${digestOf('other')}`,
    },
    {
      name: 'a configuration that was changed',
      change: (request: IncomingMessage, response: ServerResponse) => {
        if (!request.url!.endsWith(image.manifest.config.digest)) return false;
        response.end(Buffer.from(image.configBytes).fill('x', 3, 4));
        return true;
      },
      reference: 'team/app:1',
    },
  ])('$name is found out', async ({ change, reference }) => {
    const host = await holder(change);
    const failure = await failureOf(clientFor().client.pull(at(host, reference)));
    expect(failure).toMatchObject({ code: 'registry/digest-mismatch', message: expect.stringContaining(host) });
  });

  test.each([
    { name: 'with a changed byte', body: Buffer.from(blob).fill('x', 1000, 1001) },
    { name: 'with bytes after its end', body: Buffer.concat([blob, Buffer.from('more')]) },
  ])('a layer $name is found out', async ({ body }) => {
    const host = await holder((request, response) => {
      if (!request.url!.endsWith(layerDigest)) return false;
      response.end(body);
      return true;
    });
    const pulled = await clientFor().client.pull(at(host));
    expect(await failureOf(bytesOf(pulled.layers[0]!.blob()))).toMatchObject({ code: 'registry/digest-mismatch' });
  });

  it('a registry that confirms another digest for what was pushed is found out', async () => {
    const host = await serve((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200).end();
      else
        response.writeHead(request.method === 'PUT' ? 201 : 200, { 'docker-content-digest': digestOf('other') }).end();
    });
    expect(await failureOf(clientFor().client.push(image, at(host)))).toMatchObject({
      code: 'registry/digest-mismatch',
    });
  });
});

describe('broken connections', () => {
  it('a layer goes on where it broke, and is whole', async () => {
    const ranges: (string | undefined)[] = [];
    const host = await holder((request, response) => {
      if (!request.url!.endsWith(layerDigest)) return false;
      ranges.push(request.headers.range);
      if (ranges.length > 2) return false;
      const from = ranges.length === 1 ? 0 : Number(/\d+/.exec(request.headers.range!)![0]);
      response.writeHead(from === 0 ? 200 : 206, {
        'content-length': blob.length - from,
        ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` }),
      });
      response.write(blob.subarray(from, from + 700_000), () => setTimeout(() => response.destroy(), 20));
      return true;
    });
    const { client, retries } = clientFor();
    const pulled = await client.pull(at(host));
    expect((await bytesOf(pulled.layers[0]!.blob())).equals(blob)).toBe(true);
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[2]).toMatch(/^bytes=[1-9]\d*-$/);
    expect(retries.map((r) => r.reason)).toEqual(['connection broken', 'connection broken']);
  });

  it('a layer goes on from a registry that knows no ranges', async () => {
    let asked = 0;
    const host = await holder((request, response) => {
      if (!request.url!.endsWith(layerDigest)) return false;
      asked += 1;
      response.writeHead(200, { 'content-length': blob.length });
      if (asked === 1) response.write(blob.subarray(0, 700_000), () => setTimeout(() => response.destroy(), 20));
      else response.end(blob);
      return true;
    });
    const pulled = await clientFor().client.pull(at(host));
    expect((await bytesOf(pulled.layers[0]!.blob())).equals(blob)).toBe(true);
  });

  it('a layer that always breaks at once ends with the registry named', async () => {
    const host = await holder((request, response) => {
      if (!request.url!.endsWith(layerDigest)) return false;
      response.destroy();
      return true;
    });
    const { client, retries } = clientFor({ attempts: 3 });
    const pulled = await client.pull(at(host));
    const failure = await failureOf(bytesOf(pulled.layers[0]!.blob()));
    expect(failure).toMatchObject({
      code: 'registry/unreachable',
      failureClass: 'Connectivity',
      message: expect.stringContaining(host),
    });
    expect(retries.length).toBeLessThan(12);
  });

  it('an upload goes on where the registry says it stopped', async () => {
    let received = Buffer.alloc(0);
    let patches = 0;
    const starts: (string | undefined)[] = [];
    const host = await serve((request, response) => {
      const url = request.url!;
      const done = (status: number, headers: Record<string, string> = {}) =>
        response.writeHead(status, { location: '/upload/1', ...headers }).end();
      if (request.method === 'HEAD') done(url.endsWith(image.manifest.config.digest) ? 200 : 404);
      else if (request.method === 'POST') done(202);
      else if (request.method === 'GET') done(url === '/v2/' ? 200 : 204, { range: `0-${received.length - 1}` });
      else if (request.method === 'PATCH') {
        patches += 1;
        starts.push(request.headers['content-range']);
        const breakAt = patches < 3 ? received.length + 600_000 : Number.POSITIVE_INFINITY;
        request.on('data', (chunk: Buffer) => {
          received = Buffer.concat([received, chunk]);
          if (received.length > breakAt) request.destroy();
        });
        request.on('end', () => done(202, { range: `0-${received.length - 1}` }));
      } else {
        request.resume();
        request.on('end', () => {
          const digest = url.includes('/manifests/')
            ? image.descriptor.digest
            : new URL(url, 'http://x').searchParams.get('digest')!;
          done(201, { 'docker-content-digest': digest });
        });
      }
    }, false);
    const { client, retries } = clientFor();
    await client.push(image, at(host));
    expect(received.equals(blob)).toBe(true);
    expect(starts[0]).toBeUndefined();
    expect(starts[2]).toMatch(new RegExp(`^[1-9]\\d+-${blob.length - 1}$`));
    expect(retries).toHaveLength(2);
  });

  it('an upload that the registry has forgotten starts again', async () => {
    let posts = 0;
    const host = await serve((request, response, body) => {
      const { method } = request;
      if (method === 'HEAD') response.writeHead(request.url!.endsWith(layerDigest) ? 404 : 200).end();
      else if (method === 'POST') {
        posts += 1;
        response.writeHead(202, { location: `/upload/${posts}` }).end();
      } else if (request.url!.startsWith('/upload/1')) response.writeHead(404).end();
      else if (method === 'PATCH')
        response.writeHead(202, { location: request.url!, range: `0-${body.length - 1}` }).end();
      else
        response
          .writeHead(
            201,
            request.url!.includes('manifests') ? { 'docker-content-digest': image.descriptor.digest } : {},
          )
          .end();
    });
    await clientFor().client.push(image, at(host));
    expect(posts).toBe(2);
  });

  it('nothing is sent twice where bodies are limited: the rest goes in pieces', async () => {
    const large = tarOf([fileMember('large', Buffer.alloc(40_000_000, 'x'))]);
    const stored = gzipSync(large, { level: 0 });
    const big = imageOf([compressedLayerOf(large, stored, mediaTypes.ociLayerGzip)]);
    const sizes: number[] = [];
    let received = 0;
    const host = await serve((request, response, body) => {
      const { method } = request;
      if (method === 'HEAD')
        response.writeHead(request.url!.endsWith(big.layers[0]!.descriptor.digest) ? 404 : 200).end();
      else if (method === 'POST') response.writeHead(202, { location: '/upload' }).end();
      else if (method === 'GET') response.writeHead(204, { location: '/upload', range: '0-0' }).end();
      else if (method === 'PATCH') {
        if (body.length > 20_000_000) {
          response.writeHead(413).end();
          return;
        }
        sizes.push(body.length);
        received += body.length;
        response.writeHead(202, { location: '/upload', range: `0-${received - 1}` }).end();
      } else
        response
          .writeHead(201, request.url!.includes('manifests') ? { 'docker-content-digest': big.descriptor.digest } : {})
          .end();
    });
    await clientFor().client.push(big, at(host));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(stored.length);
    expect(sizes).toHaveLength(3);
  });
});

it('the server without a fault gives the image, so that the faults above are the only ones', async () => {
  const pulled = await clientFor().client.pull(at(await holder(() => false)));
  expect((await bytesOf(pulled.layers[0]!.tar())).equals(tar)).toBe(true);
});
