import {
  type Call,
  type CallDependencies,
  type CallReport,
  callForJson,
  callForStream,
  type Method,
  nameOf,
  type RequestOptions,
} from './calls.ts';
import { abortFailure, networkFailure } from './failures.ts';
import type { Fence } from './fence.ts';
import { splitLines } from './lines.ts';
import { type Page, readEvent, readPage, type WatchEvent } from './objects.ts';
import { createPause } from './pause.ts';
import { collectionPath, type Resource, resourceOfPath } from './resources.ts';
import type { Transport } from './transport.ts';

/** Which part of a collection a list or a watch is about. */
export interface Scope {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface ListOptions extends Scope {
  /** Items per page; 500 if not given. */
  readonly limit?: number;
  /** From the page before. */
  readonly continue?: string;
  readonly timeoutMilliseconds?: number;
}

export interface WatchOptions extends Scope {
  /** The server ends the watch after about this long. */
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks?: boolean;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** The object must still be this one, or the server refuses with a Conflict. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * The API server in raw JSON: what goes in is sent as it is, what comes out is what was sent. No
 * model class is involved, since those of client-node turn a NetworkPolicy's `from` into
 * allow-from-anywhere. Every function rejects with a KubeError, and every call has a time-out. After
 * an answer of 429 or 503 with Retry-After nothing at all is sent for so long, but about Leases.
 */
export interface KubeClient {
  /** Any call. Resolves with the parsed answer, or undefined if it is empty. */
  request(method: Method, path: string, options?: RequestOptions): Promise<unknown>;
  /** One page of a list. A list that lacks anything rejects rather than being given in part. */
  list(resource: Resource, options?: ListOptions): Promise<Page>;
  /**
   * The changes after `resourceVersion`, one at a time as they are asked for: a slow reader slows
   * the server down. Ends when the server ends it; throws a KubeError when the stream breaks, the
   * server sends an ERROR event (isExpired for a version that is too old) or a line cannot be
   * read. There is no idle time-out: the reader has the watchdog, and `signal`.
   */
  watch(resource: Resource, options?: WatchOptions): AsyncIterable<WatchEvent>;
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  /** `path` is that of the collection. */
  create(path: string, object: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Server-side apply of exactly these fields. Resolves with the object as it is now. */
  apply(path: string, object: unknown, options: ApplyOptions): Promise<unknown>;
  /** `path` is that of the object. */
  applyStatus(path: string, object: unknown, options: ApplyOptions): Promise<unknown>;
  remove(path: string, preconditions?: Preconditions, signal?: AbortSignal): Promise<unknown>;
}

export interface ClientOptions {
  readonly now: () => number;
  /** Told of each call when it is over, and of each watch when it is open. */
  readonly onCall?: (report: CallReport) => void;
  /** For calls that name none. */
  readonly timeoutMilliseconds?: number;
  /** When calls that may change something (all but GET) are let through; always without it. */
  readonly fence?: Fence;
  /** The longest watch event that is read. */
  readonly longestLine?: number;
}

const applyType = 'application/apply-patch+yaml';
const defaultTimeout = 15_000;
const listTimeout = 30_000;
/** etcd holds objects of 1.5 MiB; JSON with managedFields may take several times that. */
const defaultLongestLine = 16 * 1024 * 1024;

/** A client over `transport`, which stays the caller's to close. */
export function createKubeClient(transport: Transport, options: ClientOptions): KubeClient {
  const { now, onCall = () => {}, timeoutMilliseconds = defaultTimeout, fence } = options;
  const pause = createPause(now);
  const dependencies: CallDependencies = {
    ...{ transport, pause, now, onCall, timeoutMilliseconds, fence },
  };
  const longestLine = options.longestLine ?? defaultLongestLine;

  function request(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
    const verb = verbOf(method, path, options.contentType);
    return callForJson({ method, path, verb, options }, dependencies);
  }

  async function list(resource: Resource, options: ListOptions = {}): Promise<Page> {
    const { namespace, signal, timeoutMilliseconds = listTimeout, limit = 500, ...query } = options;
    const path = collectionPath(resource, namespace);
    const all = { signal, timeoutMilliseconds, query: { ...query, limit } };
    return readPage(nameOf({ method: 'GET', path }), await request('GET', path, all));
  }

  function apply(path: string, object: unknown, options: ApplyOptions): Promise<unknown> {
    const { signal, ...query } = options;
    return request('PATCH', path, { body: object, contentType: applyType, query, signal });
  }

  function remove(path: string, preconditions?: Preconditions, signal?: AbortSignal) {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions };
    return request('DELETE', path, { ...(preconditions !== undefined && { body }), signal });
  }

  return {
    request,
    list,
    watch: (resource, options = {}) => watch(resource, options, dependencies, longestLine),
    get: (path, signal) => request('GET', path, { signal }),
    create: (path, object, signal) => request('POST', path, { body: object, signal }),
    apply,
    applyStatus: (path, object, options) => apply(`${path}/status`, object, options),
    remove,
  };
}

async function* watch(
  resource: Resource,
  { namespace, signal, ...query }: WatchOptions,
  dependencies: CallDependencies,
  longestLine: number,
): AsyncGenerator<WatchEvent, void, undefined> {
  const path = collectionPath(resource, namespace);
  const options = { query: { ...query, watch: true } };
  const call: Call = { method: 'GET', path, verb: 'watch', options };
  const what = `watch of ${path}`;
  // Also cuts the connection when the reader stops reading, which ends this generator.
  const reading = new AbortController();
  const cut = () => reading.abort();
  signal?.addEventListener('abort', cut);
  if (signal?.aborted) cut();
  try {
    const body = await callForStream(call, dependencies, reading.signal);
    for await (const line of splitLines(body, longestLine, what)) yield readEvent(what, line);
  } catch (error) {
    throw signal?.aborted ? abortFailure(what) : networkFailure(what, error);
  } finally {
    signal?.removeEventListener('abort', cut);
    cut();
  }
}

function verbOf(method: Method, path: string, contentType: string | undefined): string {
  switch (method) {
    case 'GET':
      return resourceOfPath(path).named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'replace';
    case 'PATCH':
      return contentType === applyType ? 'apply' : 'patch';
    case 'DELETE':
      return 'delete';
  }
}
