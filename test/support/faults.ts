/** A call as the proxy saw it come in. */
export interface SeenCall {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** As metrics name it: `networkpolicies`, `appconnectivities/status`. */
  readonly resource: string;
  readonly isWatch: boolean;
  readonly isList: boolean;
  readonly token: string;
}

/**
 * How a stream that has begun ends: with a reset, in good order, within a line, with an ERROR event
 * that says that its version is too old, or never: the socket stays open and nothing comes any more.
 */
export type StreamEnd = 'reset' | 'end' | 'mid-line' | 'expired' | 'silence';

/** What goes wrong with one call. */
export type Fault =
  /** Answered by the proxy; the server never hears of it. Retry-After in the header or the body. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter?: number;
      readonly inBody?: boolean;
    }
  /** The connection is reset, and the server never hears of the call. */
  | { readonly kind: 'reset' }
  /** The server does what it is asked for; the connection is reset instead of its answer. */
  | { readonly kind: 'lose'; readonly after?: number }
  /** The first half of the answer, then a reset or an end in good order. */
  | { readonly kind: 'truncate'; readonly end: 'reset' | 'end' }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Nothing is ever answered and the connection stays open. */
  | { readonly kind: 'hang' }
  /** The stream ends so when it has brought so many chunks and the next one comes. */
  | { readonly kind: 'stream'; readonly end: StreamEnd; readonly chunks: number };

/** Decides about each call; undefined lets it pass. */
export type Script = (call: SeenCall) => Fault | undefined;

export const noFaults: Script = () => undefined;

type Random = () => number;

function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** A server that is busy, or whose load balancer finds none: in `share` of all calls. */
export function overloaded(random: Random, share: number): Script {
  return () => {
    if (random() >= share) return undefined;
    const answers: readonly [Fault, ...Fault[]] = [
      { kind: 'answer', status: 429, retryAfter: 2 },
      { kind: 'answer', status: 429, retryAfter: 1, inBody: true },
      { kind: 'answer', status: 429 },
      { kind: 'answer', status: 503, retryAfter: 1 },
      ...[500, 502, 503, 504].map((status) => ({ kind: 'answer', status }) as const),
    ];
    return pick(random, answers);
  };
}

/** Connections that break, answers that get lost, slow ones, and such as are not whole. */
export function unreliable(random: Random, share: number): Script {
  return ({ isWatch }) => {
    if (random() >= share) return undefined;
    if (isWatch) return { kind: 'reset' };
    return pick<Fault>(random, [
      { kind: 'reset' },
      { kind: 'lose' },
      { kind: 'lose', after: 100 * random() },
      { kind: 'truncate', end: 'reset' },
      { kind: 'truncate', end: 'end' },
      { kind: 'delay', milliseconds: 300 * random() },
    ]);
  };
}

/** Streams that end in every way, soon after they have begun. */
export function brokenStreams(random: Random, share: number): Script {
  return ({ isWatch }) => {
    if (!isWatch || random() >= share) return undefined;
    return { kind: 'stream', end: anyEnd(random), chunks: Math.floor(random() * 4) };
  };
}

export function anyEnd(random: Random): StreamEnd {
  return pick(random, ['reset', 'end', 'mid-line', 'expired', 'silence']);
}

/** One call in so many is never answered. */
export function hanging(random: Random, share: number): Script {
  return () => (random() < share ? { kind: 'hang' } : undefined);
}

/** The first of several scripts that has a fault for the call. */
export function anyOf(...scripts: readonly Script[]): Script {
  return (call) => {
    for (const script of scripts) {
      const fault = script(call);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}
