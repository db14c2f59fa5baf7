/** How many worlds a property is asked of, unless it says another share; more with PROPERTY_RUNS. */
export const runs = Number(process.env.PROPERTY_RUNS ?? 1000);

/**
 * What fc.assert is told: so many worlds, of a fresh seed unless PROPERTY_SEED names the one that a
 * failure has printed.
 */
export function runsOf(share: number): { readonly numRuns: number; readonly seed?: number } {
  const seed = process.env.PROPERTY_SEED;
  // A number that is none of runs is never reached.
  const numRuns = Math.ceil(share);
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) };
}

/** Time enough for that many on a machine that is shared. */
export function timeFor(numRuns: number): number {
  return Math.max(600_000, numRuns * 200);
}
