import type { Clock } from '../clock.ts';
import { type BackoffLimits, defaultBackoff } from './backoff.ts';
import { createDispatcher } from './dispatcher.ts';
import type { QueueObserver, QueueSnapshot } from './observer.ts';
import { type Failure, retry } from './outcome.ts';
import type { Priority, Request } from './request.ts';
import { createRunner, delayOf, type Worker } from './runner.ts';
import { createSchedule, type Schedule } from './schedule.ts';
import { createSlots, type Rate } from './slots.ts';

export interface WorkQueueOptions<Key extends string> {
  /** Does the work for one key, reading the world afresh. A throw counts as a failure. */
  readonly work: Worker<Key>;
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  /** How many runs of all keys together may start per interval; unlimited without it. */
  readonly rate?: Rate | undefined;
  /** What a worker threw; a plain retry without it. Must not throw. */
  readonly classify?: ((error: unknown) => Failure) | undefined;
  readonly backoff?: BackoffLimits | undefined;
  /** The longest time, in milliseconds, that all keys wait for a throttling server; 60 s. */
  readonly longestPause?: number | undefined;
  readonly observer?: Partial<QueueObserver<Key>> | undefined;
}

/**
 * Keys to work on. A key says what, never why: adding one that waits changes nothing but its
 * priority (the higher stays) and due time (the earlier stays), so one run answers any number of
 * changes, and a delayed key that changes runs now and not again at its old time. One key is
 * never worked on twice at once; one that is added while it runs runs once more afterwards.
 */
export interface WorkQueue<Key extends string> {
  /** As a `change`, unless given. Never runs the worker within the call; ignored after `close`. */
  add(key: Key, priority?: Priority): void;
  /** Adds the key in `milliseconds`; a number that is no delay means now. */
  addAfter(key: Key, milliseconds: number, priority?: Priority): void;
  /**
   * What made keys fail is over: each is tried again within so many milliseconds (at random, so
   * that they do not come back together) instead of after its back-off, which begins anew.
   */
  retryWithin(milliseconds: number): void;
  /** Resolves when nothing is due and nothing runs; keys that wait for their time do not count. */
  idle(): Promise<void>;
  /**
   * Starts nothing more and forgets what waits. True when all runs have ended by themselves;
   * false when some have not in `deadline` milliseconds, at which their signal is aborted. May be
   * called again with a nearer deadline.
   */
  close(deadline: number): Promise<boolean>;
  snapshot(): QueueSnapshot;
}

const defaultLongestPause = 60_000;

/** Throws a TypeError when `concurrency` or `rate` is no limit. */
export function createWorkQueue<Key extends string>(
  options: WorkQueueOptions<Key>,
): WorkQueue<Key> {
  const { clock, observer = {}, classify = retry, backoff = defaultBackoff } = options;
  const { longestPause = defaultLongestPause, concurrency, rate } = options;
  const stop = new AbortController();
  const schedule = createSchedule<Key>();
  const slots = createSlots({ clock, concurrency, rate, longestPause });
  const { signal } = stop;
  const parts = { ...options, observer, classify, backoff, signal, enqueue, slots };
  const runner = createRunner(parts);
  const dispatcher = createDispatcher({ clock, schedule, slots, run: runner.run });
  let isClosed = false;

  function enqueue(request: Request<Key>): void {
    if (isClosed) return;
    if (schedule.add(request)) observer.added?.(request.key, request.priority);
    dispatcher.wake();
  }

  function addAfter(key: Key, milliseconds: number, priority: Priority = 'change'): void {
    enqueue({ key, dueAt: clock.now() + delayOf(milliseconds), priority });
  }

  function close(deadline: number): Promise<boolean> {
    isClosed = true;
    schedule.clear();
    slots.close();
    dispatcher.wake();
    return new Promise((resolve) => {
      const cancel = clock.setTimer(deadline, () => {
        const isDrained = schedule.running().size === 0;
        if (!isDrained)
          stop.abort(new Error(`still running ${deadline} ms after the queue closed`));
        resolve(isDrained);
      });
      void dispatcher.idle().then(() => {
        cancel();
        resolve(true);
      });
    });
  }

  return {
    add: (key, priority) => addAfter(key, 0, priority),
    addAfter,
    retryWithin: runner.retryWithin,
    idle: () => dispatcher.idle(),
    close,
    snapshot: () => takeSnapshot(schedule, clock.now()),
  };
}

function takeSnapshot(schedule: Schedule<string>, now: number): QueueSnapshot {
  const ages = [...schedule.running().values()].map((since) => (now - since) / 1000);
  return {
    due: schedule.due(now),
    delayed: schedule.delayed(now),
    running: ages.length,
    longestRunningSeconds: ages[0] ?? 0,
    unfinishedSeconds: ages.reduce((sum, age) => sum + age, 0),
  };
}
