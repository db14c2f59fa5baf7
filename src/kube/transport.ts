import { createSecureContext, type SecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { abortFailure } from './failures.ts';

/** How the API server is reached: what of TLS is not the default, and the proxy if there is one. */
export interface Link {
  readonly tls: TlsMaterial;
  readonly proxy?: string;
}

export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What proves to the server who we are, as of the moment that it was asked for. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly link: Link;
}

/** A cluster, and who we are there. `loadAccess` makes one from a kubeconfig or a pod's files. */
export interface ClusterAccess {
  /** `https://host:port`, with a path when the server is behind one. */
  readonly server: string;
  /** The namespace that the context or the pod stands in. */
  readonly namespace: string | undefined;
  /** Headers and TLS material of now. Rejects with a KubeError whose cause code is CREDENTIALS. */
  authenticate(): Promise<Credentials>;
  /** Reads everything again at the next `authenticate`: the server refused what we sent. */
  renew(): void;
}

/** All that one request needs beside its own path, headers and body. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Comes before the path of every request; '' for most servers. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Pooled connections to one API server. Calls and watches never share a pool: on HTTP/1.1 an open
 * watch holds its connection, and a capped pool full of watches would starve every call.
 */
export interface Transport {
  /** Rejects with a KubeError when no credentials can be had. */
  open(use: 'call' | 'watch'): Promise<Route>;
  /** After a 401. */
  renew(): void;
  /** Cuts every connection. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Goes into the User-Agent as `appconnectivity/<version>`. */
  readonly version: string;
  readonly now: () => number;
  /** Connections for calls. Watches have one each. */
  readonly connections?: number;
}

interface Pools {
  readonly call: Dispatcher;
  readonly watch: Dispatcher;
}

/** How long credentials and TLS files are used before they are read again. */
const freshMilliseconds = 10_000;
const renewalPause = 5_000;

/**
 * A transport over `access`. CA, client certificate, key and token files are read at most once in
 * ten seconds; when the TLS material has changed, new connections take over and the old ones end
 * with the requests that are on them.
 */
export function createTransport(access: ClusterAccess, options: TransportOptions): Transport {
  const { now, version, connections = 16 } = options;
  const { origin, pathname } = new URL(access.server);
  const prefix = pathname.replace(/\/+$/, '');
  const alive = new Set<Dispatcher>();
  let pools: Pools | undefined;
  let usedLink: Link | undefined;
  let asked: { until: number; readonly answer: Promise<Credentials> } | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;

  function credentials(): Promise<Credentials> {
    if (asked !== undefined && now() < asked.until) return asked.answer;
    const question = { until: Number.POSITIVE_INFINITY, answer: access.authenticate() };
    asked = question;
    question.answer.then(
      () => {
        question.until = now() + freshMilliseconds;
      },
      () => {
        question.until = 0;
      },
    );
    return question.answer;
  }

  function poolsFor(link: Link): Pools {
    if (pools !== undefined && isDeepStrictEqual(link, usedLink)) return pools;
    if (pools !== undefined) [pools.call, pools.watch].forEach(retire);
    pools = buildPools(link, connections);
    usedLink = link;
    alive.add(pools.call).add(pools.watch);
    return pools;
  }

  /** `close` waits for what is on the connections, so nothing in flight is cut. */
  function retire(dispatcher: Dispatcher): void {
    dispatcher.close().then(
      () => alive.delete(dispatcher),
      () => alive.delete(dispatcher),
    );
  }

  async function open(use: 'call' | 'watch'): Promise<Route> {
    const { headers, link } = await credentials();
    const dispatcher = poolsFor(link)[use];
    const all = { ...headers, 'user-agent': `appconnectivity/${version}` };
    return { dispatcher, origin, prefix, headers: all };
  }

  /** Many calls in flight meet the same 401: one of them is enough. */
  function renew(): void {
    if (now() - renewedAt < renewalPause) return;
    renewedAt = now();
    asked = undefined;
    access.renew();
  }

  async function close(): Promise<void> {
    const dispatchers = [...alive];
    alive.clear();
    const gone = abortFailure('the connection');
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy(gone)));
  }

  return { open, renew, close };
}

/**
 * HTTP/1.1 on purpose: undici takes h2 where ALPN offers it, and one h2 connection is one TCP
 * window and one failure for all calls. The header time-outs are a net below the deadline of each
 * call; a quiet watch has no body time-out, its reflector has the watchdog.
 */
function buildPools({ tls, proxy }: Link, connections: number): Pools {
  const alive = { keepAlive: true, keepAliveInitialDelay: 15_000, timeout: 5_000 };
  const connect = { ...tls, ...contextOf(tls), ...alive };
  const shared = { allowH2: false, headersTimeout: 60_000, keepAliveTimeout: 30_000, connect };
  const calls = { ...shared, connections, bodyTimeout: 60_000 };
  const watches = { ...shared, bodyTimeout: 0 };
  if (proxy === undefined) return { call: new Agent(calls), watch: new Agent(watches) };
  const through = { uri: proxy, requestTls: connect, connectTimeout: connect.timeout };
  return {
    call: new ProxyAgent({ ...calls, ...through }),
    watch: new ProxyAgent({ ...watches, ...through }),
  };
}

/**
 * The certificates in the form in which TLS takes them: to read them anew for each of dozens of
 * connections costs as much as the handshakes. Those that cannot be read are left to each connection,
 * which says so.
 */
function contextOf(tls: TlsMaterial): { secureContext?: SecureContext } {
  try {
    return { secureContext: createSecureContext(tls) };
  } catch {
    return {};
  }
}
