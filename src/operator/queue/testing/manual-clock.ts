import type { Clock } from '../../clock.ts';

/** For tests: time stands still until it is told to pass. */
export interface ManualClock extends Clock {
  /** Lets the time pass within one step of the program: nothing that awaits runs in between. */
  advance(milliseconds: number): void;
  /** Lets the time pass; what follows from a timer runs before the next one fires. */
  pass(milliseconds: number): Promise<void>;
  /** Lets the time pass up to the next timer and fires it; false when there is none. */
  passToNextTimer(): boolean;
  timers(): number;
}

/** Lets everything run that waits for no timer. */
export function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function createManualClock(start = 0): ManualClock {
  interface Timer {
    readonly at: number;
    readonly fire: () => void;
  }
  const timers = new Set<Timer>();
  let time = start;

  function setTimer(milliseconds: number, fire: () => void): () => void {
    const timer = { at: time + milliseconds, fire };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  function fireNext(until: number): boolean {
    const [next] = [...timers].sort((left, right) => left.at - right.at);
    if (next === undefined || next.at > until) return false;
    timers.delete(next);
    time = Math.max(time, next.at);
    next.fire();
    return true;
  }

  function advance(milliseconds: number): void {
    const end = time + milliseconds;
    while (fireNext(end));
    time = end;
  }

  async function pass(milliseconds: number): Promise<void> {
    const end = time + milliseconds;
    await settleMicrotasks();
    while (fireNext(end)) await settleMicrotasks();
    time = end;
  }

  return {
    now: () => time,
    setTimer,
    advance,
    pass,
    passToNextTimer: () => fireNext(Infinity),
    timers: () => timers.size,
  };
}
