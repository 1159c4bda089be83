// Paths of a step: inside the workspace or a shared path of the stage, whatever symbolic links say.
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { harnessWorkspace } from '../base/harness-workspace.ts';
import type { StepContext } from '../engine/executor.ts';

const isInside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
};

/** Where a path below one of the places is. */
const pathIn = (places: Readonly<Record<string, string>>, path: string): string | undefined => {
  for (const [at, folder] of Object.entries(places)) {
    if (isAbsolute(at) && isAbsolute(path) && isInside(at, path)) return join(folder, relative(at, path));
  }
  return undefined;
};

/** Of the nearest folder that exists. */
const realOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') || parent === path) throw error;
    return join(await realOf(parent), relative(parent, path));
  }
};

/** Absolute. Throws Failure `transfer/path-outside`. */
export const workspacePath = async (
  path: string,
  { workspace, stage, shared }: Pick<StepContext, 'workspace' | 'stage' | 'shared'>,
): Promise<string> => {
  const places = shared ?? Object.fromEntries(stage.sharedPaths.map((at) => [at, at]));
  const full = pathIn({ [harnessWorkspace]: workspace, ...places }, path) ?? resolve(workspace, path);
  const roots = [workspace, ...Object.values(places).filter((folder) => isAbsolute(folder) && folder !== '/')];
  const isWithin = async (): Promise<boolean> => {
    if (!roots.some((root) => isInside(resolve(root), full))) return false;
    const real = await realOf(full);
    const realRoots = await Promise.all(roots.map((root) => realOf(root)));
    return realRoots.some((root) => isInside(root, real));
  };
  if (await isWithin()) return full;
  throw new Failure(
    'transfer/path-outside',
    `The path ${path} is outside the workspace and the shared paths of the stage`,
    {
      facts: { path, workspace },
      hint: 'Write a path relative to the workspace, or add its folder to sharedPaths of the stage.',
      failureClass: 'ConfigurationFailure',
    },
  );
};
