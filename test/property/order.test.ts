import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeKey } from '../../src/core/judge/key.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import { World } from '../../src/core/world/world.ts';
import { runs, timeFor, worldsOf } from '../support/runs.ts';
import { written } from '../support/spoil.ts';
import { identityOf, recordsOf, worlds } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

/** All that is written and told in a world that came to be known in this order, by key. */
function saidIn(records: readonly WorldRecord[], settings: Settings): Map<string, unknown> {
  const world = new World(settings);
  for (const record of records) world.put(record);
  const compiled = compileAll(world);
  const judged = compiled.map((each) => [each.key, { ...each, ...judgeKey(world, each) }] as const);
  return new Map([...judged].sort(([a], [b]) => (a < b ? -1 : 1)));
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
      expect(saidIn(other, made.settings)).toEqual(saidIn(all, made.settings));
    }),
    worldsOf(runs / 2),
  );
});
