// `slipway init`: looks for Dockerfiles and writes a pipeline.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import { initFiles } from '../plan/init.ts';
import { shownPath } from './project.ts';

export interface InitRequest {
  readonly registry: string;
  readonly output: string;
  readonly force?: boolean;
}

export interface Initialised {
  readonly written: readonly string[];
  readonly next: string;
}

const passedOver = new Set(['node_modules', '.git', 'vendor', 'dist', 'build', 'target', '.venv']);
const isDockerfile = (name: string): boolean =>
  /^Dockerfile(?:\.(?!dockerignore$)[\w-]+)?$|^[\w-]+\.Dockerfile$/.test(name);

const dockerfilesBelow = (folder: string, path = '', depth = 0): readonly string[] =>
  readdirSync(join(folder, path), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory())
        return depth < 4 && !passedOver.has(entry.name) ? dockerfilesBelow(folder, below, depth + 1) : [];
      return entry.isFile() && isDockerfile(entry.name) ? [below] : [];
    });

export const initFolder = async (
  given: string,
  request: InitRequest,
  around: { readonly folder: string },
): Promise<Initialised> => {
  const folder = resolve(around.folder, given);
  if (!existsSync(folder))
    throw new Failure('app/no-folder', `there is no folder ${given}`, { facts: { path: folder } });
  const dockerfiles = dockerfilesBelow(folder);
  if (dockerfiles.length === 0)
    throw new Failure('app/no-dockerfiles', `no Dockerfile below ${folder}`, {
      hint: 'write one first; slipway init then makes a pipeline for it',
    });
  const { pipeline, config } = initFiles({ dockerfiles, folder: basename(folder), registry: request.registry });
  const files = [
    [join(folder, request.output), pipeline],
    [join(folder, 'slipway.yaml'), config],
  ] as const;
  const there = files.filter(([path]) => existsSync(path));
  if (there.length > 0 && request.force !== true) {
    throw new Failure(
      'app/file-exists',
      `${there.map(([path]) => shownPath(path, around.folder)).join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already`,
      { hint: 'overwrite with --force, or choose another name with --output' },
    );
  }
  for (const [path, text] of files) writeFileSync(path, text);
  const shown = shownPath(join(folder, request.output), around.folder);
  const local = /^localhost:(\d+)$/.exec(request.registry)?.[1];
  return {
    written: files.map(([path]) => shownPath(path, around.folder)),
    next: `next:\n${local === undefined ? '' : `  slipway registry serve --port ${local} &\n`}  slipway plan ${shown}\n  slipway run ${shown}`,
  };
};
