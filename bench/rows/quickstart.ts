// The main job on the example of the README, whole and in its parts, beside tools that do the same part.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { writeBaseContext } from '../../examples/quickstart/base.ts';
import type { Row } from '../frame.ts';
import { temporaryFolder } from '../inputs.ts';
import { serveEmpty } from '../registry.ts';
import { ourVersion, slipway, versionOf } from '../tools.ts';

const example = join(import.meta.dirname, '../../examples/quickstart');

export const rows: readonly Row[] = [
  {
    name: 'quickstart',
    describes:
      'the example (a Node base of about 150 MB): the whole pipeline cold, and build, export and push by themselves',
    rounds: 5,
    async prepare() {
      const folder = temporaryFolder();
      const service = join(folder.path, 'service');
      cpSync(example, service, { recursive: true });
      const first = await serveEmpty(join(folder.path, 'first'));
      const second = await serveEmpty(join(folder.path, 'second'));
      const base = join(folder.path, 'base');
      mkdirSync(base);
      writeBaseContext(base);
      const home = (name: string): { SLIPWAY_HOME: string } => ({ SLIPWAY_HOME: join(folder.path, name) });
      const run = (command: readonly string[], environment: Readonly<Record<string, string>>): void => {
        execFileSync(command[0] ?? '', command.slice(1), { env: { ...process.env, ...environment }, stdio: 'ignore' });
      };
      run(slipway('build', base, '--push', `${first.host}/base/node:current`), home('base-home'));
      const buildArg = `BASE=${first.host}/base/node:current`;
      const tar = join(folder.path, 'hello.tar');
      run(slipway('build', service, '--build-arg', buildArg, '--tag', 'hello:1', '--output', tar), home('kept'));
      const cold = (name: string) => async (): Promise<void> => {
        rmSync(join(folder.path, name), { recursive: true, force: true });
        await second.empty();
      };
      const crane = versionOf('crane', 'version');
      const skopeo = versionOf('skopeo', '--version');
      return {
        contenders: [
          {
            name: 'whole pipeline, cold',
            version: ourVersion,
            command: slipway(
              'run',
              join(service, 'pipeline.yaml'),
              '--input',
              `first=${first.host}`,
              '--input',
              `second=${second.host}`,
            ),
            environment: home('whole'),
            before: cold('whole'),
          },
          {
            name: 'build, cold',
            version: ourVersion,
            command: slipway('build', service, '--build-arg', buildArg, '--tag', 'hello:1'),
            environment: home('cold'),
            before: cold('cold'),
          },
          {
            name: 'build, nothing changed',
            version: ourVersion,
            command: slipway('build', service, '--build-arg', buildArg, '--tag', 'hello:1'),
            environment: home('kept'),
          },
          {
            name: 'build and export',
            version: ourVersion,
            command: slipway(
              'build',
              service,
              '--build-arg',
              buildArg,
              '--tag',
              'hello:1',
              '--output',
              join(folder.path, 'again.tar'),
            ),
            environment: home('kept'),
          },
          {
            name: 'push of the tar, cold',
            version: ourVersion,
            command: slipway('push', tar, `${second.host}/slipway/hello:1`),
            environment: home('push'),
            before: cold('push'),
          },
          {
            name: 'crane push of the tar',
            version: crane,
            command: ['crane', 'push', '--insecure', tar, `${second.host}/crane/hello:1`],
            before: cold('none'),
          },
          {
            name: 'skopeo copy of the tar',
            version: skopeo,
            command: [
              'skopeo',
              'copy',
              '--insecure-policy',
              '--dest-tls-verify=false',
              `docker-archive:${tar}`,
              `docker://${second.host}/skopeo/hello:1`,
            ],
            before: cold('none'),
          },
        ],
        async [Symbol.asyncDispose]() {
          await first[Symbol.asyncDispose]();
          await second[Symbol.asyncDispose]();
          folder[Symbol.dispose]();
        },
      };
    },
  },
];
