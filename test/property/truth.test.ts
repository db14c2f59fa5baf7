import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findDifference } from '../support/differences.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { worlds } from '../support/worlds.ts';

/** The property that everything rests on is asked of more worlds than others. */
const many = runs * 5;

test(
  'in every world rendered policies, judged by reach, allow pods and addresses exactly what truth says',
  () => {
    fc.assert(
      fc.property(worlds(), (world) => expect(findDifference(world)).toBeUndefined()),
      runsOf(many),
    );
  },
  timeFor(many),
);
