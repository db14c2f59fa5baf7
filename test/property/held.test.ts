import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compile } from '../../src/core/compile/compile.ts';
import { isOurs } from '../../src/core/model/ownership.ts';
import {
  type Direction,
  directions,
  isExempt,
  type NetworkPolicy,
  rulesOf,
} from '../../src/core/model/policy.ts';
import { isCovered, isVersion6 } from '../../src/core/model/range.ts';
import type { PolicyRecord, RangeRecord, WorldRecord } from '../../src/core/model/records.ts';
import { alsoThroughNat64 } from '../../src/core/model/reserved.ts';
import { isBridge } from '../../src/core/plan/bridge.ts';
import { isLoss, policyOf } from '../../src/core/plan/change.ts';
import { admitsEveryone, keepsAllIn, rulesIn } from '../../src/core/plan/grants.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import { asDeclared } from '../../src/core/plan/internet.ts';
import { planKey } from '../../src/core/plan/plan.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { everyKey } from '../../src/core/world/every-key.ts';
import type { World } from '../../src/core/world/world.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { identityOf, recordsOf, worlds } from '../support/worlds.ts';
import { applied, liveIn, pathOf, perform, worldWith } from '../support/writes.ts';

const hold = { losses: true };

/** Nodes with pods outside of private ranges, one inside of another one's. */
const node: fc.Arbitrary<RangeRecord> = fc
  .record({
    name: fc.constantFrom('one', 'two', 'three'),
    ranges: fc.subarray(
      ['198.51.100.0/25', '198.51.100.0/24', '203.0.113.128/25', '2001:db8:1::/64'],
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(({ name, ranges }) => ({ kind: 'ClusterRange', source: `Node/${name}`, ranges }));
const nodes = fc.uniqueArray(node, { maxLength: 3, selector: ({ source }) => source });

/** Two worlds with the same objects in part, and Nodes of their own. */
const changes = fc.record({
  before: worlds(),
  after: worlds(),
  coins: fc.infiniteStream(fc.boolean()),
  nodes: fc.tuple(nodes, nodes),
});

const notOurs = ({ kind }: WorldRecord) => kind !== 'NetworkPolicy' && kind !== 'ClusterRange';

function mixed(before: TruthWorld, after: TruthWorld, coins: Iterator<boolean>): WorldRecord[] {
  const others = new Map(recordsOf(after).map((record) => [identityOf(record), record]));
  const all = recordsOf(before).filter(notOurs);
  return all.map((record) =>
    coins.next().value ? (others.get(identityOf(record)) ?? record) : record,
  );
}

/** Everything that may be written while nothing may be lost; gives what is live then. */
function writeHeld(world: World): readonly PolicyRecord[] {
  for (let round = 0; round < 20; round++) {
    const planned = [...everyKey(world)].flatMap(
      (key) => planKey(world, key, compile(world, key).policies, hold).changes,
    );
    if (planned.length === 0) return liveIn(world).filter(isOurs);
    for (const change of planned) {
      expect(isLoss(change)).toBe(false);
      expect(findAllowAll(policyOf(change))).toBeUndefined();
      perform(world, change);
    }
  }
  throw new Error('the writes do not come to an end');
}

/** Whether one policy lets through what the other declares. */
function keeps(declared: NetworkPolicy, kept: NetworkPolicy): boolean {
  return directions.every(
    (each) => isOpen(kept, each) || keepsAllIn(asDeclared(declared), asDeclared(kept), each),
  );
}

/** Whether it lets everything through on purpose: as a bridge, or for a workload in audit. */
function isOpen(policy: NetworkPolicy, direction: Direction): boolean {
  const isExemption = isExempt(policy) && rulesIn(policy, direction).some(admitsEveryone);
  return isBridge(policy, direction) || isExemption;
}

function blocksOf(policy: NetworkPolicy) {
  const blocks = rulesOf(policy).flatMap(({ peers }) =>
    peers.flatMap(({ ipBlock }) => ipBlock ?? []),
  );
  return blocks.filter(({ cidr }) => cidr.endsWith('/0'));
}

describe('While nothing may be lost', () => {
  test(
    'every policy keeps what was declared, and lets nobody reach the cluster’s own ranges as @internet',
    () => {
      let narrowed = 0;
      fc.assert(
        fc.property(changes, ({ before, after, coins, nodes: [old, now] }) => {
          const { settings } = before;
          const first = worldWith([...recordsOf(before).filter(notOurs), ...old], [], settings);
          const live = [...first.keys()].flatMap((key) => compile(first, key).policies);
          const records = [...mixed(before, after, coins), ...now];
          const world = worldWith(
            records,
            live.map((policy) => applied(policy)),
            settings,
          );
          const left = new Map(writeHeld(world).map(({ policy }) => [pathOf(policy), policy]));
          for (const policy of live) {
            const kept = left.get(pathOf(policy));
            expect(kept !== undefined && keeps(policy, kept)).toBe(true);
          }
          for (const { cidr, except = [] } of [...left.values()].flatMap(blocksOf)) {
            const own = alsoThroughNat64(world.clusterRanges).filter(
              (each) => isVersion6(each) === isVersion6(cidr),
            );
            for (const range of own)
              expect([range, isCovered(range, except)]).toEqual([range, true]);
            narrowed += own.length;
          }
        }),
        runsOf(runs / 5),
      );
      expect(narrowed).toBeGreaterThan(runs / 20);
    },
    timeFor(runs / 5),
  );
});
