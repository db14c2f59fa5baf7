import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type Compiled, compileAll } from '../../src/core/compile/compile.ts';
import { acceptsFrom, talksTo } from '../../src/core/intent/keys.ts';
import { selectsEverything } from '../../src/core/model/labels.ts';
import { defaultDenyName } from '../../src/core/model/names.ts';
import type { Texts, WorkloadRecord, WorldRecord } from '../../src/core/model/records.ts';
import { severityOf } from '../../src/core/status/messages.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { World } from '../../src/core/world/world.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

function compiled(world: TruthWorld, records: readonly WorldRecord[]): Compiled[] {
  const built = new World(world.settings);
  built.load(records);
  return compileAll(built);
}

const policiesOf = (all: readonly Compiled[]) => all.map(({ key, policies }) => [key, policies]);

/** Entries that do not parse, whatever stands around them. */
const nonsense = fc.constantFrom(
  ...[
    'Cart',
    'cart:',
    'cart:0',
    'cart:80/http',
    '@nowhere',
    '10.0.0.1/8',
    '[::1',
    'a b',
    'x/y/z',
    '…',
  ],
);

function withText(
  record: WorkloadRecord,
  change: (text: string) => string | undefined,
): WorkloadRecord {
  const texts: [string, string][] = Object.entries(record.texts).flatMap(([key, text]) => {
    const next = key === talksTo || key === acceptsFrom ? change(text) : text;
    return next === undefined ? [] : [[key, next] as [string, string]];
  });
  return { ...record, texts: Object.fromEntries(texts) as Texts };
}

describe('Text that does not parse neither widens nor cuts off', () => {
  test('one bad entry, where nothing was accepted before, makes its declaration absent, says so, and changes nothing else', () => {
    let spoilt = 0;
    fc.assert(
      fc.property(worlds(), fc.nat(), nonsense, fc.boolean(), (world, pick, bad, first) => {
        const speaking = world.workloads.filter(
          ({ texts }) => texts[talksTo] ?? texts[acceptsFrom],
        );
        const victim = speaking[pick % Math.max(speaking.length, 1)];
        if (victim === undefined) return;
        const swap = (change: (text: string) => string | undefined) =>
          recordsOf(world).map((record) => (record === victim ? withText(victim, change) : record));
        const invalid = compiled(
          world,
          swap((text) => (first ? `${bad}, ${text}` : `${text}\n${bad}`)),
        );
        const absent = compiled(
          world,
          swap(() => undefined),
        );
        expect(policiesOf(invalid)).toEqual(policiesOf(absent));
        const said = invalid
          .flatMap(({ findings }) => findings)
          .filter(({ object }) => object === victim.ref);
        expect(said.some(({ code }) => severityOf(code) === 'error')).toBe(true);
        expect(said.some(({ code }) => code === 'NothingAccepted')).toBe(true);
        spoilt += 1;
      }),
      runsOf(runs),
    );
    expect(spoilt).toBeGreaterThan(runs / 2);
  });

  test('a match-all selector is never derived: only the default-deny selects every pod', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const policies = compiled(world, recordsOf(world)).flatMap((each) => each.policies);
        const everything = policies.filter(({ spec }) => selectsEverything(spec.podSelector ?? {}));
        for (const { metadata, spec } of everything) {
          expect(metadata.name).toBe(defaultDenyName);
          expect([...(spec.ingress ?? []), ...(spec.egress ?? [])]).toEqual([]);
        }
      }),
      runsOf(runs),
    );
  });
});
