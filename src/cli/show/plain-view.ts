// A run as plain lines: for pipes, files and CI. No cursor codes; progress at its ends only.
import type { Event } from '../../journal/event.ts';
import type { Paint } from '../color.ts';
import { formatBytes, formatDuration } from './format.ts';
import { fold, type RunState, shortId } from './run-state.ts';
import { harmless, harmlessLine } from './harmless.ts';
import type { View } from './view.ts';

export const createPlainView = (state: RunState, write: (text: string) => void, paint: Paint): View => {
  const line = (operation: string, text: string): void => {
    write(`[${shortId(operation)}] ${text}\n`);
  };
  return {
    event: (event: Event) => {
      fold(state, event);
      switch (event.type) {
        case 'run-started':
          write(
            `${harmlessLine(event.pipeline)}${event.sequenceId > 0 ? ` #${event.sequenceId}` : ''}: run ${event.runId}\n`,
          );
          break;
        case 'operation-started':
          line(event.operation, event.attempt > 1 ? `started, attempt ${event.attempt}` : 'started');
          break;
        case 'log':
          line(event.operation, harmlessLine(event.line));
          break;
        case 'progress': {
          const { progress } = event;
          if (progress.state !== 'running')
            line(
              event.operation,
              `${progress.state === 'cached' ? 'cached ' : progress.state === 'failed' ? 'FAILED ' : 'done   '}${harmlessLine(progress.label)}${progress.total === undefined ? '' : ` (${formatBytes(progress.total)})`}`,
            );
          break;
        }
        case 'operation-retrying':
          line(
            event.operation,
            `${paint.warn('failed')}, again in ${formatDuration(event.delayMs)}: ${harmlessLine(event.failure.message)}`,
          );
          break;
        case 'operation-finished': {
          const word =
            event.status === 'succeeded'
              ? paint.good('succeeded')
              : event.status === 'failed'
                ? paint.bad('failed')
                : event.status;
          line(
            event.operation,
            `${word}${event.durationMs > 0 ? ` in ${formatDuration(event.durationMs)}` : ''}${event.reason === undefined ? '' : `: ${harmlessLine(event.reason)}`}`,
          );
          break;
        }
        case 'note':
          write(`note: ${harmless(event.message)}\n`);
          break;
        default:
          break;
      }
    },
    end: () => {},
  };
};
