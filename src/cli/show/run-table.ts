import type { RunSummary } from '../../journal/runs.ts';
import { formatAge, formatDuration } from './format.ts';
import { table } from './table.ts';

export const runTable = (runs: readonly RunSummary[], now: number = Date.now()): string =>
  runs.length === 0
    ? 'no runs\n'
    : table(
        ['RUN', 'PIPELINE', 'STATUS', 'TOOK', 'STARTED'],
        runs.map((r) => [
          r.id,
          r.sequenceId === 0 ? r.pipeline : `${r.pipeline} #${r.sequenceId}`,
          r.status,
          r.durationMs === undefined ? '' : formatDuration(r.durationMs),
          formatAge(r.startedAt, now),
        ]),
      );
