import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findDifference, podPairs } from '../support/differences.ts';
import { runs, timeFor, worldsOf } from '../support/runs.ts';
import { worlds } from '../support/worlds.ts';

/** The property that everything rests on is asked of more worlds than others. */
const many = runs * 5;

test(
  'in every world rendered policies, judged by reach, allow exactly what truth says of pods by their labels',
  () => {
    fc.assert(
      fc.property(worlds(), (world) => expect(findDifference(world, podPairs)).toBeUndefined()),
      worldsOf(many),
    );
  },
  timeFor(many),
);
