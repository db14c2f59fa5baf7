/** Milliseconds. The first retry waits up to `base`, each further one up to twice as long. */
export interface BackoffLimits {
  readonly base: number;
  readonly cap: number;
}

export const defaultBackoff: BackoffLimits = { base: 200, cap: 5 * 60_000 };

/**
 * How long a key waits after its `failures`-th failure in a row (1 or more): full jitter, which
 * is anything in [0, min(cap, base * 2^(failures - 1))), so that keys that failed together do
 * not come back together. `random` gives a number in [0, 1).
 */
export function backoffDelay(
  failures: number,
  random: () => number,
  { base, cap }: BackoffLimits = defaultBackoff,
): number {
  return random() * Math.min(cap, base * 2 ** (failures - 1));
}
