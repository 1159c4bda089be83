// The paths that pipelines take for granted (`/harness`, `sharedPaths`) as a step of this machine sees them: in a mount
// namespace of its own, where folders of the stage stand in these places. The machine's own file system is not touched.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { shellQuote } from '../../base/shell-quote.ts';

/** `at`: absolute path the pipeline uses; `folder`: what stands there. */
export interface Place {
  readonly at: string;
  readonly folder: string;
}

/** Holds sockets of the machine (Docker's above all) that are to be reached although the folder is the stage's. */
const isRunFolder = (path: string): boolean => path === '/run' || path === '/var/run';

/**
 * A shell script that sets the places up, ends as the command in its arguments, and needs a mount namespace. Where a mount point
 * is missing, its nearest folder is replaced by an empty one in memory with everything else bound back in. `root`: an empty folder.
 */
export const placesScript = (
  places: readonly Place[],
  { root, workspace, scratch }: { readonly root: string; readonly workspace: string; readonly scratch: string },
): string => {
  const missing = places.some(({ at }) => !existsSync(at));
  const base = missing ? root : '';
  const lines = [
    'set -e',
    'bind() { if [ -L "$1" ]; then cp -P "$1" "$2"; elif [ -d "$1" ]; then [ -d "$2" ] || mkdir "$2"; mount --rbind "$1" "$2"; else [ -e "$2" ] || : > "$2"; mount --bind "$1" "$2"; fi; }',
    'mimic() { for e in "$1"/* "$1"/.[!.]*; do if [ -e "$e" ] || [ -L "$e" ]; then bind "$e" "$2/${e##*/}" 2>/dev/null || :; fi; done; }',
    ...(missing ? [`mount -t tmpfs -o mode=755 tmpfs ${shellQuote(root)}`, `mimic '' ${shellQuote(root)}`] : []),
  ];
  const made = new Set<string>();
  for (const { at, folder } of places.toSorted((a, b) => a.at.length - b.at.length)) {
    const target = existsSync(at) ? realpathSync(at) : at;
    const point = `${base}${target}`;
    if (!existsSync(target)) {
      const parts = target.split('/').filter((part) => part !== '');
      let parent = '';
      for (const part of parts) {
        const next = `${parent}/${part}`;
        if (!existsSync(next)) break;
        parent = next;
      }
      if (parent !== '' && !made.has(parent)) {
        made.add(parent);
        lines.push(
          `mount -t tmpfs -o mode=755 tmpfs ${shellQuote(`${base}${parent}`)}`,
          `mimic ${shellQuote(parent)} ${shellQuote(`${base}${parent}`)}`,
        );
      }
      lines.push(`mkdir -p ${shellQuote(point)}`);
    }
    // What the step itself needs is not hidden by its own places.
    const kept = isRunFolder(target)
      ? readdirSync(target)
      : [workspace, scratch].flatMap((path) =>
          path.startsWith(`${target}/`) ? [path.slice(target.length + 1).split('/')[0] ?? ''] : [],
        );
    for (const entry of new Set(kept))
      lines.push(`bind ${shellQuote(`${target}/${entry}`)} ${shellQuote(`${folder}/${entry}`)} 2>/dev/null || :`);
    lines.push(`mount --rbind ${shellQuote(folder)} ${shellQuote(point)}`);
  }
  if (missing) {
    lines.push(
      `cd ${shellQuote(root)}`,
      'mkdir .slipway-old',
      'pivot_root . .slipway-old',
      'umount -l /.slipway-old',
      'rmdir /.slipway-old',
    );
  }
  lines.push(`cd ${shellQuote(workspace)}`, 'exec "$@"', '');
  return lines.join('\n');
};
