import { compile } from '../compile/compile.ts';
import type { EdgeState } from '../model/edge-state.ts';
import type { Key } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { isAudited, modeOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/** The policies that a key in audit would have if it were enforced; undefined where it is. */
export type WouldBe = (key: Key, namespace: string) => readonly NetworkPolicy[] | undefined;

/** Each key is compiled once, however many edges ask for it: for edges of one moment. */
export function wouldBeIn(world: World): WouldBe {
  const known = new Map<Key, readonly NetworkPolicy[] | undefined>();
  return (key, namespace) => {
    if (!known.has(key)) known.set(key, readWouldBe(world, key, namespace));
    return known.get(key);
  };
}

function readWouldBe(world: World, key: Key, namespace: string) {
  const state = world.state(namespace);
  const workload = state?.workloads.get(key);
  if (state === undefined) return undefined;
  const audited = workload === undefined ? modeOf(state) === 'audit' : isAudited(state, workload);
  return audited ? compile(world, key).wouldBe : undefined;
}

/** The state of an edge in audit: that it is not enforced, and what it would be. */
export function unenforced({ state, reason, share }: EdgeState): EdgeState {
  return { state: 'Unenforced', reason: { code: 'Audit', data: { state, reason } }, share };
}
