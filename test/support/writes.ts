import { compile } from '../../src/core/compile/compile.ts';
import { type Key, partsOf } from '../../src/core/model/identity.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../../src/core/model/records.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import { type Change, policyOf } from '../../src/core/plan/change.ts';
import { listUnwritten, planKey } from '../../src/core/plan/plan.ts';
import { everyKey } from '../../src/core/world/every-key.ts';
import { World } from '../../src/core/world/world.ts';

/** A live policy of ours. */
export function applied(policy: NetworkPolicy, version = 1): PolicyRecord {
  const { namespace, name } = policy.metadata;
  return {
    ...({ kind: 'NetworkPolicy', policy, applied: true } as const),
    ...{ uid: `${namespace}/${name}`, resourceVersion: `${version}` },
  };
}

/** The live policies of a world, by namespace and name. */
export function liveIn(world: World): PolicyRecord[] {
  const all = [...world.namespaces()].flatMap(([, { policies }]) => [...policies.values()]);
  return all.sort((a, b) => (pathOf(a.policy) < pathOf(b.policy) ? -1 : 1));
}

export function pathOf({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** A world of these records and live policies. */
export function worldWith(
  records: readonly WorldRecord[],
  live: readonly PolicyRecord[],
  settings: Settings,
): World {
  const world = new World(settings);
  world.load([...records, ...live]);
  return world;
}

/** Every change that may be made now, in the order of phases, as the operator would. */
export function changesNow(world: World): Change[] {
  return [...everyKey(world)].flatMap((key) => {
    const { kind, namespace } = partsOf(key);
    const { changes } = planKey(world, key, compile(world, key).policies);
    if (kind !== 'Namespace' || changes.length === 0) return changes;
    return listUnwritten(world, namespace).length > 0 ? [] : changes;
  });
}

/** The keys that have not what they want, policies apart that stay while pods drain. */
export function restless(world: World): Key[] {
  return [...everyKey(world)].filter((key) => {
    const { changes, held, more } = planKey(world, key, compile(world, key).policies);
    const draining = changes.every((each) => each.type === 'delete' && each.whenPodsAreGone);
    return held || more || !draining;
  });
}

/** Makes one change in the world, as the server would answer it. */
export function perform(world: World, change: Change): void {
  if (change.type === 'delete') world.remove(change.live);
  else world.put(applied(policyOf(change)));
}
