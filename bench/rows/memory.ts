// What a layer of 4 GiB costs in memory: built, then pushed to the embedded registry.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../frame.ts';
import { temporaryFolder, writeBigFile } from '../inputs.ts';
import { serveEmpty } from '../registry.ts';
import { ourVersion, slipway, versionOf } from '../tools.ts';

export const rows: readonly Row[] = [
  {
    name: 'memory-4g',
    describes: 'a build of one COPY of 4 GiB (three quarters compressible), and its push to an empty registry',
    bound: 'under 300 MB in both',
    rounds: 1,
    async prepare() {
      const folder = temporaryFolder();
      writeBigFile(join(folder.path, 'big'), 4 * 2 ** 30);
      writeFileSync(join(folder.path, 'Dockerfile'), 'FROM scratch\nCOPY big /big\n');
      const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
      const registry = await serveEmpty(join(folder.path, 'registry'));
      const tar = join(folder.path, 'big.tar');
      return {
        contenders: [
          {
            name: 'slipway build',
            version: ourVersion,
            command: slipway('build', folder.path, '--tag', 'big:1', '--output', tar),
            environment,
          },
          {
            name: 'slipway push',
            version: ourVersion,
            command: slipway('push', tar, `${registry.host}/ours/big:1`),
            environment,
          },
          {
            name: 'crane push',
            version: versionOf('crane', 'version'),
            command: ['crane', 'push', '--insecure', tar, `${registry.host}/crane/big:1`],
          },
        ],
        async [Symbol.asyncDispose]() {
          await registry[Symbol.asyncDispose]();
          folder[Symbol.dispose]();
        },
      };
    },
  },
];
