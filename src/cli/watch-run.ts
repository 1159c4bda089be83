// Runs something and shows it: live on a terminal, as lines elsewhere, as events with --json.
import type { Outcome } from '../app/run-file.ts';
import type { RunObserver } from '../app/run-operations.ts';
import type { Event } from '../journal/event.ts';
import { paintFor, useColor } from './color.ts';
import { exit, type ExitCode } from './exit.ts';
import type { Io } from './io.ts';
import { showDiagnostics } from './show-diagnostics.ts';
import { createLiveView } from './show/live-view.ts';
import { createPlainView } from './show/plain-view.ts';
import { createRunState, fold } from './show/run-state.ts';
import { summary } from './show/summary.ts';
import type { View } from './show/view.ts';

const isLive = ({ stderr, environment }: Io): boolean =>
  stderr.isTTY &&
  environment['TERM'] !== 'dumb' &&
  (environment['CI'] === undefined || environment['CI'] === '' || environment['CI'] === 'false');

/** Progress goes to stderr, results to stdout. */
export const watchRun = async (
  io: Io,
  json: boolean,
  work: (observer: RunObserver) => Promise<Outcome>,
): Promise<ExitCode> => {
  const state = createRunState();
  const color = useColor(io.stderr);
  const live = !json && isLive(io);
  let view: View | undefined;
  const observer: RunObserver = {
    environment: io.environment,
    folder: io.folder,
    signal: io.signal,
    event: (event: Event) => {
      if (json) {
        fold(state, event);
        io.stdout.write(`${JSON.stringify(event)}\n`);
        return;
      }
      view ??= live
        ? createLiveView(
            state,
            {
              write: (text) => void io.stderr.write(text),
              columns: () => io.stderr.columns ?? 80,
              rows: () => io.stderr.rows ?? 24,
              now: () => Date.now(),
            },
            paintFor(color),
          )
        : createPlainView(state, (text) => void io.stderr.write(text), paintFor(color));
      view.event(event);
    },
  };
  let outcome: Outcome;
  try {
    outcome = await work(observer);
  } finally {
    view?.end();
  }
  if (outcome.kind === 'refused') {
    io.stderr.write(showDiagnostics(outcome.diagnostics, 'text', io.stderr));
    if (outcome.snippet !== undefined) io.stderr.write(`\n${outcome.snippet}\n`);
    return exit.invalidInput;
  }
  if (!json) {
    const worth = outcome.diagnostics.filter((d) => d.severity === 'warning');
    if (worth.length > 0) io.stderr.write(`\n${showDiagnostics(worth, 'text', io.stderr)}`);
    const { results, rest } = summary(state, outcome.plan, paintFor(color));
    io.stderr.write('\n');
    io.stdout.write(useColor(io.stdout) || !color ? results : summary(state, outcome.plan, paintFor(false)).results);
    io.stderr.write(rest);
  }
  return outcome.result.status === 'succeeded'
    ? exit.ok
    : outcome.result.status === 'canceled'
      ? exit.canceled
      : exit.failed;
};
