import { type Key, partsOf } from '../core/model/identity.ts';
import { listUnwritten } from '../core/plan/plan.ts';
import type { World } from '../core/world/world.ts';
import type { DenyAnswer } from './first-deny.ts';

/** A default-deny that waits: since when (clock milliseconds), and for whom. */
export interface DenyWait {
  readonly since: number;
  /** Keys that were not seen written yet, the one that it waits for first. */
  unwritten: Set<Key>;
  /** That it may go in as far as its pods and the pace are concerned. */
  answer?: DenyAnswer;
}

/** The wait of a default-deny that begins: for every workload and resource of its namespace. */
export function beginWait(world: World, namespace: string, now: number): DenyWait {
  const state = world.state(namespace);
  const all = state === undefined ? [] : [...state.workloads.keys(), ...state.resources.keys()];
  return { since: now, unwritten: new Set(all) };
}

/**
 * Whether a default-deny still waits for one of those that were not seen written (D after U), but for
 * those that failed for good. Asked again and again, so it looks no further than the first of them,
 * and at nobody twice: who has spoken meanwhile is found by `listUnwritten` before it goes in.
 */
export function isBehind(
  world: World,
  { unwritten }: DenyWait,
  isGivenUp: (key: Key) => boolean,
): boolean {
  for (const key of unwritten) {
    if (!isGivenUp(key) && isUnwritten(world, key)) return true;
    unwritten.delete(key);
  }
  return false;
}

function isUnwritten(world: World, key: Key): boolean {
  return listUnwritten(world, partsOf(key).namespace, [key]).length > 0;
}
