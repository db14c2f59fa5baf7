import { setTimeout as sleep } from 'node:timers/promises';

const pause = 50;

/**
 * Tries an assertion again and again until it passes, and gives its result. Throws what it threw
 * last when the time is over.
 */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  seconds = 30,
): Promise<Awaited<T>> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= until) throw error;
    }
    await sleep(pause);
  }
}

/** Waits until `sample` has given the same for this long (milliseconds); a minute at most. */
export async function untilStable(sample: () => Promise<string>, milliseconds: number) {
  const until = performance.now() + 60_000;
  let last = await sample();
  let since = performance.now();
  while (performance.now() - since < milliseconds) {
    if (performance.now() >= until) throw new Error(`still changing after a minute: ${last}`);
    await sleep(pause);
    const now = await sample();
    if (now !== last) {
      last = now;
      since = performance.now();
    }
  }
}
