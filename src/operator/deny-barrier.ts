import { type Key, partsOf } from '../core/model/identity.ts';
import { listUnwritten } from '../core/plan/plan.ts';
import type { World } from '../core/world/world.ts';
import type { DenyAnswer } from './first-deny.ts';

/** A default-deny that waits: since when (clock milliseconds), and for whom. */
export interface DenyWait {
  readonly since: number;
  /** Keys that had a policy to be written when they were last looked at. */
  readonly unwritten: Set<Key>;
  /** That it may go in as far as its pods and the pace are concerned. */
  answer?: DenyAnswer;
}

/**
 * For whom a default-deny still has to wait: workloads and resources of its namespace whose
 * policies are not written (D after U), but for those that failed for good. Everyone is compiled when
 * the wait begins and before it ends; in between only those who were behind, until the first who still is.
 */
export function waitFor(
  world: World,
  namespace: string,
  wait: DenyWait,
  isGivenUp: (key: Key) => boolean,
): ReadonlySet<Key> {
  const { unwritten } = wait;
  for (const key of unwritten) {
    if (!isGivenUp(key) && isUnwritten(world, key)) return unwritten;
    unwritten.delete(key);
  }
  for (const key of listUnwritten(world, namespace)) {
    if (!isGivenUp(key)) unwritten.add(key);
  }
  return unwritten;
}

function isUnwritten(world: World, key: Key): boolean {
  return listUnwritten(world, partsOf(key).namespace, [key]).length > 0;
}
