// A registry on a port: the fetch handler of registry.ts over node:http.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { attachBody, bodyOf, discardBody } from '../base/http-body.ts';
import { createRegistry, type Registry, type RegistryOptions } from './registry.ts';
import { openDiskStore } from './store-disk.ts';

export interface ServeOptions extends RegistryOptions {
  /** Folder of the store; made when absent. */
  readonly root: string;
  /** `127.0.0.1` unless given. */
  readonly host?: string;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** One line for each request, without query and credentials. */
  readonly log?: (line: string) => void;
}

export interface RegistryServer extends AsyncDisposable {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  readonly port: number;
}

/** Milliseconds. A request in work may end before the server is closed over its head. */
const graceMs = 5_000;
/** Milliseconds without a byte in either direction. */
const silenceMs = 10 * 60_000;
/** An unread body up to this size is drained, so that the connection can go on; above it the connection is closed. */
const drainBytes = 1024 * 1024;

/** Failure `registry/port-taken` or `registry/store-unusable`. Disposing it lets requests in work end (5 s). */
export const serveRegistry = async (options: ServeOptions): Promise<RegistryServer> => {
  const host = options.host ?? '127.0.0.1';
  const store = await openDiskStore(options.root).catch((error: unknown) => {
    throw new Failure(
      'registry/store-unusable',
      `The registry cannot use the folder ${options.root}: ${messageOf(error)}`,
      {
        facts: { root: options.root },
        hint: 'Check that the folder belongs to you and can be written, or choose another one.',
        failureClass: 'ConfigurationFailure',
        cause: error,
      },
    );
  });
  const registry = createRegistry(store, options);
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
    void serveOne(registry, request, response, options);
  });
  server.timeout = silenceMs;
  await listen(server, host, options.port ?? 0);
  const { port } = server.address() as AddressInfo; // a TCP server that listens
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    [Symbol.asyncDispose]: () => close(server),
  };
};

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen({ host, port }, () => {
    listening.resolve();
  });
  try {
    await listening.promise;
  } catch (error) {
    const code = errorCode(error);
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there'
        : code === 'EACCES'
          ? 'this user may not listen there'
          : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
            ? 'this machine has no such address'
            : messageOf(error);
    throw new Failure('registry/port-taken', `The registry cannot listen on ${host}:${port}: ${why}`, {
      facts: { host, port },
      hint:
        code === 'EADDRINUSE'
          ? `Choose another port (0 takes any free one), or see who has it: ss -ltnp 'sport = :${port}'`
          : 'Choose another host or port; ports below 1024 need privileges.',
      failureClass: 'ConfigurationFailure',
      cause: error,
    });
  }
};

const close = async (server: Server): Promise<void> => {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearTimeout(late);
};

const requestOf = (incoming: IncomingMessage): Request => {
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2)
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '');
  const request = new Request(`http://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'GET',
    headers,
  });
  attachBody(request, incoming);
  return request;
};

const serveOne = async (
  registry: Registry,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: ServeOptions,
): Promise<void> => {
  const started = performance.now();
  incoming.on('error', () => undefined); // reading it reports the error
  try {
    const response = await registry(requestOf(incoming));
    if (!incoming.complete && !(Number(incoming.headers['content-length']) <= drainBytes))
      response.headers.set('connection', 'close');
    await send(response, incoming, outgoing);
  } catch (error) {
    if (!outgoing.headersSent) outgoing.writeHead(400).end();
    else outgoing.destroy();
    if (!isClientGone(error)) options.onError?.(error);
  }
  const path = incoming.url?.split('?')[0] ?? '';
  options.log?.(`${incoming.method} ${path} ${outgoing.statusCode} ${Math.round(performance.now() - started)} ms`);
};

const send = async (response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const isHead = incoming.method === 'HEAD';
  if (response.body === null && !isHead && response.status !== 204 && response.status !== 304)
    response.headers.set('content-length', '0');
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (isHead || response.body === null) {
    await discardBody(response);
    outgoing.end();
    return;
  }
  await pipeline(bodyOf(response), outgoing);
};

const isClientGone = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(errorCode(error) ?? '');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
