import { abortFailure, fencedFailure, networkFailure, timeoutFailure } from './failures.ts';
import type { Fence } from './fence.ts';

/** What bounds one call. */
export interface Deadline {
  /** Names the call in failures. */
  readonly what: string;
  readonly milliseconds: number;
  /** The caller's own signal. */
  readonly signal?: AbortSignal | undefined;
  /** Shortens the time to what remains, and may end it sooner. */
  readonly fence?: Fence | undefined;
}

/**
 * Runs `work` until it settles, the time is up, the caller gives up or the fence closes; rejects
 * with a KubeError. The promise settles even if `work` ignores its signal, as a request does that
 * waits in undici's queue for a connection. No listener stays on the caller's or the fence's
 * signal, which may live for days.
 */
export async function withDeadline<T>(
  { what, milliseconds: longest, signal, fence }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw abortFailure(what);
  const milliseconds = Math.min(longest, fence?.remaining() ?? longest);
  const closing = fence?.signal;
  if (closing?.aborted || milliseconds <= 0) throw fencedFailure(what);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const controller = new AbortController();
  const end = (failure: Error) => {
    reject(failure);
    controller.abort(failure);
  };
  const giveUp = () => end(abortFailure(what));
  const timer = setTimeout(() => end(timeoutFailure(what, milliseconds)), milliseconds);
  const close = () => end(fencedFailure(what));
  signal?.addEventListener('abort', giveUp);
  closing?.addEventListener('abort', close);
  try {
    return await Promise.race([ended, work(controller.signal)]);
  } catch (error) {
    throw networkFailure(what, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
    closing?.removeEventListener('abort', close);
  }
}
