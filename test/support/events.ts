import fc from 'fast-check';
import type { WorldRecord } from '../../src/core/model/records.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { outsideRecords } from './outside-arbitraries.ts';
import {
  anyNamespaceRecord,
  livePolicies,
  rangeRecords,
  serviceRecords,
  workloadRecords,
} from './record-arbitraries.ts';
import { resourceRecords } from './resource-arbitraries.ts';
import { pick } from './vocabulary.ts';
import { dnsServices, identityOf, recordsOf, worldFrom, worlds } from './worlds.ts';

/** One change of the input: a record that is new or changed, or one that is gone. */
export type WorldEvent =
  | { readonly type: 'put'; readonly record: WorldRecord }
  | { readonly type: 'remove'; readonly record: WorldRecord };

/** Events in their order, and the world that they end in. */
export interface History {
  readonly events: readonly WorldEvent[];
  readonly end: TruthWorld;
}

const anyRecord: fc.Arbitrary<WorldRecord> = pick<WorldRecord>(
  [6, workloadRecords],
  [3, serviceRecords],
  [4, resourceRecords],
  [3, anyNamespaceRecord],
  [2, rangeRecords],
  [6, outsideRecords],
  [2, livePolicies],
  [1, dnsServices],
);

type Step = (known: readonly WorldRecord[]) => WorldEvent[];

/** A record replaces the one of its identity, if there is one: the vocabulary is small. */
const putAny: fc.Arbitrary<Step> = anyRecord.map((record) => () => [{ type: 'put', record }]);

const removeKnown: fc.Arbitrary<Step> = fc.nat().map((index) => (known) => {
  const record = known[index % Math.max(known.length, 1)];
  return record === undefined ? [] : [{ type: 'remove', record }];
});

/** A watch sends an unchanged record again. */
const putAgain: fc.Arbitrary<Step> = fc.nat().map((index) => (known) => {
  const record = known[index % Math.max(known.length, 1)];
  return record === undefined ? [] : [{ type: 'put', record: structuredClone(record) }];
});

/** An object whose identity was never put is removed. */
const removeUnknown: fc.Arbitrary<Step> = anyRecord.map(
  (record) => (known) =>
    known.some((other) => identityOf(other) === identityOf(record))
      ? []
      : [{ type: 'remove', record }],
);

const steps = pick<Step>([6, putAny], [3, removeKnown], [1, putAgain], [1, removeUnknown]);

/** What is known after an event. */
function follow(known: readonly WorldRecord[], { type, record }: WorldEvent): WorldRecord[] {
  const others = known.filter((other) => identityOf(other) !== identityOf(record));
  return type === 'put' ? [...others, record] : others;
}

/**
 * Histories: the records of a world put in any order, with up to 12 changes after and between
 * them, each of which adds, replaces, repeats or removes something.
 */
export function histories(): fc.Arbitrary<History> {
  return fc
    .tuple(worlds(), fc.array(fc.tuple(fc.nat({ max: 40 }), steps), { maxLength: 12 }))
    .chain(([world, changes]) => {
      const records = recordsOf(world);
      return fc
        .shuffledSubarray(records, { minLength: records.length })
        .map((shuffled) => replay(world, shuffled, changes));
    });
}

function replay(
  { settings }: TruthWorld,
  records: readonly WorldRecord[],
  changes: readonly (readonly [at: number, step: Step])[],
): History {
  const events: WorldEvent[] = [];
  let known: WorldRecord[] = [];
  const add = (event: WorldEvent) => {
    events.push(event);
    known = follow(known, event);
  };
  for (const [index, record] of records.entries()) {
    for (const [at, step] of changes) if (at === index) step(known).forEach(add);
    add({ type: 'put', record });
  }
  for (const [at, step] of changes) if (at >= records.length) step(known).forEach(add);
  return { events, end: worldFrom(known, settings) };
}
