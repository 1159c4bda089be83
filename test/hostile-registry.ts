// A server that does what registries do on a bad day, and what tests need to meet it.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { mediaTypes } from '../src/oci/media-types.ts';
import { createRegistryClient, type RegistryClientOptions, type RetryNotice } from '../src/oci/remote/client.ts';
import { type ImageReference, isBadReference, parseReference } from '../src/refs/reference.ts';
import { compressedLayerOf, fileMember, imageOf, tarOf } from './images.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

const servers: (Server & { closeAllConnections(): void })[] = [];

/** For afterEach. */
export const closeServers = (): void => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
};

/** On a free port of 127.0.0.1, until `closeServers`. */
export const listen = async (server: Server & { closeAllConnections(): void }): Promise<string> => {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** `read: false` leaves the body to `answer`. */
export const serve = async (answer: Answer, read = true): Promise<string> => {
  const server = createServer((request, response) => {
    request.on('error', () => {});
    const chunks: Buffer[] = [];
    if (!read) return answer(request, response, Buffer.alloc(0));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  return listen(server);
};

export const at = (host: string, rest = 'team/app:1'): ImageReference => {
  const reference = parseReference(`${host}/${rest}`);
  if (isBadReference(reference)) throw new Error(reference.problem);
  return reference;
};

export const clientFor = (more: Partial<RegistryClientOptions> = {}) => {
  const retries: RetryNotice[] = [];
  const client = createRegistryClient({
    credentials: async () => undefined,
    backoffMs: 1,
    onRetry: (retry) => retries.push(retry),
    ...more,
  });
  return { client, retries };
};

export const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it succeeded'),
    (error: Error & { code: string; facts: Record<string, unknown>; hint: string; failureClass: string }) => error,
  );

export const tar = tarOf([fileMember('data', randomBytes(2_500_000))]);
export const blob = gzipSync(tar, { level: 0 });
const layer = compressedLayerOf(tar, blob, mediaTypes.ociLayerGzip);
export const image = imageOf([layer]);
export const layerDigest = layer.descriptor.digest;

/** A registry that has `image`, for pulls. `change` may answer first and says whether it did. */
export const holder = (change: (request: IncomingMessage, response: ServerResponse) => boolean): Promise<string> =>
  serve((request, response) => {
    if (change(request, response)) return;
    const path = request.url ?? '';
    if (path === '/v2/') response.end('{}');
    else if (path.includes('/manifests/'))
      response
        .writeHead(200, {
          'content-type': image.descriptor.mediaType,
          'docker-content-digest': image.descriptor.digest,
        })
        .end(image.manifestBytes);
    else if (path.endsWith(image.manifest.config.digest)) response.end(image.configBytes);
    else if (path.endsWith(layerDigest)) {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response
        .writeHead(
          from === 0 ? 200 : 206,
          from === 0 ? {} : { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` },
        )
        .end(blob.subarray(from));
    } else response.writeHead(404).end();
  });
