/** Why a list or a watch failed, as far as it matters for what to do next. */
export interface Failure {
  /**
   * `expired`: the version or page token is too old, list anew. `not-served`: the server says that
   * it has no such kind. `forbidden`: we may not know. `failed`: anything else; it may pass.
   */
  readonly kind: 'expired' | 'not-served' | 'forbidden' | 'failed';
  /** One sentence, for logs and readiness. */
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** One page of a list. */
export interface Page<O> {
  readonly items: readonly O[];
  /** Asks for the next page; absent on the last. */
  readonly continue?: string;
  readonly resourceVersion: string;
}

/** One event of a watch. A BOOKMARK's object is not a whole one. */
export interface WatchEvent<O> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: O;
  readonly resourceVersion: string;
}

/** Where a reflector gets a kind from. */
export interface Source<O> {
  /** One page. A list of which a part is missing or unreadable rejects. */
  list(request: {
    readonly continue?: string;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<Page<O>>;
  /** The changes after `resourceVersion`. Throws for ERROR events and unreadable lines. */
  watch(request: {
    readonly resourceVersion: string;
    readonly timeoutSeconds: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<WatchEvent<O>>;
  /** Reads what `list` rejected with or `watch` threw. */
  failureOf(error: unknown): Failure;
}

/**
 * Where a reflector puts a kind. A relist is `begin`, any number of `item`, `end`: nothing is known
 * to be absent before `end`, and another `begin` drops what came since the last. `apply` and
 * `delete` come only after an `end`.
 */
export interface Handler<O> {
  begin(): void;
  item(object: O): void;
  end(): void;
  apply(object: O): void;
  delete(object: O): void;
}

/** What a reflector went through, for metrics (`event`) and logs. */
export interface WatchReport {
  readonly event: WatchReportEvent;
  readonly failure?: Failure;
  /** With `backoff`: how long. */
  readonly milliseconds?: number;
}

export type WatchReportEvent =
  | 'relist'
  | 'reconnect'
  | 'expired'
  | 'idle'
  | 'backoff'
  | 'forbidden'
  | 'not-served';

export const watchReportEvents: readonly WatchReportEvent[] = [
  'relist',
  'reconnect',
  'expired',
  'idle',
  'backoff',
  'forbidden',
  'not-served',
];
