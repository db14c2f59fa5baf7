import { expect, test } from '@jest/globals';
import { runsOf } from './runs.ts';

test('A share of the worlds that is no whole number is asked, and comes to an end', () => {
  expect([runsOf(2.5), runsOf(2)].map(({ numRuns }) => numRuns)).toEqual([3, 2]);
});
