import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { confirm } from '../../src/core/intent/keys.ts';
import { selects, selectsEverything } from '../../src/core/model/labels.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import type { PolicyRecord, Texts, WorldRecord } from '../../src/core/model/records.ts';
import { type Change, policyOf } from '../../src/core/plan/change.ts';
import { specText } from '../../src/core/plan/compare.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import type { Party } from '../../src/core/reach/party.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import type { World } from '../../src/core/world/world.ts';
import { type Ends, endsOf, violation } from '../support/ends.ts';
import { probesOf } from '../support/probes.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { identityOf, recordsOf, worlds } from '../support/worlds.ts';
import { changesNow, liveIn, pathOf, perform, restless, worldWith } from '../support/writes.ts';

jest.setTimeout(timeFor(runs));

/** What is written first: any of the changes that may be made. */
type Chooser = (choices: number) => number;

/** Numbers in [0, choices) that follow from a seed (mulberry32). */
function chooserOf(seed: number): Chooser {
  let state = seed;
  return (choices) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * choices);
  };
}

/** Writes until nothing is left to write; pods that may drain go on draining. */
function writeAll(world: World, choose: Chooser, seen: (change: Change) => void = () => {}): void {
  for (let written = 0; written < 500; written++) {
    const changes = changesNow(world).filter(
      (change) => change.type !== 'delete' || !change.whenPodsAreGone,
    );
    const change = changes[choose(changes.length)];
    if (change === undefined) {
      expect(restless(world)).toEqual([]);
      return;
    }
    if (change.type !== 'delete') expect(findAllowAll(change.policy)).toBeUndefined();
    perform(world, change);
    seen(change);
  }
  throw new Error('the writes do not come to an end');
}

const policiesOf = (world: World) => liveIn(world).map(({ policy }) => policy);
const textsOf = (policies: readonly NetworkPolicy[]) =>
  policies.map((policy) => `${pathOf(policy)} ${specText(policy)}`);

/**
 * Whether one subject at most speaks for a pod, or it is isolated before and after, or never, and some
 * workload's template tells that these subjects have pods in common.
 */
function claimFor(
  parties: readonly Party[],
  records: readonly WorldRecord[],
  before: readonly NetworkPolicy[],
  after: readonly NetworkPolicy[],
): (end: string) => boolean {
  return (end) => {
    const [direction, near] = end.split(' ');
    const pod = parties[Number(near)];
    if (pod === undefined || 'address' in pod) return false;
    const [old, next] = [before, after].map((policies) =>
      policies.filter(
        ({ metadata, spec }) =>
          metadata.namespace === pod.namespace &&
          spec.policyTypes?.some((each) => each === direction) &&
          selects(spec.podSelector ?? {}, pod.labels),
      ),
    ) as [NetworkPolicy[], NetworkPolicy[]];
    const speaking = [...old, ...next].filter(
      ({ spec }) => !selectsEverything(spec.podSelector ?? {}),
    );
    const subjects = new Set(speaking.map(({ metadata }) => metadata.name));
    if (subjects.size <= 1) return true;
    const selectors = new Set(speaking.map(({ spec }) => JSON.stringify(spec.podSelector)));
    const told = records.some(
      (record) =>
        record.kind === 'Workload' &&
        record.ref.namespace === pod.namespace &&
        speaking.every(({ spec }) => selects(spec.podSelector ?? {}, record.labels)),
    );
    return (told || selectors.size === 1) && old.length > 0 === next.length > 0;
  };
}

/** What a person needs to see why: who, what was live, what was written since, and what for. */
function tell(
  found: string,
  parties: readonly Party[],
  [live, goal]: readonly (readonly NetworkPolicy[])[],
  changes: readonly Change[],
): Error {
  const [, near, far] = found.split(' ').map(Number);
  const story = changes.map((change) => `${change.type} ${textsOf([policyOf(change)])}`);
  const lines = [found, ...[near, far].map((index) => JSON.stringify(parties[index ?? 0]))];
  lines.push('live:', ...textsOf(live ?? []), 'written:', ...story);
  return new Error([...lines, 'to become:', ...textsOf(goal ?? [])].join('\n'));
}

interface Changed {
  readonly before: TruthWorld;
  readonly records: readonly WorldRecord[];
}

/** A world in which nothing waits for somebody to confirm that a party may be cut off. */
function confirmed(world: TruthWorld): TruthWorld {
  const said = { [confirm]: 'would-break-party' };
  const meant = <R extends { readonly texts: Texts }>(record: R): R => ({
    ...record,
    texts: { ...record.texts, ...said },
  });
  const { namespaces, workloads } = world;
  return { ...world, namespaces: namespaces.map(meant), workloads: workloads.map(meant) };
}

/**
 * Two worlds with the same objects in part: each record of the second replaces one of the first.
 * Often a policy holds so few peers that it takes several.
 */
const changedWorlds: fc.Arbitrary<Changed> = fc
  .tuple(worlds(), worlds(), fc.infiniteStream(fc.boolean()), fc.constantFrom(2, 3, 5, 500))
  .map(([one, another, coins, peersPerPolicy]) => {
    const [world, other] = [confirmed(one), confirmed(another)];
    const before = { ...world, settings: { ...world.settings, peersPerPolicy } };
    const others = new Map(recordsOf(other).map((record) => [identityOf(record), record]));
    const records = recordsOf(before).flatMap((record) => {
      if (record.kind === 'NetworkPolicy') return [];
      const changed = others.get(identityOf(record));
      return coins.next().value === true ? [changed ?? record] : [record];
    });
    return { before, records };
  });

function partiesOf(...all: readonly TruthWorld[]): Party[] {
  const pods = all.flatMap((world) => probesOf(world).pods.map(({ owner: _, ...pod }) => pod));
  const outside = all.flatMap((world) => probesOf(world).addresses.slice(0, 6));
  const texts = new Map(pods.map((pod) => [JSON.stringify([pod.namespace, pod.labels]), pod]));
  return [
    ...[...texts.values()].map((pod, index) => ({ ...pod, name: `${index}` })),
    ...[...new Set(outside)].map((address) => ({ address })),
  ];
}

describe('After every single write', () => {
  test('each end allows at least what its old and new word allow, and at most what one of them does', () => {
    let written = 0;
    fc.assert(
      fc.property(changedWorlds, fc.nat(), ({ before, records }, seed) => {
        const choose = chooserOf(seed);
        const { settings } = before;
        const old = worldWith(recordsOf(before), [], settings);
        writeAll(old, choose);
        const live = liveIn(old);
        const goal = worldWith(records, live, settings);
        writeAll(goal, chooserOf(seed + 1));
        const namespaces = new Map(before.namespaces.map(({ name, labels }) => [name, labels]));
        const parties = partiesOf(before);
        const [from, to] = [old, goal].map((each) => endsOf(policiesOf(each), namespaces, parties));
        const claimed = claimFor(parties, records, policiesOf(old), policiesOf(goal));
        const world = worldWith(records, live, settings);
        const changes: Change[] = [];
        const histories: (readonly PolicyRecord[])[] = [];
        writeAll(world, choose, (change) => {
          changes.push(change);
          histories.push(liveIn(world));
          const now = endsOf(policiesOf(world), namespaces, parties);
          const found = violation(now, from as Ends, to as Ends, claimed);
          if (found === undefined) return;
          throw tell(found, parties, [policiesOf(old), policiesOf(goal)], changes);
        });
        written += changes.length;
        expect(textsOf(policiesOf(world))).toEqual(textsOf(policiesOf(goal)));
        // Crashed after any of these writes, and planned again from what is live: the same end.
        const crashed = histories[choose(Math.max(histories.length, 1))];
        if (crashed === undefined) return;
        const again = worldWith(records, crashed, settings);
        writeAll(again, chooserOf(seed + 2));
        expect(textsOf(policiesOf(again))).toEqual(textsOf(policiesOf(goal)));
      }),
      runsOf(runs / 5),
    );
    expect(written).toBeGreaterThan(runs);
  });
});
