import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type Compiled, compile, compileAll } from '../../src/core/compile/compile.ts';
import { findingKey } from '../../src/core/model/finding.ts';
import type { Key } from '../../src/core/model/identity.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import { World } from '../../src/core/world/world.ts';
import { histories } from '../support/events.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { recordsOf } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

function worldOf(records: readonly WorldRecord[], settings: Settings, paced = false): World {
  const world = new World(settings, { paced });
  for (const record of records) world.put(record);
  return world;
}

/** Everything that was compiled, in one order, as text: what differs shows in the failure. */
function textOf(all: Iterable<Compiled>): string[] {
  const spoken = [...all].filter(
    ({ policies, wouldBe, edges, findings }) =>
      policies.length + wouldBe.length + edges.length + findings.length > 0,
  );
  return spoken
    .map(({ key, policies, wouldBe, edges, findings }) =>
      JSON.stringify([key, policies, wouldBe, edges, findings.map(findingKey)]),
    )
    .sort();
}

describe('Whatever order events come in', () => {
  test('compiling the affected keys gives what compiling everything gives', () => {
    let affected = 0;
    let whole = 0;
    fc.assert(
      fc.property(histories(), fc.boolean(), ({ events, end }, paced) => {
        const world = new World(end.settings, { paced });
        const known = new Map<Key, Compiled>();
        for (const { type, record } of events) {
          const keys = type === 'put' ? world.put(record) : world.remove(record);
          for (const key of keys) known.set(key, compile(world, key));
          affected += keys.size;
          whole += [...world.keys()].length;
          expect(textOf(known.values())).toEqual(textOf(compileAll(world)));
        }
        const fresh = worldOf(recordsOf(end), end.settings, paced);
        expect(textOf(known.values())).toEqual(textOf(compileAll(fresh)));
      }),
      runsOf(runs),
    );
    // The incremental path was really taken: whoever returned all keys would prove nothing.
    expect(affected).toBeLessThan(whole * 0.7);
  });

  test('a record that is put again affects the same keys and changes nothing', () => {
    fc.assert(
      fc.property(histories(), ({ end }) => {
        const world = worldOf(recordsOf(end), end.settings);
        const before = textOf(compileAll(world));
        for (const record of recordsOf(end)) world.put(structuredClone(record));
        expect(textOf(compileAll(world))).toEqual(before);
      }),
      runsOf(runs / 5),
    );
  });
});
