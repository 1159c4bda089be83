// Stages by name: the base of a FROM, and what `--target` names.
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { meant } from './fault.ts';
import type { Dockerfile, Stage } from './instructions.ts';

/** `target` is a name (case does not matter; of two stages with one name the last) or an index; absent or empty: the last stage. */
export const findTarget = (dockerfile: Dockerfile, target: string | undefined, report: Report): Stage | undefined => {
  const { stages } = dockerfile;
  if (target === undefined || target === '') return stages.at(-1);
  const named = stages.findLast((s) => s.name === target.toLowerCase());
  const found = named ?? (/^[0-9]{1,6}$/.test(target) ? stages[Number(target)] : undefined);
  if (found !== undefined) return found;
  const names = stages.flatMap((s) => s.name ?? []);
  const list = names.length === 0 ? `numbers 0 to ${stages.length - 1}` : names.join(', ');
  report({
    code: 'dockerfile/unknown-target',
    severity: 'error',
    message: `${dockerfile.source.name} has no stage "${target}"`,
    ...meant(nearest(target, names), `Its stages: ${list}.`),
  });
  return undefined;
};

/** What FROM finds: the last stage before `index` with exactly this name (names are in lower case). */
export const earlierStageNamed = (dockerfile: Dockerfile, index: number, name: string): Stage | undefined => {
  for (let at = index - 1; at >= 0; at--) {
    const stage = dockerfile.stages[at];
    if (stage?.name === name) return stage;
  }
  return undefined;
};
