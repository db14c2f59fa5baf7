import { expect, test } from '@jest/globals';
import { worldsOf } from './runs.ts';

test('A share of the worlds that is no whole number is asked, and comes to an end', () => {
  expect([worldsOf(2.5), worldsOf(2)].map(({ numRuns }) => numRuns)).toEqual([3, 2]);
});
