import { compile } from '../compile/compile.ts';
import type { Finding } from '../model/finding.ts';
import type { Key } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import { type Change, policyOf } from '../plan/change.ts';
import { planKey } from '../plan/plan.ts';
import { everyKey } from '../world/every-key.ts';
import type { World } from '../world/world.ts';

/** What the operator would do to a cluster that does not change meanwhile. */
export interface Replay {
  /** Every single write, in an order in which the operator may make them. */
  readonly writes: readonly Change[];
  /** What was found in the end. */
  readonly findings: readonly Finding[];
  /** Keys that were still being written when it was given up: a bug, of which nothing follows. */
  readonly unsettled: readonly Key[];
}

/** Any order of writes takes a few rounds: create and update, default-denies, what goes then. */
const mostRounds = 12;

/**
 * Plays the operator on `world` until nothing is left to write: plans each key and puts the result
 * of every write into the world, **which is changed by it** and is in the end what the cluster
 * would be. Pods count as gone where a policy waits for them.
 */
export function replayPlan(world: World): Replay {
  const writes: Change[] = [];
  for (let round = 0; ; round++) {
    const findings: Finding[] = [];
    const written: Key[] = [];
    for (const key of everyKey(world)) {
      const compiled = compile(world, key);
      const plan = planKey(world, key, compiled.policies);
      findings.push(...compiled.findings, ...plan.findings);
      if (plan.changes.length > 0) written.push(key);
      for (const change of plan.changes) perform(world, change);
      writes.push(...plan.changes);
    }
    if (written.length === 0 || round === mostRounds) {
      return { writes, findings, unsettled: written };
    }
  }
}

/** The live policies of a world, anyone's. */
export function livePolicies(world: World): NetworkPolicy[] {
  return [...world.namespaces()].flatMap(([, { policies }]) =>
    [...policies.values()].map(({ policy }) => policy),
  );
}

function perform(world: World, change: Change): void {
  const policy = policyOf(change);
  const { namespace, name } = policy.metadata;
  const live = world.state(namespace)?.policies.get(name);
  const record: PolicyRecord = {
    ...{ kind: 'NetworkPolicy', uid: 'planned', resourceVersion: 'planned' },
    ...live,
    policy,
    applied: true,
  };
  if (change.type === 'delete') world.remove(record);
  else world.put(record);
}
