import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { backoffDelay, defaultBackoff } from './backoff.ts';

const almostOne = 1 - Number.EPSILON;

describe('how long a failing key waits', () => {
  test('the longest wait doubles from 200 ms with every failure up to 5 minutes', () => {
    const longest = [1, 2, 3, 4, 11, 12, 13, 5000].map((failures) =>
      Math.round(backoffDelay(failures, () => almostOne)),
    );
    expect(longest).toEqual([200, 400, 800, 1600, 204_800, 300_000, 300_000, 300_000]);
  });

  test('a wait is never negative, never beyond its bound, and takes the whole of the range', () => {
    const limits = fc.record({ base: fc.integer({ min: 1, max: 1000 }), cap: fc.nat(1_000_000) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: almostOne, noNaN: true }),
        limits,
        (failures, chance, bounds) => {
          const wait = backoffDelay(failures, () => chance, bounds);
          const bound = Math.min(bounds.cap, bounds.base * 2 ** (failures - 1));
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(bounds.cap);
          expect(wait).toBe(chance * bound);
        },
      ),
      runsOf(300),
    );
  });

  test('without luck a key runs again at once, since jitter is full', () => {
    expect(backoffDelay(7, () => 0, defaultBackoff)).toBe(0);
  });
});
