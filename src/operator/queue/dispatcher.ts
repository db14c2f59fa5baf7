import type { Clock } from '../clock.ts';
import { createAlarm } from './alarm.ts';
import type { Request } from './request.ts';
import type { Schedule } from './schedule.ts';
import type { Slots } from './slots.ts';

export interface DispatcherParts<Key extends string> {
  readonly clock: Clock;
  readonly schedule: Schedule<Key>;
  readonly slots: Slots;
  readonly run: (request: Request<Key>) => Promise<void>;
}

/** Brings due keys and free slots together. */
export interface Dispatcher {
  /**
   * The schedule changed. Nothing starts before the caller's synchronous step is over: a caller
   * may add many keys, and finish updating what workers read, before the first worker runs.
   */
  wake(): void;
  /** Resolves when no key is due and none runs; those that wait for their time do not count. */
  idle(): Promise<void>;
}

/**
 * After so many starts, the event loop gets a turn: workers that wait for nothing would else keep
 * probes, watches and the lease from being served while a long queue drains.
 */
const startsPerTurn = 64;

export function createDispatcher<Key extends string>(parts: DispatcherParts<Key>): Dispatcher {
  const { clock, schedule, slots } = parts;
  const alarm = createAlarm(clock, wake);
  let waiters: (() => void)[] = [];
  let isAwake = false;
  let starts = 0;

  function wake(): void {
    if (isAwake) return;
    isAwake = true;
    if (starts < startsPerTurn) queueMicrotask(dispatch);
    else clock.setTimer(0, dispatchInNewTurn);
  }

  function dispatchInNewTurn(): void {
    starts = 0;
    dispatch();
  }

  /** One request at a time: the run that it starts wakes us for the next. */
  function dispatch(): void {
    isAwake = false;
    const now = clock.now();
    alarm.set(schedule.nextDue(now));
    if (schedule.hasDue(now)) slots.request(runNext);
    else if (isIdle()) resolveWaiters();
  }

  function isIdle(): boolean {
    return schedule.running().size === 0 && !schedule.hasDue(clock.now());
  }

  async function runNext(): Promise<void> {
    starts += 1;
    const request = schedule.take(clock.now());
    wake();
    if (request === undefined) return;
    try {
      await parts.run(request);
    } finally {
      schedule.release(request.key);
      wake();
    }
  }

  function resolveWaiters(): void {
    const resolved = waiters;
    waiters = [];
    for (const resolve of resolved) resolve();
  }

  return {
    wake,
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}
