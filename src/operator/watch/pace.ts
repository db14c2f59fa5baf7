/** How patient a reflector is. Milliseconds, but for `streamSeconds`. */
export interface Pace {
  readonly shortestBackoff: number;
  readonly longestBackoff: number;
  /** A server that asks for more than this is asked again after this long. */
  readonly longestRetryAfter: number;
  /** How often a kind that is not served is looked for. */
  readonly probe: number;
  /** A list page that takes longer is given up. The client's own time-out should come first. */
  readonly page: number;
  /**
   * A watch without any data for this long is dead. The API server sends a bookmark about every
   * minute, so this allows for one to be lost. It promises none, though, and was seen to send none
   * on some quiet kinds for minutes after its start: the price is one reconnect per two minutes.
   */
  readonly idle: number;
  /** A watch that ends sooner is not reopened at once, whatever it brought. */
  readonly tooShort: number;
  /** A watch that lasted this long clears the record of failures before it. */
  readonly healthy: number;
  /** The server is asked to end a watch after between once and twice this. */
  readonly streamSeconds: number;
  /**
   * After so many watches in a row that brought nothing, a list finds out what is true: a watch
   * from a version that the server has yet to reach (etcd was restored) is silent, not refused.
   */
  readonly fruitless: number;
}

export const defaultPace: Pace = {
  shortestBackoff: 500,
  longestBackoff: 30_000,
  longestRetryAfter: 300_000,
  probe: 30_000,
  page: 60_000,
  idle: 120_000,
  tooShort: 1_000,
  healthy: 10_000,
  streamSeconds: 300,
  fruitless: 5,
};

/**
 * The wait after `attempt` failures before this one: it doubles up to the longest, and `chance`
 * (in [0, 1)) takes it from the upper half, so that reflectors that failed together come back
 * apart. Never shorter than the server asked for.
 */
export function backoffDelay(
  pace: Pace,
  attempt: number,
  chance: number,
  retryAfterSeconds = 0,
): number {
  const full = Math.min(pace.longestBackoff, pace.shortestBackoff * 2 ** attempt);
  const asked = Math.min(pace.longestRetryAfter, retryAfterSeconds * 1000);
  const spread = asked > 0 ? asked + pace.shortestBackoff * chance : 0;
  return Math.max((full * (1 + chance)) / 2, spread);
}

/** Between three and five quarters of the probing interval. */
export function probeDelay({ probe }: Pace, chance: number): number {
  return probe * (0.75 + chance / 2);
}

export function streamSeconds({ streamSeconds }: Pace, chance: number): number {
  return Math.floor(streamSeconds * (1 + chance));
}
