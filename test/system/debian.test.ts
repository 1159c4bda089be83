// The second example: a Debian base made with debootstrap and served by the embedded registry, RUN steps in all forms.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { pulledBy, treeOf } from '../foreign.ts';
import { needs } from '../needs.ts';
import { projectFolder, serveRegistry, slipway, temporaryFolder } from '../slipway.ts';

const example = join(projectFolder, 'examples/debian');

needs(['debootstrap', 'skopeo'], process.getuid?.() === 0 ? [] : ['root'])('the Debian example', () => {
  it('runs its Run step, builds on the Debian base and pushes what skopeo pulls', async () => {
    using folder = temporaryFolder();
    const environment = { SLIPWAY_HOME: join(folder.path, 'home') };
    await using registry = await serveRegistry(join(folder.path, 'registry'));
    await promisify(execFile)(join(example, 'make-base.sh'), [registry.host], {
      env: { ...process.env, ...environment },
    });

    const outcome = await slipway(['run', join(example, 'pipeline.yaml'), '--input', `registry=${registry.host}`], {
      environment,
    });
    expect(`${outcome.code}\n${outcome.code === 0 ? '' : outcome.stderr}`).toBe('0\n');
    expect(outcome.stderr + outcome.stdout).toContain('words');
    const pulled = await pulledBy('skopeo', `${registry.host}/team/words:latest`);
    expect(outcome.stdout).toContain(pulled.digest);
    const tree = await treeOf(`docker://${registry.host}/team/words:v.1`);
    expect(tree['srv/top.txt']?.trim().split('\n')).toHaveLength(5);
    expect(tree['srv/top.txt']).toMatch(/^\s*\d+ the$/m);
    expect(tree['etc/passwd']).toContain('app:x:1000:1000');
  }, 600_000);
});
