import type { Clock } from '../clock.ts';

/** Node fires a timer at once when its delay does not fit in 31 bits. */
const longestTimer = 2 ** 31 - 1;

/** One timer that can be moved. */
export interface Alarm {
  /** Moves the alarm to the time `at`, or turns it off. */
  set(at: number | undefined): void;
}

/** `ring` may be called early, for a time beyond what a timer can hold: look at the clock. */
export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let setFor: number | undefined;
  let cancel = () => {};

  function set(at: number | undefined): void {
    if (at === setFor) return;
    cancel();
    setFor = at;
    if (at === undefined) return;
    const delay = Math.min(Math.max(at - clock.now(), 0), longestTimer);
    cancel = clock.setTimer(delay, () => {
      setFor = undefined;
      ring();
    });
  }

  return { set };
}
