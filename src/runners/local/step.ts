// One step as a process tree of this machine: script, environment, places, end.
import { accessSync, constants, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { harnessWorkspace } from '../../base/harness-workspace.ts';
import type { StepContext, StepResult } from '../../engine/executor.ts';
import type { Exec, Service } from '../../plan/operation.ts';
import { showText, type Text } from '../../refs/text.ts';
import { canUseNamespaces, type Ended, endingWithUs, runTree } from '../../sandbox/process-tree.ts';
import { environmentOf } from './environment.ts';
import { type Place, placesScript } from './places.ts';
import { type Script, writeScript } from './script.ts';

/** Where the steps of one stage work. */
export interface StepPlace {
  readonly path: string;
  /** Absolute shared path → its folder. */
  readonly shared: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

export const execStep = async (step: Exec, place: StepPlace, context: StepContext): Promise<StepResult> => {
  const { ended, script } = await run(step, step.outputs, place, context, () => {});
  if (ended.exitCode !== 0) throw failureOf(ended, `step "${step.name}"`);
  return { exitCode: 0, outputs: script.outputs() };
};

export const serveStep = async (step: Service, place: StepPlace, context: StepContext): Promise<StepResult> => {
  if (step.command === undefined || step.command === '') {
    const { image } = step.container;
    throw new Failure(
      'runner/service-needs-container',
      `service "${step.name}" is ${image === undefined ? 'empty' : `the image ${showText(image)}`} without a command, and the local runner starts no containers`,
      { failureClass: 'ConfigurationFailure', hint: 'give the step a command that this machine can run' },
    );
  }
  const { ended } = await run(step, [], place, context, () => {
    context.ready();
  });
  if (ended.exitCode !== 0) throw failureOf(ended, `service "${step.name}"`);
  return { exitCode: 0 };
};

const run = async (
  step: Exec | Service,
  outputs: readonly string[],
  place: StepPlace,
  context: StepContext,
  started: () => void,
): Promise<{ readonly ended: Ended; readonly script: Script }> => {
  const { image } = step.container;
  if (image !== undefined)
    context.log(
      `note: runs on this machine, not in ${showText(image)}: the local runner starts no containers`,
      'stderr',
    );
  const reveal = (texts: Readonly<Record<string, Text>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, context.reveal(text)]));
  const variables = { ...reveal(context.stage.environment), ...reveal(step.environment) };
  const environment = environmentOf(context.stage, place.path, place.environment, variables);
  refuseNul(environment, step.name);
  const command = context.reveal(step.command ?? '');
  const script = writeScript(step.shell, command, context.scratch, outputs);
  refuseMissing(script.command[0] ?? '', environment['PATH'] ?? '', step);
  const prefix = await placesFor(place, [command, ...Object.values(variables)], context.scratch);
  const ended = await runTree({
    command: endingWithUs([...prefix, ...script.command]),
    folder: place.path,
    environment,
    signal: context.signal,
    line: (text, stream) => {
      context.log(text, stream);
    },
    started,
  });
  return { ended, script };
};

/** The command that puts the stage's folders where the pipeline expects them; nothing when it does not name them. */
const placesFor = async (
  { path, shared }: StepPlace,
  texts: readonly string[],
  scratch: string,
): Promise<readonly string[]> => {
  if (!canUseNamespaces()) return [];
  const places: Place[] = Object.entries(shared).map(([at, folder]) => ({ at, folder }));
  if (shared[harnessWorkspace] === undefined && texts.some((text) => text.includes(harnessWorkspace)))
    places.push({ at: harnessWorkspace, folder: path });
  if (places.length === 0) return [];
  const root = join(scratch, 'root');
  await mkdir(root);
  const file = join(scratch, 'places.sh');
  writeFileSync(file, placesScript(places, { root, workspace: path, scratch }), { mode: 0o600 });
  return ['/bin/sh', file];
};

const refuseNul = (environment: Readonly<Record<string, string>>, step: string): void => {
  for (const [name, value] of Object.entries(environment)) {
    if (value.includes('\0') || name.includes('\0') || name.includes('=') || name === '')
      throw new Failure('runner/bad-environment', `step "${step}" cannot have the environment variable "${name}"`, {
        facts: { name },
        failureClass: 'ConfigurationFailure',
        hint: 'names must not be empty or have "=", and neither names nor values a NUL character',
      });
  }
};

const refuseMissing = (program: string, path: string, step: Exec | Service): void => {
  const isThere = path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
  if (isThere) return;
  throw new Failure(
    'runner/no-shell',
    `step "${step.name}" wants the shell ${step.shell}, and this machine has no "${program}"`,
    {
      facts: { program },
      failureClass: 'ConfigurationFailure',
      hint: `install ${program}, or choose another "shell"`,
    },
  );
};

const failureOf = ({ exitCode, signalName }: Ended, what: string): Failure => {
  if (exitCode === undefined) {
    return new Failure('runner/command-killed', `${what} was ended by ${signalName ?? 'a signal'}`, {
      facts: { signal: signalName ?? '' },
      ...(signalName === 'SIGKILL' ? outOfMemory : {}),
    });
  }
  return new Failure('runner/command-failed', `${what} ended with exit code ${exitCode}`, {
    facts: { exitCode },
    ...(exitCode === 137 ? outOfMemory : {}),
  });
};

/** 137 is how a shell says that SIGKILL ended a command. */
const outOfMemory = {
  failureClass: 'ResourceLimitsFailure',
  hint: 'SIGKILL without a cancellation usually means that the machine had no memory left',
} as const;
