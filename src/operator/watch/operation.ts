import type { Clock } from '../clock.ts';

/** One list page or one watch under way, with a watchdog for silence. */
export interface Operation {
  readonly signal: AbortSignal;
  /** Milliseconds since it began. */
  lasted(): number;
  /** Data came: silence counts from now. */
  hear(): void;
  /** Ends the watchdog and tells the source, by the signal, that nobody listens any more. */
  end(): void;
}

/** Calls `onSilence` once if nothing is heard for `limit` milliseconds. */
export function startOperation(clock: Clock, limit: number, onSilence: () => void): Operation {
  const controller = new AbortController();
  const since = clock.now();
  let heardAt = since;
  let stopWatchdog = watch(limit);

  /** One timer per silence rather than per event: it looks back when it fires. */
  function watch(milliseconds: number): () => void {
    return clock.setTimer(milliseconds, () => {
      const left = heardAt + limit - clock.now();
      if (left > 0) stopWatchdog = watch(left);
      else onSilence();
    });
  }

  function end(): void {
    stopWatchdog();
    controller.abort();
  }

  return {
    signal: controller.signal,
    lasted: () => clock.now() - since,
    hear: () => {
      heardAt = clock.now();
    },
    end,
  };
}
