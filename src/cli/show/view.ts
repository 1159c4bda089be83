import type { Event } from '../../journal/event.ts';

/** Draws a run while it lasts. */
export interface View {
  event(event: Event): void;
  /** Leaves the terminal as it was found. May be called twice. */
  end(): void;
}
