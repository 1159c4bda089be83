// Logins written in a step: for its push, and for its base image. Each goes to its own registry only.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveRegistry } from '../../src/registry/serve.ts';
import { slipway, temporaryFolder } from '../slipway.ts';

const secret = 'correct-horse-battery';

it('a step signs in for its push, and another for its base image', async () => {
  using folder = temporaryFolder();
  await using registry = await serveRegistry({
    root: join(folder.path, 'registry'),
    auth: { kind: 'basic', username: 'ci', password: secret },
  });
  const host = `localhost:${registry.port}`;
  const run = async (name: string, dockerfile: string, settings: string) => {
    const cwd = join(folder.path, name);
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'Dockerfile'), dockerfile);
    writeFileSync(join(cwd, 'message'), name);
    writeFileSync(join(cwd, 'secrets.env'), `REG=${secret}\n`);
    writeFileSync(
      join(cwd, 'pipeline.yaml'),
      `- step:\n    type: Plugin\n    name: image\n    identifier: image\n    spec:\n      image: plugins/docker\n      settings: ${settings}\n`,
    );
    return slipway(['run', 'pipeline.yaml', '--secret-file', 'secrets.env'], {
      cwd,
      environment: { SLIPWAY_HOME: join(folder.path, `home-${name}`) },
    });
  };
  const password = '<+secrets.getValue("REG")>';
  const pushed = await run(
    'base',
    'FROM scratch\nCOPY message /message\n',
    `{repo: "${host}/base", tags: [v1], username: ci, password: ${password}}`,
  );
  expect(pushed.code, pushed.stderr + pushed.stdout).toBe(0);
  const from = `FROM ${host}/base:v1\nCOPY message /more\n`;
  const anonymous = await run('anonymous', from, `{repo: o/r, no_push: true}`);
  expect(anonymous.code).toBe(1);
  expect(anonymous.stderr + anonymous.stdout).toMatch(/registry\/unauthorized/);
  const base = `base_image_registry: "http://${host}", base_image_username: ci, base_image_password: ${password}`;
  const built = await run('signed', from, `{repo: o/r, no_push: true, ${base}}`);
  expect(built.code, built.stderr + built.stdout).toBe(0);
  for (const { stdout, stderr } of [pushed, anonymous, built]) expect(stdout + stderr).not.toContain(secret);
});

it('build, push and inspect sign in with the connector of the registry, whose secret lies beside the configuration', async () => {
  using folder = temporaryFolder();
  await using registry = await serveRegistry({
    root: join(folder.path, 'registry'),
    auth: { kind: 'basic', username: 'ci', password: secret },
  });
  const host = `localhost:${registry.port}`;
  const cwd = join(folder.path, 'project/service');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
  writeFileSync(join(cwd, '../secrets.env'), `REG=${secret}\n`);
  writeFileSync(
    join(cwd, '../slipway.yaml'),
    `secrets: {files: [secrets.env]}\nconnectors:\n  own: {type: docker, url: "http://${host}", username: ci, password: <+secrets.getValue("REG")>}\n`,
  );
  const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
  const outcomes = [];
  for (const args of [
    ['build', '.', '--push', `${host}/team/app:1`],
    ['push', `${host}/team/app:1`, `${host}/team/app:2`],
    ['images', 'remove', `${host}/team/app:1`],
    ['inspect', `${host}/team/app:2`],
  ])
    outcomes.push(await slipway(args, { cwd, environment }));
  expect(outcomes.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(outcomes.map(() => [0, '']));
  expect(outcomes.at(-1)?.stdout).toContain(`found in    ${host}`);
  for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain(secret);
  const other = await slipway(['inspect', `${host}/team/app:2`], { cwd: folder.path, environment });
  expect(other.stderr).toContain('registry/unauthorized');
});
