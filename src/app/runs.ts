// Runs of this machine, for `slipway runs` and `slipway logs`.
import { Failure } from '../base/failure.ts';
import type { Event } from '../journal/event.ts';
import { followEvents, readEvents } from '../journal/read.ts';
import { listRunIds, listRuns, type RunSummary } from '../journal/runs.ts';
import { pathsFrom } from './paths.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const recentRuns = (environment: Environment, most: number): Promise<readonly RunSummary[]> =>
  listRuns(pathsFrom(environment).runs, most);

/** Failure `app/no-such-run`, `app/no-such-step`. */
export async function* readLogs(
  run: string | undefined,
  step: string | undefined,
  follow: boolean,
  around: { readonly environment: Environment; readonly signal: AbortSignal },
): AsyncGenerator<Event> {
  const { runs } = pathsFrom(around.environment);
  const ids = await listRunIds(runs);
  const found = run === undefined ? ids.slice(0, 1) : ids.filter((id) => id.startsWith(run) || id.endsWith(run));
  const [id] = found;
  if (id === undefined || found.length > 1) {
    throw new Failure(
      'app/no-such-run',
      found.length > 1
        ? `"${run ?? ''}" could be ${found.slice(0, 5).join(', ')}`
        : run === undefined
          ? 'nothing has run yet'
          : `there is no run "${run}"`,
      {
        hint:
          ids.length === 0
            ? 'start one with slipway run pipeline.yaml'
            : `the newest are ${ids.slice(0, 3).join(', ')}; slipway runs lists them`,
      },
    );
  }
  const operations = new Set<string>();
  const events = follow ? followEvents(runs, id, around.signal) : readEvents(runs, id);
  for await (const event of events) {
    if (event.type === 'run-started' && step !== undefined) {
      for (const o of event.operations) if (o.id === step || o.id.endsWith(`.${step}`)) operations.add(o.id);
      if (operations.size === 0)
        throw new Failure('app/no-such-step', `the run has no step "${step}"`, {
          hint: `it has ${event.operations.map((o) => o.id).join(', ')}`,
        });
    }
    if (
      step === undefined ||
      !('operation' in event) ||
      (event.operation !== undefined && operations.has(event.operation))
    )
      yield event;
  }
}
