// The local runner: steps are processes of this machine, in a copy of the code base.
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { openOwnedFolder, type OwnedFolder } from '../../base/owned-folder.ts';
import type { Runner, Workspace } from '../../engine/runner.ts';
import type { PlanStage } from '../../plan/operation.ts';
import { canUseNamespaces } from '../../sandbox/process-tree.ts';
import { copyCodebase } from './codebase.ts';
import { execStep, serveStep, type StepPlace } from './step.ts';

export interface LocalRunnerOptions {
  /** Folder of the code base. */
  readonly codebase: string;
  /** Work in the folder itself. */
  readonly bind: boolean;
  /** Where the copies live while a stage runs. What an engine that was killed left there is removed. */
  readonly workRoot: string;
  /** Not copied: where Slipway keeps its own data. */
  readonly excluded: readonly string[];
  /** HARNESS_ and DRONE_ facts and what else every step sees. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files that a stage's steps save in the workspace, as written: told when they go with the copy. */
  readonly savedBy?: (stage: PlanStage) => readonly string[];
}

/** Above these a copy is worth a note. */
const largeBytes = 1e9;
const manyFiles = 50_000;

export const createLocalRunner = (options: LocalRunnerOptions): Runner => ({
  name: 'local',
  async open(stage, runId, signal) {
    signal.throwIfAborted();
    const folder = await openOwnedFolder(options.workRoot, `${runId}-`);
    try {
      return await openWorkspace(stage, folder, options, signal);
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  },
});

/** A stage that clones nothing still gets the files a person sees beside the pipeline: nothing else has them here. */
const openWorkspace = async (
  stage: PlanStage,
  folder: OwnedFolder,
  options: LocalRunnerOptions,
  signal: AbortSignal,
): Promise<Workspace> => {
  const notes: string[] = [];
  const path = options.bind ? options.codebase : join(folder.path, 'harness');
  if (!options.bind) {
    const { files, sizeBytes } = await copyCodebase(options.codebase, path, options.excluded, signal);
    if (sizeBytes > largeBytes || files > manyFiles) {
      notes.push(
        `the copy of ${options.codebase} for stage "${stage.name}" has ${files} files and ${(sizeBytes / 1e9).toFixed(1)} GB; --bind works in the folder itself`,
      );
    }
    const saved = options.savedBy?.(stage) ?? [];
    if (saved.length > 0)
      notes.push(
        `stage "${stage.name}" works in a copy of the code base, and ${saved.join(', ')} goes with it at the end; --bind works in the folder itself`,
      );
  }
  const shared: Record<string, string> = {};
  for (const [n, at] of stage.sharedPaths.map((p) => normalize(p).replace(/\/+$/, '')).entries()) {
    if (!isAbsolute(at) || at === '') continue; // relative ones are in the workspace, which is shared as it is
    shared[at] = join(folder.path, `shared-${n}`);
    await mkdir(shared[at]);
    if (!canUseNamespaces())
      notes.push(
        `the shared path ${at} of stage "${stage.name}" is ${shared[at]} here: commands see it under that name only, since Slipway may not make mounts`,
      );
  }
  const place: StepPlace = { path, shared, environment: options.environment };
  return {
    path,
    shared,
    notes,
    exec: (operation, context) => execStep(operation, place, context),
    serve: (operation, context) => serveStep(operation, place, context),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};
