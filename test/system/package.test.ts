// The package as users get it: packed, installed into an empty folder, started by its name.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { projectFolder, temporaryFolder } from '../slipway.ts';

const run = promisify(execFile);

it('npm pack gives a package that runs by npx from an empty folder, worker threads and all', async () => {
  using folder = temporaryFolder();
  await run('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: projectFolder });
  const tarball = readdirSync(folder.path).find((name) => name.endsWith('.tgz'));
  expect(tarball).toBeDefined();

  const empty = join(folder.path, 'empty');
  mkdirSync(empty);
  const environment = { ...process.env, SLIPWAY_HOME: join(folder.path, 'home') };
  const npx = (...args: readonly string[]) =>
    run('npx', ['--yes', '--package', join(folder.path, tarball ?? ''), 'slipway', ...args], {
      cwd: empty,
      env: environment,
    });
  expect((await npx('--version')).stdout).toMatch(/^slipway \d+\.\d+\.\d+\n$/);

  writeFileSync(join(empty, 'Dockerfile'), 'FROM scratch\nCOPY big Dockerfile /\n');
  writeFileSync(join(empty, 'big'), Buffer.alloc(9 << 20, 'slipway'));
  await npx('build', '.', '--tag', 'empty:1', '--output', 'out/image.tar');
  expect(existsSync(join(empty, 'out/image.tar'))).toBe(true);
  expect((await npx('images', 'list')).stdout).toContain('empty:1');
}, 180_000);
