// A journal as the lines of its steps, for `slipway logs`.
import type { Event } from '../../journal/event.ts';
import { formatDuration } from './format.ts';
import { shortId } from './run-state.ts';

/** `prefixed`: every line begins with its step, since several are shown. */
export async function* logLines(
  events: AsyncIterable<Event>,
  json: boolean,
  prefixed: boolean,
): AsyncGenerator<string> {
  for await (const event of events) {
    if (json) {
      yield `${JSON.stringify(event)}\n`;
      continue;
    }
    const step = 'operation' in event && event.operation !== undefined ? `${shortId(event.operation)}: ` : '';
    const prefix = prefixed ? step : '';
    switch (event.type) {
      case 'log':
        yield `${prefix}${event.line}\n`;
        break;
      case 'operation-finished':
        if (event.failure !== undefined)
          yield `${prefix}error[${event.failure.code}]: ${event.failure.message}\n${event.failure.hint === undefined ? '' : `${prefix}help: ${event.failure.hint}\n`}${typeof event.failure.facts['stack'] === 'string' ? `${event.failure.facts['stack']}\n` : ''}`;
        yield `${prefix}${event.status} after ${formatDuration(event.durationMs)}${event.reason === undefined ? '' : `: ${event.reason}`}\n`;
        break;
      case 'note':
        yield `${prefix}note: ${event.message}\n`;
        break;
      case 'run-finished':
        if (prefixed) yield `run ${event.status} after ${formatDuration(event.durationMs)}\n`;
        break;
      default:
        break;
    }
  }
}
