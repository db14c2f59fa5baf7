import type { Clock } from '../clock.ts';
import { type BackoffLimits, backoffDelay } from './backoff.ts';
import type { QueueObserver } from './observer.ts';
import { type Failure, type Outcome, type QueueVerbs, settle } from './outcome.ts';
import { demote, type Request } from './request.ts';
import type { Slots } from './slots.ts';

/** Works on a key; `signal` aborts when the queue stops waiting for the run. */
export type Worker<Key extends string> = (key: Key, signal: AbortSignal) => Promise<Outcome>;

export interface RunnerParts<Key extends string> {
  readonly work: Worker<Key>;
  readonly classify: (error: unknown) => Failure;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffLimits;
  readonly observer: Partial<QueueObserver<Key>>;
  readonly signal: AbortSignal;
  readonly enqueue: (request: Request<Key>) => void;
  readonly slots: Pick<Slots, 'pauseUntil'>;
}

/** A number of milliseconds that came from outside: what is no delay (NaN, negative) is none. */
export function delayOf(milliseconds: number): number {
  return Number.isNaN(milliseconds) ? 0 : Math.max(milliseconds, 0);
}

export interface Runner<Key extends string> {
  /**
   * One run of one key: work, then do with the key what the outcome says. The key must stay locked
   * until the promise is settled. It rejects only when `classify` or the observer throws.
   */
  run(request: Request<Key>): Promise<void>;
  /** Adds all keys whose last run failed, at some time within so many milliseconds; forgets that. */
  retryWithin(milliseconds: number): void;
}

export function createRunner<Key extends string>(parts: RunnerParts<Key>): Runner<Key> {
  const { clock, observer } = parts;
  /** Only keys whose last run failed, so it does not grow with the cluster. */
  const failures = new Map<Key, number>();

  async function work({ key }: Request<Key>): Promise<Outcome> {
    try {
      return await parts.work(key, parts.signal);
    } catch (error) {
      return parts.classify(error);
    }
  }

  function addAgain({ key, priority }: Request<Key>, delay: number): void {
    parts.enqueue({ key, dueAt: clock.now() + delay, priority: demote(priority) });
  }

  function addRateLimited(request: Request<Key>, notBefore: number): void {
    const count = (failures.get(request.key) ?? 0) + 1;
    failures.set(request.key, count);
    const asked = Math.min(delayOf(notBefore), parts.backoff.cap);
    const delay = Math.max(backoffDelay(count, parts.random, parts.backoff), asked);
    addAgain(request, delay);
    observer.retried?.(request.key, delay / 1000);
  }

  function throttle(milliseconds: number): void {
    parts.slots.pauseUntil(clock.now() + delayOf(milliseconds));
  }

  function verbsFor(request: Request<Key>): QueueVerbs {
    return {
      forget: () => failures.delete(request.key),
      addAfter: (milliseconds) => addAgain(request, delayOf(milliseconds)),
      addRateLimited: (notBefore) => addRateLimited(request, notBefore),
      throttle,
    };
  }

  function retryWithin(milliseconds: number): void {
    for (const key of failures.keys()) {
      const dueAt = clock.now() + parts.random() * milliseconds;
      parts.enqueue({ key, dueAt, priority: 'sweep' });
    }
    failures.clear();
  }

  async function run(request: Request<Key>): Promise<void> {
    const { key } = request;
    const startedAt = clock.now();
    observer.started?.(key, Math.max(startedAt - request.dueAt, 0) / 1000);
    const outcome = await work(request);
    const seconds = (clock.now() - startedAt) / 1000;
    const label = settle(outcome, verbsFor(request));
    observer.finished?.({ key, outcome, label, seconds });
  }

  return { run, retryWithin };
}
