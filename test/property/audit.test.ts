import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type Compiled, compileAll } from '../../src/core/compile/compile.ts';
import { mode } from '../../src/core/intent/keys.ts';
import { judgeEdge } from '../../src/core/judge/judge.ts';
import type { EdgeState } from '../../src/core/model/edge-state.ts';
import { type Key, keyOf } from '../../src/core/model/identity.ts';
import { isExempt } from '../../src/core/model/policy.ts';
import type { WorkloadRecord, WorldRecord } from '../../src/core/model/records.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { World } from '../../src/core/world/world.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

/** A workload of the world with or without its own audit, and everything compiled. */
function withMode(world: TruthWorld, victim: WorkloadRecord, audits: boolean) {
  const { [mode]: _, ...texts } = victim.texts;
  const changed = { ...victim, texts: audits ? { ...texts, [mode]: 'audit' } : texts };
  const records = recordsOf(world).map((each) => (each === victim ? changed : each));
  const built = new World(world.settings);
  built.load(records as WorldRecord[]);
  const compiled = new Map(compileAll(built).map((each) => [each.key, each]));
  return { built, compiled };
}

/** The states of a workload's own edges, where all that was compiled is live. */
function statesOf({ built, compiled }: ReturnType<typeof withMode>, key: Key): EdgeState[] {
  for (const { policies } of compiled.values()) {
    for (const policy of policies) {
      built.put({ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1', applied: true });
    }
  }
  return (compiled.get(key)?.edges ?? []).map((edge) => judgeEdge(built, edge));
}

const anyWorkload = (world: TruthWorld, pick: number) =>
  world.workloads[pick % world.workloads.length];

const policiesOf = (all: ReadonlyMap<Key, Compiled>, without: Key) =>
  [...all.values()].filter(({ key }) => key !== without).map(({ policies }) => policies);

describe('The audit of one workload', () => {
  test('changes nobody else’s policies, and only its own can allow everything', () => {
    fc.assert(
      fc.property(worlds(), fc.nat(), (world, pick) => {
        const victim = anyWorkload(world, pick);
        if (victim === undefined) return;
        const key = keyOf(victim.ref);
        const { compiled: audited } = withMode(world, victim, true);
        const { compiled: enforced } = withMode(world, victim, false);
        const others = (all: typeof audited) =>
          policiesOf(all, key).map((some) => some.filter((policy) => !isExempt(policy)));
        // Another one's audit may begin to count, since its pods are no longer in force.
        for (const [index, some] of others(audited).entries()) {
          for (const policy of some) expect(others(enforced)[index]).toContainEqual(policy);
        }
        for (const { policies } of audited.values()) {
          for (const policy of policies) expect(findAllowAll(policy)).toBeUndefined();
        }
      }),
      runsOf(runs / 2),
    );
  });

  test('tells what would be: its policies and the states of its edges once it is enforced', () => {
    let told = 0;
    fc.assert(
      fc.property(worlds(), fc.nat(), (world, pick) => {
        const victim = anyWorkload(world, pick);
        if (victim === undefined) return;
        const key = keyOf(victim.ref);
        const audited = withMode(world, victim, true);
        const enforced = withMode(world, victim, false);
        const was = audited.compiled.get(key);
        const is = enforced.compiled.get(key);
        const alone = world.workloads.every(({ texts }) => texts[mode] === undefined);
        if (is === undefined || is.policies.length === 0 || !alone) return;
        if (was === undefined || was.wouldBe.length === 0) return;
        expect(was.wouldBe).toEqual(is.policies);
        const would = statesOf(audited, key).map(({ state, reason, share }) => {
          expect(state).toBe('Unenforced');
          if (reason.code !== 'Audit') throw new Error(`not in audit: ${reason.code}`);
          return { ...reason.data, share };
        });
        expect(would).toEqual(statesOf(enforced, key));
        told += would.length;
      }),
      runsOf(runs),
    );
    expect(told).toBeGreaterThan(runs / 10);
  });
});
