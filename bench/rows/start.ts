// How long a person waits for small commands: whole processes, from start to exit.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../frame.ts';
import { longPipeline, temporaryFolder } from '../inputs.ts';
import { ourVersion, slipway, versionOf } from '../tools.ts';

export const rows: readonly Row[] = [
  {
    name: 'start-version',
    describes: 'slipway --version, beside a Node that does nothing',
    bound: 'under 0.1 s',
    rounds: 15,
    async prepare() {
      return {
        contenders: [
          { name: 'slipway --version', version: ourVersion, command: slipway('--version') },
          { name: 'node -e ""', version: process.version, command: [process.execPath, '-e', ''] },
          { name: 'crane version', version: versionOf('crane', 'version'), command: ['crane', 'version'] },
        ],
        async [Symbol.asyncDispose]() {
          // nothing was made
        },
      };
    },
  },
  {
    name: 'start-plan',
    describes: 'slipway plan of a pipeline of 2,000 lines (about 30 stages, 150 steps)',
    bound: 'under 0.4 s',
    rounds: 9,
    async prepare() {
      const folder = temporaryFolder();
      const file = join(folder.path, 'pipeline.yaml');
      writeFileSync(file, longPipeline(2000));
      writeFileSync(join(folder.path, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
      writeFileSync(
        join(folder.path, 'slipway.yaml'),
        'connectors:\n  registry:\n    type: docker\n    url: http://localhost:5055\n',
      );
      const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
      return {
        contenders: [
          { name: 'slipway plan', version: ourVersion, command: slipway('plan', file), cwd: folder.path, environment },
          {
            name: 'slipway check',
            version: ourVersion,
            command: slipway('check', file),
            cwd: folder.path,
            environment,
          },
        ],
        async [Symbol.asyncDispose]() {
          folder[Symbol.dispose]();
        },
      };
    },
  },
];
