/** How often names are asked for, how long what was answered is allowed, and how much of it. Milliseconds. */
export interface HostPace {
  /** A TTL below this counts as this: a server that says 0 must not have us ask without end. */
  readonly minimumTTL: number;
  /** A TTL above this counts as this: a move that nobody announced is seen within it. */
  readonly maximumTTL: number;
  /** How long an address stays allowed after the last answer that had it; four times `maximumTTL` at least. */
  readonly grace: number;
  /** Addresses of one name that policies may be made of. */
  readonly mostAddresses: number;
  /** Addresses of one name that lead into the cluster: kept for being told of, apart from the others. */
  readonly mostInternal: number;
}

export const defaultHostPace: HostPace = {
  minimumTTL: 30_000,
  maximumTTL: 300_000,
  grace: 3_600_000,
  mostAddresses: 64,
  mostInternal: 8,
};

/**
 * When a name is asked for again after an answer: not before its TTL is over, or a cache would give the
 * rest of it again. `chance` (in [0, 1)) adds up to a tenth, so that names that came together part.
 */
export function refreshDelay({ minimumTTL, maximumTTL }: HostPace, ttl: number, chance: number) {
  return Math.min(maximumTTL, Math.max(minimumTTL, ttl)) * (1 + chance / 10);
}

/** The wait after so many answers in a row (1 or more) without an address: doubled up to the longest TTL. */
export function retryDelay({ minimumTTL, maximumTTL }: HostPace, misses: number, chance: number) {
  return Math.min(maximumTTL, minimumTTL * 2 ** (misses - 1)) * (1 + chance / 10);
}

/** For how long nothing may have been seen of an address before it is said to be in grace. */
export function quietBeforeGrace({ grace }: HostPace): number {
  return grace / 2;
}
