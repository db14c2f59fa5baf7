import type { Dispatcher } from 'undici';
import { withDeadline } from './deadline.ts';
import { KubeError } from './errors.ts';
import { answerFailure, fencedFailure, malformed } from './failures.ts';
import { checked, type Fence } from './fence.ts';
import type { Pause } from './pause.ts';
import { resourceOfPath } from './resources.ts';
import type { Transport } from './transport.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a call may carry beside its method and path. */
export interface RequestOptions {
  /** Parameters; those that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON, exactly as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** For the whole call: credentials, waiting for a connection, and the last byte of the answer. */
  readonly timeoutMilliseconds?: number;
}

/** One call, for metrics. `code` is the HTTP status, or the cause code when no answer came. */
export interface CallReport {
  readonly verb: string;
  readonly resource: string;
  readonly code: number | string;
  readonly seconds: number;
}

export interface Call {
  readonly method: Method;
  readonly path: string;
  readonly verb: string;
  readonly options: RequestOptions;
}

export interface CallDependencies {
  readonly transport: Transport;
  readonly pause: Pause;
  readonly now: () => number;
  readonly onCall: (report: CallReport) => void;
  readonly timeoutMilliseconds: number;
  /** For every call but GET. */
  readonly fence?: Fence | undefined;
}

type Answer = Dispatcher.ResponseData;

/** How a call is named in failures: without its query, which may hold long tokens. */
export function nameOf({ method, path }: Pick<Call, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

/**
 * Performs a call and reads its answer as JSON; an empty answer is undefined. Rejects with a
 * KubeError for anything but a 2xx answer in JSON within the time-out and what the fence allows, and
 * while the server wants to be left alone.
 */
export async function callForJson(call: Call, dependencies: CallDependencies): Promise<unknown> {
  const what = nameOf(call);
  dependencies.pause.refuse(what, call.path);
  const milliseconds = call.options.timeoutMilliseconds ?? dependencies.timeoutMilliseconds;
  const fence = call.method === 'GET' ? undefined : dependencies.fence;
  return observed(call, dependencies, (seen) =>
    withDeadline({ what, milliseconds, signal: call.options.signal, fence }, async (signal) => {
      const answer = await send(call, 'call', dependencies.transport, signal, fence);
      seen(answer.statusCode);
      const text = await answer.body.text();
      refuseFailure(call, answer, text, dependencies.transport);
      return text === '' ? undefined : parseJson(what, text);
    }),
  );
}

/**
 * Opens a watch: resolves once the server has accepted it, within the time-out, with the body as
 * it comes in. `signal` also ends the body, and must be the watch's own: a listener stays on it.
 * Rejects with a KubeError.
 */
export async function callForStream(
  call: Call,
  dependencies: CallDependencies,
  signal: AbortSignal,
): Promise<Answer['body']> {
  const { transport, timeoutMilliseconds: milliseconds } = dependencies;
  dependencies.pause.refuse(nameOf(call), call.path);
  const opened = new AbortController();
  const cut = () => opened.abort();
  signal.addEventListener('abort', cut);
  return observed(call, dependencies, (seen) =>
    withDeadline({ what: nameOf(call), milliseconds, signal }, async (ended) => {
      // The body outlives this deadline, so the request has a signal of its own.
      ended.addEventListener('abort', cut);
      const answer = await send(call, 'watch', transport, opened.signal);
      seen(answer.statusCode);
      if (answer.statusCode === 200) return answer.body;
      refuseFailure(call, answer, await answer.body.text(), transport);
      throw malformed(nameOf(call), `was answered with ${answer.statusCode} instead of a stream`);
    }),
  );
}

async function send(
  { method, path, options }: Call,
  use: 'call' | 'watch',
  transport: Transport,
  signal: AbortSignal,
  fence?: Fence,
): Promise<Answer> {
  const { body, contentType = 'application/json', query = {} } = options;
  const { dispatcher, origin, prefix, headers } = await transport.open(use);
  signal.throwIfAborted();
  const check = () => {
    if (fence !== undefined && fence.remaining() <= 0)
      throw fencedFailure(nameOf({ method, path }));
  };
  return (fence === undefined ? dispatcher : checked(dispatcher, check)).request({
    origin,
    path: `${prefix}${path}${queryText(query)}`,
    method,
    headers: {
      ...headers,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': contentType }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal,
  });
}

function queryText(query: NonNullable<RequestOptions['query']>): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) text.set(name, String(value));
  }
  return text.size === 0 ? '' : `?${text.toString()}`;
}

/** Redirects are failures too: credentials are never taken to another place. */
function refuseFailure(call: Call, answer: Answer, body: string, transport: Transport): void {
  const { statusCode: status, headers } = answer;
  if (status >= 200 && status < 300) return;
  if (status === 401) transport.renew();
  throw answerFailure(nameOf(call), { status, headers, body });
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(what, 'was answered with something that is not JSON');
  }
}

/** Reports the call when it is over; for a stream that is when it is open. */
async function observed<T>(
  { path, verb }: Call,
  { now, onCall, pause }: CallDependencies,
  work: (seen: (status: number) => void) => Promise<T>,
): Promise<T> {
  const start = now();
  let code: number | string | undefined;
  const report = (known: number | string) => {
    const { resource } = resourceOfPath(path);
    onCall({ verb, resource, code: known, seconds: (now() - start) / 1000 });
  };
  try {
    const result = await work((status) => {
      code = status;
    });
    report(code ?? 'UNKNOWN');
    return result;
  } catch (error) {
    pause.heed(error);
    // An answer that broke off is known by why it did, not by the 200 that it began with.
    const known = error instanceof KubeError ? (error.status ?? error.causeCode) : undefined;
    report(known ?? 'UNKNOWN');
    throw error;
  }
}
