import { type Key, keyOf } from '../core/model/identity.ts';
import { selectsEverything } from '../core/model/labels.ts';
import type { WorkloadRecord } from '../core/model/records.ts';
import { drainingRecords } from '../core/world/draining.ts';
import type { World } from '../core/world/world.ts';

/**
 * A workload is gone: its pods may still run, so it stays in the world as draining, a peer of those
 * who name it, until a list of its pods is empty. Gives the keys to look at again. What can be
 * nobody's peer, and what goes with its namespace, is just gone.
 */
export function leave(world: World, record: WorkloadRecord): ReadonlySet<Key> {
  const { namespace } = record.ref;
  const home = world.state(namespace)?.object?.record;
  const drains = home !== undefined && !home.terminating && !selectsEverything(record.selector);
  if (!drains || record.hostNetwork) return world.remove(record);
  return new Set([...world.put({ ...record, draining: true }), keyOf(record.ref)]);
}

/**
 * The workloads that were gone before the operator saw them: read back from their policies, which
 * remember what they said. For the start, before anything is compiled.
 */
export function recallDraining(world: World): void {
  for (const [, state] of world.namespaces()) {
    const gone = drainingRecords(state.policies.values());
    world.load(gone.filter(({ ref }) => !state.workloads.has(keyOf(ref))));
  }
}
