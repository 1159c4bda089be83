import { describe, expect, it } from 'vitest';
import { createRegistry, type RegistryOptions } from './registry.ts';
import { memoryStore } from './store-memory.ts';

const client = (options: RegistryOptions) => {
  const registry = createRegistry(memoryStore(), options);
  return (method: string, path: string, headers: Record<string, string> = {}) =>
    registry(new Request(`http://registry.test${path}`, { method, headers }));
};

describe('authentication', () => {
  const login = (username: string, password: string) =>
    `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

  it('asks for Basic and takes only the right login', async () => {
    const registry = client({ auth: { kind: 'basic', username: 'ann', password: 's3cret' } });
    const anonymous = await registry('GET', '/v2/');
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="slipway registry"',
    ]);
    for (const [authorization, status] of [
      [login('ann', 's3cret'), 200],
      [login('ann', 'other'), 401],
      [login('bob', 's3cret'), 401],
      ['Basic !!', 401],
      ['Bearer x', 401],
    ] as const)
      expect((await registry('GET', '/v2/', { authorization })).status).toBe(status);
  });

  it('issues tokens that open what they were asked for, and nothing else', async () => {
    const registry = client({
      auth: { kind: 'token', username: 'ann', password: 's3cret', anonymousPull: true },
    });
    const challenge = (await registry('POST', '/v2/app/blobs/uploads/')).headers.get('www-authenticate');
    expect(challenge).toBe(
      'Bearer realm="http://registry.test/token",service="slipway registry",scope="repository:app:pull,push"',
    );
    const tokenFor = async (scope: string, authorization?: string): Promise<string> => {
      const response = await registry(
        'GET',
        `/token?service=x&scope=${scope}`,
        authorization === undefined ? {} : { authorization },
      );
      return ((await response.json()) as { token: string }).token;
    };
    const start = async (token: string) =>
      (await registry('POST', '/v2/app/blobs/uploads/', { authorization: `Bearer ${token}` })).status;
    expect(await start(await tokenFor('repository:app:pull,push', login('ann', 's3cret')))).toBe(202);
    expect(await start(await tokenFor('repository:other:pull,push', login('ann', 's3cret')))).toBe(401);
    expect(await start(await tokenFor('repository:app:pull,push'))).toBe(401);
    expect(await start('forged.token')).toBe(401);
    expect(
      (await registry('GET', '/token?scope=repository:app:push', { authorization: login('ann', 'x') })).status,
    ).toBe(401);
  });
});
