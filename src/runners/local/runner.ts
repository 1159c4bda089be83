// The local runner: steps are processes of this machine, in a copy of the code base.
import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { onExit } from '../../base/on-exit.ts';
import type { StepContext, StepResult } from '../../engine/executor.ts';
import type { Runner, Workspace } from '../../engine/runner.ts';
import type { Exec, PlanStage, Service } from '../../plan/operation.ts';
import { showText, type Text } from '../../refs/text.ts';
import { copyCodebase } from './codebase.ts';
import { type Ended, endingWithUs, runTree } from '../../sandbox/process-tree.ts';
import { writeScript } from './script.ts';

export interface LocalRunnerOptions {
  /** Folder of the code base. */
  readonly codebase: string;
  /** Work in the folder itself. */
  readonly bind: boolean;
  /** Where the copies live while a stage runs. */
  readonly workRoot: string;
  /** Not copied: where Slipway keeps its own data. */
  readonly excluded: readonly string[];
  /** HARNESS_ and DRONE_ facts and what else every step sees. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Of the caller's environment a step sees these only: the rest may hold secrets. */
const inherited = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TERM',
  'TMPDIR',
  'SHELL',
  'SSH_AUTH_SOCK',
  'DOCKER_HOST',
  'DOCKER_CONFIG',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

const baseEnvironment = (): Record<string, string> =>
  Object.fromEntries(inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

const failureOf = (ended: Ended, what: string): Failure =>
  ended.exitCode === undefined
    ? new Failure('runner/command-killed', `${what} was ended by ${ended.signalName ?? 'a signal'}`, {
        facts: { signal: ended.signalName ?? '' },
        ...(ended.signalName === 'SIGKILL' ? { failureClass: 'ResourceLimitsFailure' as const } : {}),
      })
    : new Failure('runner/command-failed', `${what} ended with exit code ${ended.exitCode}`, {
        facts: { exitCode: ended.exitCode },
      });

export const createLocalRunner = (options: LocalRunnerOptions): Runner => ({
  name: 'local',
  async open(stage, runId, signal) {
    if (options.bind || !stage.cloneCodebase) {
      if (options.bind) return workspaceAt(options.codebase, stage, options, async () => {});
    }
    await mkdir(options.workRoot, { recursive: true, mode: 0o700 });
    await removeLeftovers(options.workRoot);
    const folder = await mkdtemp(join(options.workRoot, `${process.pid}-${runId}-`));
    const atExit = onExit(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const workspace = join(folder, 'harness');
    try {
      // A stage that clones nothing still gets the files a person sees beside the pipeline: nothing else has them here.
      await copyCodebase(options.codebase, workspace, options.excluded);
      signal.throwIfAborted();
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      atExit[Symbol.dispose]();
      throw error;
    }
    return workspaceAt(workspace, stage, options, async () => {
      await rm(folder, { recursive: true, force: true });
      atExit[Symbol.dispose]();
    });
  },
});

/** Copies whose engine is gone. */
const removeLeftovers = async (workRoot: string): Promise<void> => {
  for (const name of await readdir(workRoot)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1]);
    if (!Number.isInteger(pid)) continue;
    try {
      process.kill(pid, 0);
    } catch {
      await rm(join(workRoot, name), { recursive: true, force: true });
    }
  }
};

const workspaceAt = (
  path: string,
  stage: PlanStage,
  options: LocalRunnerOptions,
  dispose: () => Promise<void>,
): Workspace => {
  const environmentOf = (own: Readonly<Record<string, Text>>, context: StepContext): Record<string, string> => {
    const revealed = (texts: Readonly<Record<string, Text>>): Record<string, string> =>
      Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, context.reveal(text)]));
    return {
      ...baseEnvironment(),
      CI: 'true',
      HARNESS_WORKSPACE: path,
      DRONE_WORKSPACE: path,
      ...options.environment,
      HARNESS_STAGE_ID: stage.id,
      ...revealed(stage.environment),
      ...revealed(own),
    };
  };
  const start = async (
    step: Exec | Service,
    outputs: readonly string[],
    context: StepContext,
    started?: () => void,
  ): Promise<StepResult> => {
    const { image } = step.container;
    if (image !== undefined)
      context.log(
        `note: runs on this machine, not in ${showText(image)}: the local runner starts no containers`,
        'stderr',
      );
    const script = writeScript(step.shell, context.reveal(step.command ?? ''), context.scratch, outputs);
    mkdirSync(path, { recursive: true });
    const ended = await runTree({
      command: endingWithUs(script.command),
      folder: path,
      environment: environmentOf(step.environment, context),
      signal: context.signal,
      line: (text, stream) => {
        context.log(text, stream);
      },
      ...(started === undefined ? {} : { started }),
    });
    if (ended.exitCode !== 0) throw failureOf(ended, `step "${step.name}"`);
    return { exitCode: 0, outputs: script.outputs(outputs) };
  };
  return {
    path,
    exec: (operation, context) => start(operation, operation.outputs, context),
    serve: async (operation, context) => {
      if (operation.command === undefined || operation.command === '') {
        throw new Failure(
          'runner/service-needs-container',
          `service "${operation.name}" is the image ${showText(operation.container.image ?? '')} without a command, and the local runner starts no containers`,
          {
            failureClass: 'ConfigurationFailure',
            hint: 'give the step a command that this machine can run',
          },
        );
      }
      return start(operation, [], context, () => {
        context.ready();
      });
    },
    [Symbol.asyncDispose]: dispose,
  };
};
