/**
 * What a worker says about one run of one key. What each outcome leads to:
 *
 * | outcome  | the key runs again          | its failures | label         |
 * |----------|-----------------------------|--------------|---------------|
 * | done     | when it changes             | forgotten    | success       |
 * | after    | after that time, or sooner  | forgotten    | requeue_after |
 * | retry    | after its back-off          | one more     | error         |
 * | terminal | when it changes             | forgotten    | terminal      |
 *
 * A key that changed while it ran runs once more at once, whatever the outcome.
 */
export type Outcome = { readonly kind: 'done' } | After | Failure;

export interface After {
  readonly kind: 'after';
  readonly milliseconds: number;
}

/** `retryAfter` (milliseconds) is the server asking every caller to wait, as HTTP 429 does. */
export interface Retry {
  readonly kind: 'retry';
  readonly error: unknown;
  readonly retryAfter?: number;
}

export interface Terminal {
  readonly kind: 'terminal';
  readonly error: unknown;
}

export type Failure = Retry | Terminal;

/** The label of the outcome in metrics. */
export type ResultLabel = 'success' | 'requeue_after' | 'error' | 'terminal';

export const resultLabels: readonly ResultLabel[] = [
  'success',
  'requeue_after',
  'error',
  'terminal',
];

/** The reconciled state holds; nothing is left to do. */
export const done: Outcome = { kind: 'done' };

/** All is well, but look again in `milliseconds`. */
export function after(milliseconds: number): After {
  return { kind: 'after', milliseconds };
}

/** It failed and may work later; `retryAfter` in milliseconds if the server named a time. */
export function retry(error: unknown, retryAfter?: number): Retry {
  return retryAfter === undefined ? { kind: 'retry', error } : { kind: 'retry', error, retryAfter };
}

/** It failed, and will fail until the key changes. */
export function terminal(error: unknown): Terminal {
  return { kind: 'terminal', error };
}

/** What the queue can do with the key that has just run. */
export interface QueueVerbs {
  /** Resets the key's back-off. */
  forget(): void;
  addAfter(milliseconds: number): void;
  /** Counts a failure and adds the key after its back-off, but not before `notBefore` from now. */
  addRateLimited(notBefore: number): void;
  /** Pauses all keys. */
  throttle(milliseconds: number): void;
}

/** The only place that maps an outcome to queue verbs and to a metric label. */
export function settle(outcome: Outcome, verbs: QueueVerbs): ResultLabel {
  switch (outcome.kind) {
    case 'done':
      verbs.forget();
      return 'success';
    case 'after':
      verbs.forget();
      verbs.addAfter(outcome.milliseconds);
      return 'requeue_after';
    case 'retry':
      if (outcome.retryAfter !== undefined) verbs.throttle(outcome.retryAfter);
      verbs.addRateLimited(outcome.retryAfter ?? 0);
      return 'error';
    case 'terminal':
      verbs.forget();
      return 'terminal';
  }
}
