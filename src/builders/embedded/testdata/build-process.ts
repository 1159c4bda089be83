// A build that is killed: `node build-process.ts FOLDER SECONDS` says when its RUN has begun, which then sleeps.
import { join } from 'node:path';
import { busyboxBase } from '../../../../test/dockerfile-build.ts';
import { buildIn } from '../../../../test/dockerfiles.ts';

const [, , folder = '', seconds = ''] = process.argv;
await buildIn(folder, `FROM base\nRUN echo started; sleep ${seconds}\n`, {
  pull: async () => busyboxBase(),
  root: join(folder, 'cache'),
  log: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
