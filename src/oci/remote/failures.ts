// What went wrong with a registry, as Failures that name the registry, what was asked, what it answered, and what to do.
import { Failure, type FailureClass } from '../../base/failure.ts';
import { bodyOf, readAtMost } from '../../base/http-body.ts';

/** What was asked, for messages. */
export interface Asked {
  readonly registry: string;
  /** Empty for requests about the registry itself. */
  readonly repository: string;
  /** `manifest 1.0`, `blob sha256:1a2b…`, `upload of sha256:1a2b…`. */
  readonly what: string;
  readonly action: 'pull' | 'push';
  /** Whether a login was sent. */
  readonly isLoggedIn?: boolean;
  /** Texts that must not be shown even when the registry repeats them. */
  readonly secrets?: readonly string[];
}

const bodyLimitBytes = 64 * 1024;
const shownCharacters = 500;

export interface Answer {
  readonly status: number;
  /** Codes of the distribution API's error body; empty when there was none. */
  readonly codes: readonly string[];
  /** One line, masked. Empty when the body said nothing readable. */
  readonly text: string;
  /** Milliseconds that the registry asks to wait. */
  readonly retryAfterMs: number | undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const errorsIn = (text: string): readonly { readonly code: string; readonly message: string }[] => {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return [];
    const errors = Array.isArray(value['errors']) ? value['errors'] : [value];
    return errors.filter(isObject).flatMap((error) => {
      const code = error['code'] ?? error['error'];
      const message = error['message'] ?? error['details'] ?? error['error_description'];
      return typeof code === 'string' || typeof message === 'string'
        ? [{ code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' }]
        : [];
    });
  } catch {
    return []; // not the error body of the API
  }
};

/** Tags of an HTML page out, control characters out, one line. */
const readable = (text: string): string =>
  text
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]{0,500}>/g, ' ')
    // oxlint-disable-next-line no-control-regex -- control characters could forge terminal output
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const maskSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret.length > 2)
    .toSorted((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1***@');

const retryAfterOf = (response: Response): number | undefined => {
  const text = response.headers.get('retry-after')?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
};

/** Reads the body, at most 64 KiB of it. */
export const readAnswer = async (response: Response, secrets: readonly string[] = []): Promise<Answer> => {
  let text = '';
  try {
    text = (await readAtMost(bodyOf(response), bodyLimitBytes)).bytes.toString();
  } catch {
    text = ''; // the status says enough
  }
  const errors = errorsIn(text);
  const said = errors.map((e) => [e.code, e.message].filter((s) => s !== '').join(': ')).join('; ');
  const line = readable(maskSecrets(said === '' ? text : said, secrets));
  return {
    status: response.status,
    codes: errors.map((e) => e.code).filter((code) => code !== ''),
    text: line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line,
    retryAfterMs: retryAfterOf(response),
  };
};

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly failureClass: FailureClass;
  readonly transient?: boolean;
}

const place = (asked: Asked): string =>
  asked.repository === '' ? asked.registry : `${asked.registry}/${asked.repository}`;

const explain = (answer: Answer, asked: Asked): Explanation => {
  const { registry, repository, what, action } = asked;
  const subject = repository === '' ? registry : `repository ${repository}`;
  switch (answer.status) {
    case 401:
      return asked.isLoggedIn === true
        ? {
            code: 'registry/unauthorized',
            message: `${registry} does not accept the login for ${subject} (${action} of ${what})`,
            hint: `Check user name and password of the connector or login for ${registry}. Registries answer like this too when the repository is private or does not exist.`,
            failureClass: 'Authentication',
          }
        : {
            code: 'registry/unauthorized',
            message: `${registry} wants a login for ${subject} (${action} of ${what}), and there is none for it`,
            hint: `Add a connector for ${registry}, or run: docker login ${registry}. Registries answer like this too when the repository is private or does not exist.`,
            failureClass: 'Authentication',
          };
    case 403:
      return {
        code: 'registry/denied',
        message: `${registry} does not allow this ${asked.isLoggedIn === true ? 'login' : 'anonymous client'} to ${action} ${what} ${action === 'push' ? 'to' : 'from'} ${repository}`,
        hint: `Give the login the right to ${action} in ${place(asked)}, or use another one.`,
        failureClass: 'Authorization',
      };
    case 404:
      return {
        code: 'registry/not-found',
        message: `${registry} has no ${what} in the repository ${repository}`,
        hint: 'Check the spelling of the repository and the tag. Some registries want a repository to be made before the first push.',
        failureClass: 'ConfigurationFailure',
      };
    case 413:
      return {
        code: 'registry/too-large',
        message: `${registry} refuses ${what} because of its size`,
        hint: 'Raise the body limit of the registry or of the proxy before it.',
        failureClass: 'ResourceLimitsFailure',
      };
    case 429:
      return {
        code: 'registry/too-many-requests',
        message: `${registry} limits requests, and the limit is reached (${action} of ${what} in ${repository})`,
        hint:
          answer.retryAfterMs === undefined
            ? 'Try again later, or log in: limits for known users are higher.'
            : `Try again in ${Math.ceil(answer.retryAfterMs / 1000)} s, or log in: limits for known users are higher.`,
        failureClass: 'ResourceLimitsFailure',
        transient: true,
      };
    default:
      if (answer.status >= 500)
        return {
          code: 'registry/server-error',
          message: `${registry} failed at the ${action} of ${what} in ${repository} (HTTP ${answer.status})`,
          hint: 'Try again later; if it is your registry, its log says why.',
          failureClass: 'Connectivity',
          transient: true,
        };
      if (answer.status >= 400)
        return {
          code: 'registry/refused',
          message: `${registry} refused the ${action} of ${what} in ${repository} (HTTP ${answer.status})`,
          hint: 'Read what the registry said; immutable tags, quotas and naming rules are set there.',
          failureClass: 'ConfigurationFailure',
        };
      return {
        code: 'registry/bad-answer',
        message: `${registry} answered HTTP ${answer.status} to the ${action} of ${what} in ${repository}, which no registry should`,
        hint: 'Check that this is the address of a registry, and what a proxy between here and there changes.',
        failureClass: 'Connectivity',
      };
  }
};

export const answerFailure = (answer: Answer, asked: Asked): Failure => {
  const { code, message, hint, failureClass, transient } = explain(answer, asked);
  return new Failure(code, answer.text === '' ? message : `${message}. It says: ${answer.text}`, {
    facts: {
      registry: asked.registry,
      repository: asked.repository,
      what: asked.what,
      status: answer.status,
      ...(answer.codes[0] === undefined ? {} : { registryCode: answer.codes.join(',') }),
    },
    hint,
    failureClass,
    transient: transient ?? false,
  });
};

export const badAnswer = (problem: string, asked: Asked): Failure =>
  new Failure(
    'registry/bad-answer',
    `${asked.registry}: ${problem} (${asked.action} of ${asked.what} in ${asked.repository})`,
    {
      facts: { registry: asked.registry, repository: asked.repository, what: asked.what },
      hint: 'Check that this is the address of a registry, and what a proxy between here and there changes.',
      failureClass: 'Connectivity',
    },
  );

export const digestLie = (problem: string, asked: Asked, facts: Readonly<Record<string, string>>): Failure =>
  new Failure(
    'registry/digest-mismatch',
    `${asked.registry}: ${problem} (${asked.action} of ${asked.what} in ${asked.repository})`,
    {
      facts: { registry: asked.registry, repository: asked.repository, what: asked.what, ...facts },
      hint: 'Do not use this image. Try again; if it happens again, tell the owner of the registry.',
      failureClass: 'InfrastructureFailure',
    },
  );
