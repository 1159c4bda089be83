// `slipway run`: plans a pipeline for real and runs it.
import { join } from 'node:path';
import type { RunResult } from '../engine/run.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Plan } from '../plan/operation.ts';
import { showText } from '../refs/text.ts';
import { createLocalRunner } from '../runners/local/runner.ts';
import { pathsFrom } from './paths.ts';
import { type PipelineRequest, planFile } from './plan-file.ts';
import { type RunObserver, runOperations } from './run-operations.ts';

/** What came of a command that runs something: refused with its faults, or run to an end. */
export type Outcome =
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[]; readonly snippet: string | undefined }
  | {
      readonly kind: 'ran';
      readonly plan: Plan;
      readonly runId: string;
      readonly result: RunResult;
      readonly diagnostics: readonly Diagnostic[];
    };

export interface RunFileRequest extends PipelineRequest {
  readonly bind?: boolean;
}

export const runFile = async (file: string, request: RunFileRequest, observer: RunObserver): Promise<Outcome> => {
  const planned = await planFile(file, request, observer, 'run');
  const { plan, diagnostics, snippet, git, runId } = planned;
  if (plan === undefined) return { kind: 'refused', diagnostics, snippet };
  const paths = pathsFrom(observer.environment);
  const { facts } = git;
  const known = Object.entries({
    HARNESS_PIPELINE_ID: plan.pipeline.identifier,
    HARNESS_EXECUTION_ID: runId,
    HARNESS_BUILD_ID: String(plan.sequenceId),
    HARNESS_ACCOUNT_ID: 'local',
    HARNESS_ORG_ID: 'default',
    HARNESS_PROJECT_ID: 'default',
    DRONE_BUILD_NUMBER: String(plan.sequenceId),
    DRONE_BUILD_EVENT: facts.tag === undefined ? 'push' : 'tag',
    DRONE_BRANCH: facts.branch,
    DRONE_COMMIT_BRANCH: facts.branch,
    DRONE_COMMIT_SHA: facts.commitSha,
    DRONE_COMMIT: facts.commitSha,
    DRONE_COMMIT_REF: facts.commitRef,
    DRONE_COMMIT_MESSAGE: facts.commitMessage,
    DRONE_TAG: facts.tag,
    DRONE_REMOTE_URL: facts.repoUrl,
    DRONE_REPO_LINK: facts.repoUrl,
    DRONE_REPO_BRANCH: git.defaultBranch,
  });
  const local = createLocalRunner({
    codebase: codebaseFolder(planned.folder, git.root),
    bind: request.bind ?? false,
    workRoot: join(paths.home, 'work'),
    excluded: [paths.home],
    savedBy: ({ id }) =>
      plan.operations.flatMap((o) =>
        o.kind === 'build-image' && o.stage === id && o.outputs.tar !== undefined ? showText(o.outputs.tar.path) : [],
      ),
    environment: Object.fromEntries(known.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  });
  const result = await runOperations(
    { plan, runId, runners: { local }, connectors: planned.project.connectors, secrets: planned.secrets },
    observer,
  );
  return { kind: 'ran', plan, runId, result, diagnostics };
};

/**
 * Paths in a pipeline are relative to the code base. A pipeline in `.harness/` belongs to the checkout above it; elsewhere the
 * folder that holds the pipeline is its code base, so that an example inside a larger repository works by itself.
 */
const codebaseFolder = (folder: string, gitRoot: string): string =>
  /(?:^|\/)\.(?:harness|slipway)(?:\/|$)/.test(folder.slice(gitRoot.length)) ? gitRoot : folder;
