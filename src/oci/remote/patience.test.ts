// When the client waits, gives up, and to whom it shows a login: over real HTTP.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { createTransport } from './transport.ts';
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
  listen,
} from '../../../test/hostile-registry.ts';

afterEach(closeServers);

describe('patience', () => {
  it('a registry that is busy is asked again when it says', async () => {
    let asked = 0;
    const host = await holder((request, response) => {
      if (!request.url!.includes('/manifests/') || (asked += 1) > 2) return false;
      response
        .writeHead(asked === 1 ? 429 : 503, {
          'retry-after': asked === 1 ? '0' : new Date(Date.now() - 1000).toUTCString(),
        })
        .end();
      return true;
    });
    const { client, retries } = clientFor();
    await client.pull(at(host));
    expect(retries).toEqual([
      { registry: host, what: 'pull of manifest 1 in team/app', reason: 'HTTP 429', attempt: 2, delayMs: 0 },
      { registry: host, what: 'pull of manifest 1 in team/app', reason: 'HTTP 503', attempt: 3, delayMs: 0 },
    ]);
  });

  it('one that wants to be left alone for an hour is', async () => {
    const host = await serve((request, response) =>
      request.url === '/v2/'
        ? response.end('{}')
        : response
            .writeHead(429, { 'retry-after': '3600' })
            .end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'pull rate limit' }] })),
    );
    const { client, retries } = clientFor();
    expect(await failureOf(client.pull(at(host)))).toMatchObject({
      code: 'registry/too-many-requests',
      transient: true,
      message: expect.stringContaining('pull rate limit'),
      hint: expect.stringContaining('3600 s'),
    });
    expect(retries).toEqual([]);
  });

  it('one that always fails is given up after the attempts allowed', async () => {
    let asked = 0;
    const host = await serve((request, response) => {
      if (request.url !== '/v2/') asked += 1;
      response.writeHead(request.url === '/v2/' ? 200 : 502).end();
    });
    expect(await failureOf(clientFor({ attempts: 3 }).client.pull(at(host)))).toMatchObject({
      code: 'registry/server-error',
    });
    expect(asked).toBe(3);
  });

  it('one that is not there is named with what to check', async () => {
    const host = await serve(() => {});
    closeServers();
    expect(await failureOf(clientFor({ attempts: 2 }).client.pull(at(host)))).toMatchObject({
      code: 'registry/unreachable',
      failureClass: 'Connectivity',
      message: expect.stringContaining(`nothing listens at ${host}`),
    });
  });

  it('one that does not answer, or stops in the middle, is not waited for', async () => {
    const transport = createTransport({ answerTimeoutMs: 100, stallTimeoutMs: 100 });
    const silent = await serve((request, response) => (request.url === '/v2/' ? response.end('{}') : undefined));
    expect(await failureOf(clientFor({ attempts: 1, transport }).client.pull(at(silent)))).toMatchObject({
      code: 'registry/timeout',
      failureClass: 'Timeout',
    });
    const stalling = await holder((request, response) => {
      if (!request.url!.endsWith(layerDigest)) return false;
      response.writeHead(200, { 'content-length': blob.length });
      response.write(blob.subarray(0, 100));
      return true;
    });
    const pulled = await clientFor({ attempts: 1, transport }).client.pull(at(stalling));
    expect(await failureOf(bytesOf(pulled.layers[0]!.blob()))).toMatchObject({ code: 'registry/timeout' });
  }, 20_000);

  it('a wait ends when the work is aborted', async () => {
    const host = await serve((request, response) =>
      response.writeHead(request.url === '/v2/' ? 200 : 503, { 'retry-after': '60' }).end(),
    );
    const stop = new AbortController();
    const { client } = clientFor({ onRetry: () => setTimeout(() => stop.abort(), 10) });
    const started = performance.now();
    await expect(client.pull(at(host), { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('credentials', () => {
  const login = { username: 'ann', password: 's3cret-pass' };
  const isLogin = (request: IncomingMessage) => request.headers.authorization?.startsWith('Basic ') === true;

  it('are not sent to the host that a layer is redirected to', async () => {
    const seen: (string | undefined)[] = [];
    const storage = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end(blob);
    });
    const host = await holder((request, response) => {
      if (!isLogin(request)) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return true;
      }
      if (!request.url!.endsWith(layerDigest)) return false;
      response.writeHead(307, { location: `http://${storage}/bucket?signature=abc` }).end();
      return true;
    });
    const pulled = await clientFor({ credentials: async () => login }).client.pull(at(host));
    expect((await bytesOf(pulled.layers[0]!.blob())).equals(blob)).toBe(true);
    expect(seen).toEqual([undefined]);
  });

  it('are not sent before the registry asks, nor with the question which scheme it speaks', async () => {
    const seen: (string | undefined)[] = [];
    const host = await holder((request) => {
      seen.push(request.headers.authorization);
      return false;
    });
    await clientFor({ credentials: async () => login }).client.pull(at(host));
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  test.each([
    { name: 'plain HTTP at another host', realm: 'http://tokens.example.com/token', code: 'registry/insecure-realm' },
    { name: 'something else than HTTP', realm: 'file:///etc/passwd', code: 'registry/bad-answer' },
  ])('are not sent to a token server on $name', async ({ realm, code }) => {
    const host = await serve((request, response) =>
      request.url === '/v2/'
        ? response.end('{}')
        : response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end(),
    );
    const failure = await failureOf(clientFor({ credentials: async () => login }).client.pull(at(host)));
    expect(failure).toMatchObject({ code });
    expect(failure.message).not.toContain(login.password);
  });

  it('nor a layer, go out of TLS', async () => {
    const transport = async (request: Request): Promise<Response> => {
      const { protocol, pathname } = new URL(request.url);
      if (protocol !== 'https:') throw new Error('it left TLS');
      if (request.method === 'POST')
        return new Response(null, { status: 202, headers: { location: 'http://storage.test/upload' } });
      if (request.method === 'HEAD') return new Response(null, { status: 404 });
      return new Response(null, { status: 307, headers: { location: `http://storage.test${pathname}` } });
    };
    const { client } = clientFor({ transport, attempts: 1 });
    for (const work of [client.pull(at('registry.test')), client.push(image, at('registry.test'))])
      expect(await failureOf(work)).toMatchObject({
        code: 'registry/insecure-redirect',
        message: expect.stringMatching(/http:\/\/storage\.test\//),
      });
  });

  it('a redirect without end, or to something that is not HTTP, is refused', async () => {
    for (const location of ['/again', 'ftp://example.com/x']) {
      const host = await serve((request, response) =>
        request.url === '/v2/' ? response.end('{}') : response.writeHead(302, { location }).end(),
      );
      expect(await failureOf(clientFor().client.pull(at(host)))).toMatchObject({
        code: 'registry/bad-answer',
        message: expect.stringContaining('redirected'),
      });
    }
  });

  it('a token server that fails is told apart from one that refuses', async () => {
    for (const [status, code] of [
      [500, 'registry/server-error'],
      [401, 'registry/unauthorized'],
      [403, 'registry/unauthorized'],
      [200, 'registry/bad-answer'],
    ] as const) {
      const host: string = await serve((request, response) => {
        if (request.url === '/v2/') response.end('{}');
        else if (request.url!.startsWith('/token')) response.writeHead(status).end('{}');
        else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token"` }).end();
      });
      expect(
        await failureOf(clientFor({ attempts: 2, credentials: async () => login }).client.pull(at(host))),
      ).toMatchObject({ code });
    }
  });
});

it('a proxy from the environment is used, but not for loopback or what NO_PROXY names', async () => {
  const seen: string[] = [];
  const proxy = await serve((request, response) => {
    seen.push(request.url!);
    response.writeHead(404).end();
  });
  const server = createServer();
  server.on('connect', (request: IncomingMessage, socket) => {
    seen.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const tunnel = await listen(server);
  const env = { HTTPS_PROXY: `http://${tunnel}`, http_proxy: `http://${tunnel}`, NO_PROXY: 'direct.invalid' };
  const transport = createTransport({ env });
  await failureOf(clientFor({ attempts: 1, transport }).client.pull(at('registry.invalid')));
  expect(seen).toEqual(['CONNECT registry.invalid:443']);
  await failureOf(clientFor({ attempts: 1, transport }).client.pull(at('direct.invalid')));
  await failureOf(clientFor({ attempts: 1, transport }).client.pull(at(proxy)));
  expect(seen.filter((s) => s.startsWith('CONNECT'))).toHaveLength(1);
});

needs(['openssl'])('TLS', () => {
  it('is tried first on loopback, whose certificate is not verified, as Docker does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=someone-else', '-days', '1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    );
    const seen: string[] = [];
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      seen.push(request.url!);
      response.writeHead(request.url === '/v2/' ? 200 : 404).end();
    });
    const host = await listen(server);
    expect(await failureOf(clientFor().client.pull(at(host)))).toMatchObject({ code: 'registry/not-found' });
    expect(seen).toEqual(['/v2/', '/v2/team/app/manifests/1']);
    await rm(folder, { recursive: true });
  });
});
