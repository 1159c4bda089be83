// A build that is killed: `node build-process.ts FOLDER SECONDS` says when its RUN has begun, which then sleeps.
import { join } from 'node:path';
import { busyboxBase } from '../../../../test/dockerfile-build.ts';
import { writeFileSync } from 'node:fs';
import { openStore } from '../../../oci/store.ts';
import { buildDockerfile } from '../build.ts';

const [, , folder = '', seconds = ''] = process.argv;
const dockerfile = join(folder, 'Killed');
writeFileSync(dockerfile, `FROM base\nRUN echo started; sleep ${seconds}\n`);
await buildDockerfile({
  context: join(folder, 'context'),
  dockerfile,
  dockerfileName: 'Killed',
  buildArgs: new Map(),
  labels: {},
  noCache: false,
  secret: () => undefined,
  store: await openStore(join(folder, 'store')),
  pull: async () => busyboxBase(),
  root: join(folder, 'cache'),
  signal: new AbortController().signal,
  progress: () => {},
  log: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
