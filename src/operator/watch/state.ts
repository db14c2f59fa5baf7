import type { Pace } from './pace.ts';
import type { Failure, Page, WatchEvent, WatchReport } from './protocol.ts';

/**
 * | state    | on                        | goes to                                               |
 * |----------|---------------------------|-------------------------------------------------------|
 * | idle     | start                     | listing                                               |
 * | listing  | a page that is not last   | listing, the next page                                |
 * |          | the last page             | watching                                              |
 * |          | any failure, no answer    | backoff, then a list from the first page              |
 * | watching | end after a useful stream | watching, from the last version, at once              |
 * |          | no data for too long      | the same                                              |
 * |          | end without use, failure  | backoff, then watching from the last version          |
 * |          | expired, not served,      | backoff, then listing                                 |
 * |          | forbidden                 | the same                                              |
 * |          | too many useless streams  | backoff, then listing                                 |
 * | backoff  | timer                     | listing or watching                                   |
 * | any      | stop                      | stopped, for good                                     |
 *
 * Nothing leads out of this circle but `stop`: it never gives up. Input that does not fit the
 * state is late news of something given up, and changes nothing.
 */
export type State =
  | { readonly name: 'idle' }
  | Listing
  | Watching
  | Backoff
  | { readonly name: 'stopped' };

/** `resourceVersion` is the first page's, so that no change since then is missed. */
export interface Listing {
  readonly name: 'listing';
  readonly progress: Progress;
  readonly resourceVersion?: string;
  readonly token?: string;
}

export interface Watching {
  readonly name: 'watching';
  readonly progress: Progress;
  readonly resourceVersion: string;
  /** Whether this stream brought anything, and whether that was news. */
  readonly heard: boolean;
  readonly advanced: boolean;
}

/** `resume` is the version to watch from; a list if there is none. */
export interface Backoff {
  readonly name: 'backoff';
  readonly progress: Progress;
  readonly resume?: string;
}

/** What is remembered from state to state. */
export interface Progress {
  /** A whole list was seen, or the kind was found not to be served. */
  readonly synced: boolean;
  /** The last that is known is that the kind is not served. */
  readonly absent: boolean;
  /**
   * Failures that count for the next wait. Only a stream that lasts clears them, not a list: a server
   * that answers every list and calls every version expired must not be listed in a storm.
   */
  readonly attempt: number;
  /** The same of `expired`, which as a rule is the end of an outage and not a part of it. */
  readonly expirations: number;
  /** Streams in a row that brought nothing. */
  readonly fruitless: number;
  /** What went wrong last and has not been made good since. */
  readonly trouble?: Failure;
}

export type Input<O> =
  | { readonly kind: 'start' }
  | { readonly kind: 'page'; readonly page: Page<O> }
  | { readonly kind: 'listFailed'; readonly failure: Failure }
  | { readonly kind: 'watchEvent'; readonly event: WatchEvent<O> }
  | { readonly kind: 'watchEnded'; readonly lasted: number }
  | { readonly kind: 'watchFailed'; readonly failure: Failure; readonly lasted: number }
  /** No data for longer than the pace allows; `lasted` since the page or stream was asked for. */
  | { readonly kind: 'idle'; readonly lasted: number }
  | { readonly kind: 'timer' }
  | { readonly kind: 'stop' };

/** To be performed in order. At most one list, watch or timer is under way at any time. */
export type Effect<O> =
  | { readonly kind: 'list'; readonly continue?: string }
  | { readonly kind: 'watch'; readonly resourceVersion: string; readonly timeoutSeconds: number }
  | { readonly kind: 'timer'; readonly milliseconds: number }
  /** Give up what is under way. */
  | { readonly kind: 'close' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'items'; readonly objects: readonly O[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'apply'; readonly object: O }
  | { readonly kind: 'delete'; readonly object: O }
  | { readonly kind: 'report'; readonly report: WatchReport };

export type Step<O> = readonly [State, readonly Effect<O>[]];

/** What a step may depend on beside state and input. `chance` is in [0, 1). */
export interface Moment {
  readonly chance: number;
  readonly pace: Pace;
}
