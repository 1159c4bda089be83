// The snippets of the page that Slipway implements, run end to end on the embedded builder. They live in ../shared, which users do not have;
// our own copies of their workflows are in test/fixtures/workflows and run everywhere.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findTool, needs } from '../needs.ts';
import { pulledBy, treeOf } from '../foreign.ts';
import { projectFolder, serveRegistry, slipway, temporaryFolder, type TemporaryFolder } from '../slipway.ts';

const seeds = join(projectFolder, '../shared/corpus/seed');
const absent = existsSync(seeds) ? [] : ['../shared/corpus/seed'];
const seed = (number: string): string => {
  const file = readdirSync(seeds).find((name) => name.startsWith(number));
  if (file === undefined) throw new Error(`no seed ${number}`);
  return join(seeds, file);
};

needs([], absent)('the snippets of the page', () => {
  it.each(['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'])(
    '%s goes through check and plan as it stands',
    async (number) => {
      using folder = temporaryFolder();
      const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
      const checked = await slipway(['check', seed(number)], { cwd: folder.path, environment });
      expect(checked.stdout).not.toContain('error[');
      expect(checked.code).toBe(0);
      const planned = await slipway(['plan', seed(number)], { cwd: folder.path, environment });
      expect(planned.stderr).not.toContain('error[');
      expect(planned.code).toBe(0);
      expect(planned.stdout).toMatch(/embedded/);
    },
  );
});

let folder: TemporaryFolder;
let registries: { first: Awaited<ReturnType<typeof serveRegistry>>; second: Awaited<ReturnType<typeof serveRegistry>> };

const account = '123456789012';
const region = 'eu-central-1';
const ecr = `${account}.dkr.ecr.${region}.amazonaws.com`;

/** Names in capitals become what a user would write there. */
const filledIn = (text: string): string =>
  text
    .replaceAll('AWS_ACCOUNT_ID', account)
    .replaceAll(/\bREGION\b/g, region)
    .replaceAll('YOUR_DOCKER_REPO_NAME', `${registries.first.host}/team/app`)
    .replaceAll('YOUR_DOCKER_REPO', `${registries.first.host}/team/app`)
    .replaceAll('REPO_NAME', `${registries.first.host}/team/app`)
    .replaceAll('myorg/myapp', `${registries.first.host}/myorg/myapp`)
    .replaceAll('YOUR_IMAGE_TAG', 'v.1')
    .replaceAll('YOUR_DOCKER_USERNAME', 'ci')
    .replaceAll('/PATH/TO/TAR', 'out/image.tar');

const project = (
  name: string,
  text: string,
): { readonly cwd: string; readonly file: string; readonly environment: Record<string, string> } => {
  const cwd = join(folder.path, name);
  mkdirSync(cwd, { recursive: true });
  cpSync(join(projectFolder, 'test/fixtures/app'), cwd, { recursive: true });
  const file = join(cwd, 'pipeline.yaml');
  writeFileSync(file, filledIn(text));
  writeFileSync(
    join(cwd, 'slipway.yaml'),
    `connectors:
  CONNECTOR: { type: docker, url: "http://${registries.first.host}" }
  DOCKER_CONNECTOR: { type: docker, url: "http://${registries.first.host}" }
  YOUR_DOCKER_CONNECTOR: { type: docker, url: "http://${registries.first.host}" }
  AWS_CONNECTOR:
    type: aws
    endpoints:
      ${ecr}: http://${registries.second.host}
  K8S_CONNECTOR: { type: kubernetes }
  K8S_CONNECTOR_REF: { type: kubernetes }
`,
  );
  return { cwd, file, environment: { SLIPWAY_HOME: join(folder.path, `home-${name}`) } };
};

const run = async (name: string, text: string, prepare: readonly string[] = []) => {
  const { cwd, file, environment } = project(name, text);
  if (prepare.length > 0) {
    const built = await slipway([...prepare, '--build-arg', 'WHO=prepared'], { cwd, environment });
    expect(built.stderr).not.toContain('error[');
    expect(built.code).toBe(0);
  }
  const secrets = join(cwd, 'secrets.env');
  writeFileSync(secrets, 'YOUR_DOCKER_SECRET=swordfish-of-the-seas\n');
  const outcome = await slipway(['run', file, '--runner', 'local', '--secret-file', secrets], { cwd, environment });
  expect(outcome.stderr + outcome.stdout).not.toContain('swordfish-of-the-seas');
  return { outcome, cwd, environment };
};

needs(['skopeo'], absent)('the snippets of the page, run', () => {
  beforeAll(async () => {
    folder = temporaryFolder();
    registries = {
      first: await serveRegistry(join(folder.path, 'first')),
      second: await serveRegistry(join(folder.path, 'second')),
    };
  });
  afterAll(async () => {
    await registries.first[Symbol.asyncDispose]();
    await registries.second[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  const text = (number: string): string => readFileSync(seed(number), 'utf8');
  const succeeded = (outcome: { code: number | null; stdout: string; stderr: string }): void => {
    expect(outcome.stderr).not.toContain('error[');
    expect(`${outcome.code}\n${outcome.code === 0 ? '' : outcome.stderr + outcome.stdout}`).toBe('0\n');
  };

  it('01 builds, loads and saves, and pushes nothing', async () => {
    const { outcome, environment } = await run('s01', text('01'));
    succeeded(outcome);
    const images = await slipway(['images', 'list', '--json'], { environment });
    expect(images.stdout).toContain('/team/app:v.1');
  });

  it('02 builds without the Docker-in-Docker service, which it says is needless', async () => {
    const { outcome, environment } = await run('s02', text('02'));
    succeeded(outcome);
    expect(outcome.stderr + outcome.stdout).toMatch(/Background_1/);
    expect((await slipway(['images', 'list', '--json'], { environment })).stdout).toContain('/team/app:v.1');
  });

  it('03 builds a tar only', async () => {
    const { outcome } = await run('s03', text('03'));
    succeeded(outcome);
  });

  it('04 builds a tar with the settings of the Buildah plugin', async () => {
    const { outcome } = await run('s04', text('04'));
    succeeded(outcome);
  });

  it.each(['05', '06'])('%s pushes the image that the store has under this name', async (number) => {
    const { outcome } = await run(`s${number}`, text(number), [
      'build',
      '.',
      '--tag',
      `${registries.first.host}/team/app:v.1`,
    ]);
    succeeded(outcome);
    const tree = await treeOf(`docker://${registries.first.host}/team/app:v.1`);
    expect(tree['etc/who']).toBe('prepared\n');
  });

  it('05 says what is missing when no such image was built, and what the store has', async () => {
    const { outcome } = await run('s05-missing', text('05'), ['build', '.', '--tag', 'something/else:1']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr + outcome.stdout).toContain('/team/app:v.1');
    expect(outcome.stderr + outcome.stdout).toContain('something/else:1');
  });

  it('07 builds a tar, then pushes it to the registry of ECR', async () => {
    const { outcome } = await run('s07', text('07'));
    succeeded(outcome);
    const pulled = await pulledBy('skopeo', `${registries.second.host}/test-image:v.1`);
    expect(outcome.stdout).toContain(pulled.digest);
    expect((await treeOf(`docker://${registries.second.host}/test-image:v.1`))['etc/who']).toBe('nobody\n');
  });

  it('08 pushes a tar with the settings of the Buildah plugin', async () => {
    const { outcome } = await run('s08', text('08'), ['build', '.', '--tag', 'any/name:1', '--output', 'image.tar']);
    succeeded(outcome);
    expect((await treeOf(`docker://${registries.first.host}/team/app:v.1`))['etc/who']).toBe('prepared\n');
  });

  it.each(['09', '10'])('%s builds once and pushes the same digest to two registries', async (number) => {
    const { outcome } = await run(`s${number}`, text(number));
    succeeded(outcome);
    const first = await pulledBy('skopeo', `${registries.first.host}/myorg/myapp:v.1`);
    const second = await pulledBy('skopeo', `${registries.second.host}/myapp:v.1`);
    expect(first.digest).toBe(second.digest);
    expect(outcome.stdout).toContain(first.digest);
    if (findTool('crane') !== undefined)
      expect((await pulledBy('crane', `${registries.second.host}/myapp:v.1`)).digest).toBe(first.digest);
    rmSync(join(folder.path, `s${number}`), { recursive: true });
  });
});
