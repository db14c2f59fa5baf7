import type { Outcome, ResultLabel } from './outcome.ts';
import type { Priority } from './request.ts';

/** One run of one key, as it ended. */
export interface Run<Key extends string> {
  readonly key: Key;
  readonly outcome: Outcome;
  readonly label: ResultLabel;
  /** How long it took. */
  readonly seconds: number;
}

/** What metrics and logs listen to; the queue logs nothing itself. Must not throw. */
export interface QueueObserver<Key extends string> {
  /** A key begins to wait, fresh or again; not called when it already waits. */
  added(key: Key, priority: Priority): void;
  /** A run begins; `waited` is the seconds since the key was due. */
  started(key: Key, waited: number): void;
  finished(run: Run<Key>): void;
  /** A key that failed runs again in `seconds`, or sooner if it changes. */
  retried(key: Key, seconds: number): void;
}

/** What a scrape reads; cheap, so nothing is counted between scrapes. */
export interface QueueSnapshot {
  /** Keys that wait and could run now. */
  readonly due: Readonly<Record<Priority, number>>;
  /** Keys that wait for their time. */
  readonly delayed: number;
  readonly running: number;
  /** The age of the longest run that is out, 0 without one. */
  readonly longestRunningSeconds: number;
  /** The ages of all runs that are out, summed. */
  readonly unfinishedSeconds: number;
}
