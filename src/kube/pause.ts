import { isThrottled, KubeError } from './errors.ts';

/** No server is left alone for longer than this (milliseconds), whatever it asks for. */
const longestPause = 60_000;

/** The Lease must be renewed by whoever writes; the API server keeps room for it when it is busy. */
const leases = '/apis/coordination.k8s.io/';

/** What a server that is overloaded asked of all its callers. */
export interface Pause {
  /** Throws a KubeError, as the server would answer (429), for a call that has to wait. */
  refuse(what: string, path: string): void;
  /** Takes in why a call failed; begins a pause, or makes it longer, if the server asked for one. */
  heed(error: unknown): void;
}

/**
 * Retry-After of one call, obeyed by all: those that begin within the pause fail at once, without
 * being sent, with the seconds that are left. So their callers wait by the means that they have
 * (the queue pauses, a reflector backs off) and no call holds a slot while it waits.
 */
export function createPause(now: () => number): Pause {
  let until = Number.NEGATIVE_INFINITY;

  function refuse(what: string, path: string): void {
    const left = (until - now()) / 1000;
    if (left <= 0 || path.startsWith(leases)) return;
    const whole = Math.ceil(left);
    throw new KubeError(
      `${what} was not sent: the server asked to be left alone for ${whole} s more`,
      { status: 429, reason: 'TooManyRequests', retryAfterSeconds: left },
    );
  }

  function heed(error: unknown): void {
    if (!asksEveryone(error)) return;
    const milliseconds = (error.retryAfterSeconds ?? 0) * 1000;
    until = Math.max(until, now() + Math.min(milliseconds, longestPause));
  }

  return { refuse, heed };
}

/** A 500 with Retry-After is about one object, such as a webhook's; 429 and 503 are about the server. */
function asksEveryone(error: unknown): error is KubeError {
  return isThrottled(error) || (error instanceof KubeError && error.status === 503);
}
