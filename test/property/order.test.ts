import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeKey } from '../../src/core/judge/key.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import { planKey } from '../../src/core/plan/plan.ts';
import { rememberedAddresses } from '../../src/core/world/remembered-addresses.ts';
import { World } from '../../src/core/world/world.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { written } from '../support/spoil.ts';
import { identityOf, recordsOf, worlds } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

/** All that is written and told in a world by key, with what is planned, and what its policies remember. */
function saidIn(world: World): Map<string, unknown> {
  const compiled = compileAll(world).map((each) => {
    const planned = planKey(world, each.key, each.policies);
    return [each.key, { ...each, ...judgeKey(world, each), planned }] as const;
  });
  const all = [...compiled, ...rememberedAddresses(world)];
  return new Map<string, unknown>(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function listed(records: readonly WorldRecord[], settings: Settings): World {
  const world = new World(settings);
  world.load(records);
  return world;
}

/** Now and then one of those that are known goes and comes again, behind all others. */
function seenOneByOne(
  records: readonly WorldRecord[],
  settings: Settings,
  next: () => number,
): World {
  const world = new World(settings);
  for (const [index, record] of records.entries()) {
    world.put(record);
    const earlier = next() % 3 === 0 ? records[next() % (index + 1)] : undefined;
    if (earlier === undefined) continue;
    world.remove(earlier);
    world.put(earlier);
  }
  return world;
}

// A restart lists by name what a running operator saw one by one: status and Events must not change by it.
test('in whatever order objects come to be known, the same is written and told, word by word', () => {
  const shuffled = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(worlds(), shuffled, fc.boolean(), (made, chance, live) => {
      const records = recordsOf(made);
      const wanted = new World(made.settings);
      wanted.load(records);
      const policies = live ? compileAll(wanted).flatMap((each) => each.policies) : [];
      const put = [...records, ...policies.map(written)];
      // Each object once: of two, the later would be the one.
      const all = [...new Map(put.map((record) => [identityOf(record), record])).values()];
      const other = all
        .map((record) => [chance.next().value as number, record] as const)
        .sort(([a], [b]) => a - b)
        .map(([, record]) => record);
      const seen = seenOneByOne(other, made.settings, () => chance.next().value as number);
      expect(saidIn(seen)).toEqual(saidIn(listed(all, made.settings)));
    }),
    runsOf(runs / 2),
  );
});
