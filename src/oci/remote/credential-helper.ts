// Credential helpers: `docker-credential-<name> get` with the server on stdin (docker/docker-credential-helpers).
import { spawn } from 'node:child_process';
import { errorCode } from '../../base/error-code.ts';
import { Failure } from '../../base/failure.ts';
import type { Credential } from './credential.ts';

const timeoutMs = 60_000;
const outputLimitBytes = 1024 * 1024;

const failed = (program: string, server: string, problem: string, cause?: unknown): Failure =>
  new Failure(
    'registry/credential-helper',
    `The credential helper ${program} gave no login for ${server}: ${problem}`,
    {
      facts: { helper: program, server },
      hint: `Run it by hand: echo ${server} | ${program} get. Or remove it from credsStore and credHelpers in config.json.`,
      failureClass: 'Authentication',
      ...(cause === undefined ? {} : { cause }),
    },
  );

interface Output {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (program: string, server: string, env: NodeJS.ProcessEnv): Promise<Output> => {
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let size = 0;
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    size += chunk.length;
    if (size > outputLimitBytes) child.kill('SIGKILL');
    else into.push(chunk);
  };
  child.stdout.on('data', collect(stdout));
  child.stderr.on('data', collect(stderr));
  child.stdin.on('error', () => undefined); // it may end without reading; its exit code says why
  child.on('error', reject);
  child.on('close', (exitCode) => {
    resolve({ exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
  });
  child.stdin.end(`${server}\n`);
  return promise;
};

/** Undefined when the helper knows none. Throws Failure `registry/credential-helper`. */
export const askHelper = async (
  name: string,
  server: string,
  env: NodeJS.ProcessEnv,
): Promise<Credential | undefined> => {
  const program = `docker-credential-${name}`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw failed('docker-credential-…', server, 'its name is not valid');
  const output = await run(program, server, env).catch((error: unknown) => {
    throw failed(
      program,
      server,
      errorCode(error) === 'ENOENT' ? 'it is not installed (not on PATH)' : 'it cannot be started',
      error,
    );
  });
  if (output.exitCode !== 0) {
    // docker-credential-helpers, credentials/error.go: "not found" is said on stdout, with exit code 1.
    if (/credentials not found/i.test(output.stdout + output.stderr)) return undefined;
    const said = (output.stderr === '' ? output.stdout : output.stderr).replaceAll(/\s+/g, ' ').trim().slice(0, 200);
    throw failed(
      program,
      server,
      `it ended with ${output.exitCode === null ? 'a signal or after a minute' : `code ${output.exitCode}`}${said === '' ? '' : `: ${said}`}`,
    );
  }
  return readOutput(output.stdout, program, server);
};

const readOutput = (stdout: string, program: string, server: string): Credential | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    throw failed(program, server, 'its output is not JSON');
  }
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { Username: username, Secret: secret } = fields;
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw failed(program, server, 'its output has no Username and Secret');
  if (username === '<token>') return { identityToken: secret };
  return username === '' && secret === '' ? undefined : { username, password: secret };
};
