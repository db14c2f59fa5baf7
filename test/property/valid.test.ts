import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { refusedInPolicy } from '../../src/core/inventory/strict-policy.ts';
import { World } from '../../src/core/world/world.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

test(
  'in every world the API server would take every rendered policy',
  () => {
    fc.assert(
      fc.property(worlds(), (found) => {
        const world = new World(found.settings);
        world.load(recordsOf(found));
        const policies = compileAll(world).flatMap((each) => [...each.policies, ...each.wouldBe]);
        expect(policies.flatMap(refusedInPolicy)).toEqual([]);
      }),
      runsOf(runs),
    );
  },
  timeFor(runs),
);
