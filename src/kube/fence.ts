import type { Dispatcher } from 'undici';

/**
 * Whether calls that may change something are allowed now. A fenced call is refused when no time
 * remains, both when it is made and when it is about to be written to its connection (it may have
 * waited for one, or the process may have been stopped in between); its time-out is never more
 * than what remains; and it is given up when `signal` aborts.
 */
export interface Fence {
  /** Milliseconds for which such a call may still be under way; none or fewer: it must not begin. */
  remaining(): number;
  /** Aborts when that is over for good. Read for each call. */
  readonly signal: AbortSignal;
}

/** The dispatcher, with `check` called right before a request is written; what it throws ends it. */
export function checked(dispatcher: Dispatcher, check: () => void): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) => dispatch(options, guard(handler, check)),
  );
}

function guard(handler: Dispatcher.DispatchHandler, check: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...started) => {
      check();
      handler.onRequestStart?.(...started);
    },
    onResponseStart: (...answered) => handler.onResponseStart?.(...answered),
    onResponseData: (...part) => handler.onResponseData?.(...part),
    onResponseEnd: (...ended) => handler.onResponseEnd?.(...ended),
    onResponseError: (...failed) => handler.onResponseError?.(...failed),
  };
}
