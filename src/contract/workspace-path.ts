// Paths in settings: relative to the workspace of the stage, or below what its steps share.
import { cleanPath } from '../base/clean-path.ts';
import { harnessWorkspace } from '../base/harness-workspace.ts';

/** A sentence when no other step could see this path, or when it leaves the workspace. */
export const pathProblem = (path: string, sharedPaths: readonly string[]): string | undefined => {
  const parts = path.split('/');
  if (path.startsWith('/')) {
    const roots = [harnessWorkspace, ...sharedPaths.map((shared) => shared.replace(/\/+$/, ''))];
    const isShared = roots.some((root) => root !== '' && (path === root || path.startsWith(`${root}/`)));
    return isShared && !parts.includes('..') ? undefined : 'other steps cannot see this absolute path';
  }
  let depth = 0;
  for (const part of parts) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return 'this path leaves the workspace';
  }
  return undefined;
};

/** One spelling for one place: `./out//image.tar` and `/harness/out/image.tar` are `out/image.tar`. */
export const samePlace = (path: string): string => {
  const inside =
    path === harnessWorkspace || path.startsWith(`${harnessWorkspace}/`)
      ? path.slice(harnessWorkspace.length + 1)
      : path;
  return cleanPath(inside);
};
