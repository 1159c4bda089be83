// Many small files: the case where builders differ most.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../frame.ts';
import { temporaryFolder, writeManyFiles } from '../inputs.ts';
import { ourVersion, slipway, versionOf } from '../tools.ts';

export const rows: readonly Row[] = [
  {
    name: 'files-20000',
    describes: 'FROM scratch, COPY of 20,000 files (about 120 MB), kept in the image store; cold and unchanged',
    rounds: 3,
    async prepare() {
      const folder = temporaryFolder();
      const context = join(folder.path, 'context');
      writeManyFiles(join(context, 'files'), 20_000, 6000);
      writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY files/ /files/\n');
      const home = (name: string): { SLIPWAY_HOME: string } => ({ SLIPWAY_HOME: join(folder.path, name) });
      const buildah = versionOf('buildah', '--version');
      return {
        contenders: [
          {
            name: 'slipway, cold',
            version: ourVersion,
            command: slipway('build', context, '--tag', 'files:1'),
            environment: home('cold'),
            before: () => {
              rmSync(join(folder.path, 'cold'), { recursive: true, force: true });
            },
          },
          {
            name: 'slipway, unchanged',
            version: ourVersion,
            command: slipway('build', context, '--tag', 'files:1'),
            environment: home('warm'),
          },
          {
            name: 'buildah bud, cold',
            version: buildah,
            command: [
              'buildah',
              '--root',
              join(folder.path, 'buildah'),
              '--runroot',
              join(folder.path, 'buildah-run'),
              'bud',
              '--isolation',
              'chroot',
              '--no-cache',
              '-t',
              'files:1',
              context,
            ],
          },
        ],
        async [Symbol.asyncDispose]() {
          folder[Symbol.dispose]();
        },
      };
    },
  },
];
