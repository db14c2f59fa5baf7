import { isDeepStrictEqual } from 'node:util';
import type { Observer } from './observer.ts';
import type { Page } from './page.ts';

/** How long an effect is waited for before the check has failed (milliseconds). */
const usualPatience = 10_000;
/** What no watch tells of, such as a metric, is looked at again after this (milliseconds). */
const longestPause = 50;

export interface Waiting {
  /** The moment (of `performance.now`) from which the time is shown. */
  readonly since?: number;
  /** Milliseconds, instead of the usual ten seconds. */
  readonly patience?: number;
}

/** How many checks held, and how many failed. */
export interface Tally {
  readonly held: number;
  readonly failed: number;
}

/** What the demo claims, each claim tried. */
export interface Checks extends Tally {
  /** Holds if both are deeply equal. */
  equal(sentence: string, seen: unknown, expected: unknown): void;
  /**
   * Holds once `look` sees what is expected, tried again at every change in the cluster. Shows the
   * time from `since` until then, and resolves with it.
   */
  becomes(
    sentence: string,
    expected: unknown,
    look: () => unknown,
    waiting?: number | Waiting,
  ): Promise<number>;
  /** An act that could not be played to its end. */
  broken(title: string, error: unknown): void;
  /** Counts checks that another process has made, and told. */
  add(tally: Tally): void;
  /** `demo: 14 checks held`. */
  summary(): string;
}

export function createChecks(page: Page, observer: Pick<Observer, 'nextChange'>): Checks {
  let held = 0;
  let failed = 0;

  function judge(sentence: string, seen: unknown, expected: unknown, milliseconds?: number): void {
    if (isDeepStrictEqual(seen, expected)) {
      held++;
      page.held(sentence, milliseconds);
    } else {
      failed++;
      page.failed(sentence, expected, seen);
    }
  }

  return {
    equal: (sentence, seen, expected) => judge(sentence, seen, expected),
    becomes: async (sentence, expected, look, waiting = {}) => {
      const { since, patience = usualPatience } =
        typeof waiting === 'number' ? { since: waiting } : waiting;
      const began = performance.now();
      let seen = await look();
      while (!isDeepStrictEqual(seen, expected) && performance.now() < began + patience) {
        await observer.nextChange(longestPause);
        seen = await look();
      }
      const milliseconds = performance.now() - (since ?? began);
      judge(sentence, seen, expected, since === undefined ? undefined : milliseconds);
      return milliseconds;
    },
    broken: (title, error) => {
      failed++;
      const seen = error instanceof Error ? error.message : error;
      page.failed(`${title} broke off`, 'no error', seen);
    },
    add: (tally) => {
      held += tally.held;
      failed += tally.failed;
    },
    get held() {
      return held;
    },
    get failed() {
      return failed;
    },
    summary: () => {
      const all = held + failed;
      return failed === 0 ? `demo: ${all} checks held` : `demo: ${failed} of ${all} checks failed`;
    },
  };
}
