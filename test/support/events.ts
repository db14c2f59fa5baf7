import fc from 'fast-check';
import type { WorkloadRecord, WorldRecord } from '../../src/core/model/records.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { outsideRecords } from './outside-arbitraries.ts';
import {
  anyNamespaceRecord,
  livePolicies,
  rangeRecords,
  serviceRecords,
  workloadRecords,
} from './record-arbitraries.ts';
import { resourcesAbout } from './resource-arbitraries.ts';
import { pick, sometimes } from './vocabulary.ts';
import {
  apiServerFronts,
  dnsServices,
  identityOf,
  recordsOf,
  worldFrom,
  worlds,
} from './worlds.ts';

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
  [4, resourcesAbout([])],
  [3, anyNamespaceRecord],
  [2, rangeRecords],
  [6, outsideRecords],
  [2, livePolicies],
  [1, dnsServices],
  [1, apiServerFronts],
);

/** Told what is known, and what was known and is gone. */
type Step = (known: readonly WorldRecord[], gone: readonly WorldRecord[]) => WorldEvent[];

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

/**
 * An object that is gone is made anew under its name, as it was or, now and then, a workload as another
 * one; where none is gone yet, one goes and comes back.
 */
const makeAnew: fc.Arbitrary<Step> = fc
  .tuple(fc.nat(), sometimes(50, workloadRecords))
  .map(([index, other]) => (known, gone) => {
    const from = gone.length > 0 ? gone : known;
    const record = from[index % Math.max(from.length, 1)];
    if (record === undefined) return [];
    const put: WorldEvent = { type: 'put', record: anew(record, other) };
    return gone.length > 0 ? [put] : [{ type: 'remove', record }, put];
  });

function anew(record: WorldRecord, other: WorkloadRecord | undefined): WorldRecord {
  if (record.kind === 'Workload') return { ...(other ?? record), ref: record.ref, uid: 'anew' };
  return 'uid' in record ? { ...record, uid: 'anew' } : structuredClone(record);
}

const steps = pick<Step>(
  [6, putAny],
  [3, removeKnown],
  [3, makeAnew],
  [1, putAgain],
  [1, removeUnknown],
);

function without(records: readonly WorldRecord[], one: WorldRecord): WorldRecord[] {
  return records.filter((other) => identityOf(other) !== identityOf(one));
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
  let gone: WorldRecord[] = [];
  const add = (event: WorldEvent) => {
    const { type, record } = event;
    events.push(event);
    const others = without(known, record);
    if (type === 'put') gone = without(gone, record);
    else if (others.length < known.length) gone.push(record);
    known = type === 'put' ? [...others, record] : others;
  };
  for (const [index, record] of records.entries()) {
    for (const [at, step] of changes) if (at === index) step(known, gone).forEach(add);
    add({ type: 'put', record });
  }
  for (const [at, step] of changes) if (at >= records.length) step(known, gone).forEach(add);
  return { events, end: worldFrom(known, settings) };
}
