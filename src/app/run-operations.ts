// Puts builders, registries and runners behind the engine's tables, and runs a plan with a journal.
import { Failure } from '../base/failure.ts';
import { openOwnedFolder } from '../base/owned-folder.ts';
import { createEmbeddedBuilder } from '../builders/embedded/builder.ts';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import type { Secrets } from '../connectors/secrets.ts';
import type { Executors } from '../engine/executor.ts';
import { createMask } from '../engine/mask.ts';
import { runPlan, type RunResult } from '../engine/run.ts';
import type { Runner } from '../engine/runner.ts';
import type { Event, EventBody } from '../journal/event.ts';
import { createJournal } from '../journal/journal.ts';
import { pruneRuns } from '../journal/runs.ts';
import { evaluateLate, evaluateLateCondition, isLateFault, type LateFault } from '../pipeline/expression/late.ts';
import type { Plan } from '../plan/operation.ts';
import { isBadReference, parseReference, withDefaultTag } from '../refs/reference.ts';
import { createDelivery } from '../transfer/deliver.ts';
import { createPushExecutor } from '../transfer/push-executor.ts';
import { createClients } from './clients.ts';
import { imageStore } from './images.ts';
import { pathsFrom } from './paths.ts';
import { secretOf } from './project.ts';

/** What a command hands in to see and stop a run. */
export interface RunObserver {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly signal: AbortSignal;
  event(event: Event): void;
}

export interface RunRequest {
  readonly plan: Plan;
  readonly runId: string;
  readonly runners: Readonly<Record<string, Runner>>;
  readonly connectors: ConnectorSet;
  readonly secrets: Secrets;
}

const keptRuns = 200;

const known = (value: string | boolean | LateFault, expression: string): string | boolean => {
  if (!isLateFault(value)) return value;
  throw new Failure('engine/late-expression', `<+${expression}> has no value: ${value.problem}`, {
    failureClass: 'ConfigurationFailure',
    hint: 'check that the step it names ran and put that variable out',
  });
};

export const runOperations = async (
  { plan, runId, runners, connectors, secrets }: RunRequest,
  observer: RunObserver,
): Promise<RunResult> => {
  const paths = pathsFrom(observer.environment);
  const store = await imageStore(observer.environment);
  await using scratch = await openOwnedFolder(paths.scratch);
  using journal = createJournal(paths.runs, runId, { 'plan.json': `${JSON.stringify(plan)}\n` });
  const emit = (body: EventBody): void => {
    observer.event(journal.append(body));
  };
  const clients = createClients(connectors, observer.environment, (retry) => {
    emit({
      type: 'note',
      message: `${retry.registry}: ${retry.what} again in ${Math.round(retry.delayMs / 100) / 10} s, attempt ${retry.attempt}: ${retry.reason}`,
    });
  });
  const transfer = { store, clientFor: clients.forDestination };
  const builder = createEmbeddedBuilder({
    store,
    root: paths.cache,
    delivery: createDelivery(transfer),
    pull: async (reference, platform, operation, context) => {
      const stored = await store.find(reference, context.signal);
      if (stored?.kind === 'image') return stored;
      const parsed = parseReference(reference);
      if (isBadReference(parsed))
        throw new Failure('app/bad-reference', parsed.problem, { failureClass: 'ConfigurationFailure' });
      const login = operation.baseLogins?.find((l) => context.reveal(l.registry) === parsed.registry);
      const own = operation.outputs.push.flatMap((d) => d.connector ?? []);
      const client =
        login === undefined
          ? clients.forBase(parsed, [...operation.baseConnectors, ...own], context)
          : await clients.forDestination({ login }, context);
      return client.pull(withDefaultTag(parsed), { platform, signal: context.signal });
    },
  });
  const executors: Executors = {
    'build-image': (operation, context) => builder.build(operation, context),
    'push-image': createPushExecutor(transfer),
    'scan-image': async (operation) => {
      throw new Failure(
        'app/no-scanner',
        `step "${operation.name}" is a scan, and scanners are not part of this version`,
        {
          failureClass: 'ConfigurationFailure',
          hint: 'take the step out, or set its failure strategy; it never passes without a scan',
        },
      );
    },
  };
  const result = await runPlan(plan, {
    runId,
    executors,
    runners,
    emit,
    secret: (id) => secretOf(secrets, id),
    mask: createMask(),
    late: (expression, lookUp) => String(known(evaluateLate(expression, lookUp), expression)),
    lateCondition: (expression, lookUp) => known(evaluateLateCondition(expression, lookUp), expression) === true,
    scratchRoot: scratch.path,
    signal: observer.signal,
    now: () => Date.now(),
  });
  await pruneRuns(paths.runs, keptRuns);
  return result;
};
