import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { dockerConfigCredentials } from './docker-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-docker-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
const configOf = async (content: unknown, env: NodeJS.ProcessEnv = {}) => {
  count += 1;
  const path = join(folder, String(count));
  await mkdir(path);
  await writeFile(join(path, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return dockerConfigCredentials({ env: { DOCKER_CONFIG: path, ...env } });
};

const basic = (username: string, password: string) => ({
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});

describe('auths', () => {
  test.each([
    { key: 'localhost:5000', registry: 'localhost:5000' },
    { key: 'https://registry.example.com', registry: 'registry.example.com' },
    { key: 'http://Registry.Example.com/v2/', registry: 'registry.example.com' },
    { key: 'registry.example.com/v1/', registry: 'registry.example.com' },
    { key: 'https://index.docker.io/v1/', registry: 'docker.io' },
    { key: 'registry-1.docker.io', registry: 'docker.io' },
    { key: 'docker.io', registry: 'docker.io' },
  ])('finds the login under $key for $registry', async ({ key, registry }) => {
    const credentials = await configOf({ auths: { [key]: basic('ann', 'pass:word') } });
    expect(await credentials(registry, 'team/app')).toEqual({ username: 'ann', password: 'pass:word' });
    expect(await credentials('other.example.com', 'team/app')).toBeUndefined();
  });

  it('takes the most specific of logins for parts of a registry', async () => {
    const credentials = await configOf({
      auths: {
        'quay.io': basic('all', 'a'),
        'quay.io/team': basic('team', 'b'),
        'quay.io/team/app': basic('app', 'c'),
      },
    });
    const who = async (repository: string) =>
      ((await credentials('quay.io', repository)) as { username: string }).username;
    expect([await who('team/app'), await who('team/web'), await who('teams/app')]).toEqual(['app', 'team', 'all']);
  });

  test.each([
    {
      name: 'an identity token',
      entry: { ...basic('0000', ''), identitytoken: 'refresh' },
      expected: { identityToken: 'refresh' },
    },
    { name: 'a registry token', entry: { registrytoken: 'bearer' }, expected: { registryToken: 'bearer' } },
    {
      name: 'plain user name and password',
      entry: { username: 'ann', password: 'p' },
      expected: { username: 'ann', password: 'p' },
    },
    { name: 'nothing in an empty entry', entry: {}, expected: undefined },
  ])('reads $name', async ({ entry, expected }) => {
    const credentials = await configOf({ auths: { 'a.example': entry } });
    expect(await credentials('a.example', '')).toEqual(expected);
  });

  it('has no login where there is no file, and is not fooled by names of prototypes', async () => {
    const absent = dockerConfigCredentials({ folder: join(folder, 'absent') });
    expect(await absent('docker.io', 'library/alpine')).toBeUndefined();
    const credentials = await configOf({ auths: {}, credHelpers: {} });
    expect(await credentials('constructor', '__proto__')).toBeUndefined();
  });

  it('says which file is damaged without showing what is in it', async () => {
    const secret = 'bm90LWEtcGFpcg'; // base64 of text without a colon
    for (const content of [
      `{"auths": {"a.example": {"auth": "${secret}"`,
      { auths: { 'a.example': { auth: secret } } },
    ]) {
      const credentials = await configOf(content);
      const failure: Error = await credentials('a.example', '').then(
        () => expect.unreachable(),
        (e: Error) => e,
      );
      expect(failure).toMatchObject({
        code: 'registry/bad-docker-config',
        message: expect.stringContaining('config.json'),
      });
      expect(failure.message).not.toContain(secret);
      expect(failure.message).not.toContain('not-a-pair');
    }
  });
});

describe('credential helpers', () => {
  const helper = async (name: string, script: string): Promise<NodeJS.ProcessEnv> => {
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, `docker-credential-${name}`), 0o755);
    return { PATH: `${bin}:${process.env['PATH']}`, SEEN: join(folder, `${name}.seen`) };
  };

  it('asks the store, with the server on stdin', async () => {
    const env = await helper(
      'good',
      'echo "$@" > "$SEEN"; cat >> "$SEEN"; echo \'{"ServerURL":"x","Username":"ann","Secret":"p"}\'',
    );
    const credentials = await configOf({ credsStore: 'good' }, env);
    expect(await credentials('docker.io', 'library/alpine')).toEqual({ username: 'ann', password: 'p' });
    expect(await readFile(env['SEEN']!, 'utf8')).toBe('get\nhttps://index.docker.io/v1/\n');
  });

  it('prefers the helper of the registry, and takes a token from it', async () => {
    const env = await helper('ecr', 'echo \'{"Username":"<token>","Secret":"refresh"}\'');
    const credentials = await configOf({ credsStore: 'absent', credHelpers: { 'ecr.example': 'ecr' } }, env);
    expect(await credentials('ecr.example', 'app')).toEqual({ identityToken: 'refresh' });
  });

  it('goes on to auths when the helper knows none', async () => {
    const env = await helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    const credentials = await configOf({ credsStore: 'empty', auths: { 'a.example': basic('ann', 'p') } }, env);
    expect(await credentials('a.example', '')).toEqual({ username: 'ann', password: 'p' });
  });

  test.each([
    { name: 'is not installed', store: 'nowhere', script: undefined, says: /not installed/ },
    {
      name: 'fails',
      store: 'locked',
      script: 'echo "keychain is locked" >&2; exit 2',
      says: /code 2: keychain is locked/,
    },
    { name: 'does not answer in JSON', store: 'chatty', script: 'echo hello', says: /not JSON/ },
    { name: 'has a name that leaves its place', store: '../evil', script: undefined, says: /name is not valid/ },
  ])('says that a helper $name', async ({ store, script, says }) => {
    const env = script === undefined ? { PATH: folder } : await helper(store, script);
    const credentials = await configOf({ credsStore: store }, env);
    await expect(credentials('a.example', '')).rejects.toMatchObject({
      code: 'registry/credential-helper',
      message: expect.stringMatching(says),
    });
  });
});
