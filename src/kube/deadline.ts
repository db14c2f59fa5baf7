import { abortFailure, networkFailure, timeoutFailure } from './failures.ts';

/** What bounds one call. */
export interface Deadline {
  /** Names the call in failures. */
  readonly what: string;
  readonly milliseconds: number;
  /** The caller's own signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` until it settles, the time is up or the caller gives up; rejects with a KubeError.
 * The promise settles even if `work` ignores its signal, as a request does that waits in undici's
 * queue for a connection. No listener stays on the caller's signal, which may live for days.
 */
export async function withDeadline<T>(
  { what, milliseconds, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw abortFailure(what);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const controller = new AbortController();
  const end = (failure: Error) => {
    reject(failure);
    controller.abort(failure);
  };
  const giveUp = () => end(abortFailure(what));
  const timer = setTimeout(() => end(timeoutFailure(what, milliseconds)), milliseconds);
  signal?.addEventListener('abort', giveUp);
  try {
    return await Promise.race([ended, work(controller.signal)]);
  } catch (error) {
    throw networkFailure(what, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
