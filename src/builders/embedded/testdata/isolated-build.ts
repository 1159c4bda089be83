// A build by a process with fewer privileges: `node isolated-build.ts FOLDER DOCKERFILE-TEXT`. Prints what it found as JSON.
import { Failure } from '../../../base/failure.ts';
import { busyboxBase, membersOf, openBuildSpace } from '../../../../test/dockerfile-build.ts';
import { isolationFor } from '../../../sandbox/isolation.ts';

const [, , dockerfile = ''] = process.argv;
await using space = await openBuildSpace();
space.bases.set('base', busyboxBase());
const result: Record<string, unknown> = {};
try {
  const image = await space.build(dockerfile, { secret: () => Buffer.from('hush') });
  result['members'] = (await membersOf(image)).map((e) => `${e.path} ${e.type} ${e.uid}:${e.gid} ${e.mode.toString(8)}`);
} catch (error) {
  result['code'] = error instanceof Failure ? error.code : String(error);
}
result['lines'] = space.lines;
try {
  result['isolation'] = isolationFor(space.folder);
} catch (error) {
  result['isolation'] = error instanceof Failure ? error.code : String(error);
}
process.stdout.write(JSON.stringify(result));
