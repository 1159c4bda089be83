// Errors of the network: what they mean, which may pass, and the Failure for each.
import { errorCode } from '../../base/error-code.ts';
import { Failure, type FailureClass } from '../../base/failure.ts';
import type { Asked } from './failures.ts';

/** The system's or undici's code, wherever in the chain of causes it is; empty when there is none. */
const networkCode = (error: unknown): string => {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const own = e instanceof Failure ? undefined : errorCode(e);
    if (own !== undefined) return own;
    if (e instanceof AggregateError) {
      const code = e.errors.map(networkCode).find((c) => c !== '');
      if (code !== undefined) return code;
    }
  }
  return '';
};

const broken: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENETRESET',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_EOF_STATE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

const late: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** The server speaks no TLS: plain HTTP is worth a try where that is allowed. */
export const isNotTls = (error: unknown): boolean => {
  const code = networkCode(error);
  return (
    code === 'EPROTO' ||
    code.startsWith('ERR_SSL_') ||
    ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_CONNECT_TIMEOUT'].includes(code)
  );
};

const isCertificate = (code: string): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS_|^EPROTO$|^ERR_SSL_/.test(code);

/** 0: the same will happen again. Else the most attempts that make sense. */
export const attemptsWorth = (error: unknown): number => {
  const code = networkCode(error);
  if (broken.has(code) || late.has(code)) return Number.POSITIVE_INFINITY;
  return code === 'ECONNREFUSED' ? 3 : 0;
};

/** Short, for "retrying because …". */
export const reasonOf = (error: unknown): string => {
  const code = networkCode(error);
  if (late.has(code)) return 'no answer in time';
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (broken.has(code)) return 'connection broken';
  return error instanceof Error ? error.message : String(error);
};

const explain = (
  code: string,
  registry: string,
): { code: string; problem: string; hint: string; failureClass: FailureClass } => {
  if (late.has(code))
    return {
      code: 'registry/timeout',
      problem: `${registry} did not answer in time, or stopped sending or receiving`,
      hint: 'Try again; if it happens again, check the network and the proxy between here and the registry.',
      failureClass: 'Timeout',
    };
  if (isCertificate(code))
    return {
      code: 'registry/tls',
      problem: `no trusted TLS connection to ${registry} could be made (${code})`,
      hint: 'Add its certificate authority with NODE_EXTRA_CA_CERTS, or mark the registry as insecure if it is yours.',
      failureClass: 'Connectivity',
    };
  const unreachable = (problem: string, hint: string) =>
    ({ code: 'registry/unreachable', problem, hint, failureClass: 'Connectivity' }) as const;
  if (code === 'ECONNREFUSED')
    return unreachable(`nothing listens at ${registry}`, 'Check host and port, and that the registry runs.');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return unreachable(
      `the name of ${registry} is not known here`,
      'Check the spelling of the host, and the name service (DNS) of this machine.',
    );
  return unreachable(
    `the connection to ${registry} broke${code === '' ? '' : ` (${code})`}`,
    'Try again; if it happens again, check the network, the proxy settings (HTTPS_PROXY, NO_PROXY) and the registry.',
  );
};

/** Errors that are no errors of the network are given back as they are. */
export const networkFailure = (error: unknown, asked: Asked): unknown => {
  const code = networkCode(error);
  if (error instanceof Failure || (code === '' && !isFetchFailure(error))) return error;
  if (code === 'ABORT_ERR' || (error instanceof Error && error.name === 'AbortError')) return error;
  const { code: failureCode, problem, hint, failureClass } = explain(code, asked.registry);
  return new Failure(
    failureCode,
    `The ${asked.action} of ${asked.what}${asked.repository === '' ? '' : ` in ${asked.repository}`} failed: ${problem}`,
    {
      facts: {
        registry: asked.registry,
        repository: asked.repository,
        what: asked.what,
        ...(code === '' ? {} : { errno: code }),
      },
      hint,
      failureClass,
      transient: attemptsWorth(error) > 0,
      cause: error,
    },
  );
};

const isFetchFailure = (error: unknown): boolean => error instanceof TypeError && error.message === 'fetch failed';
