import { type Key, partsOf } from '../model/identity.ts';
import type { NamespaceState } from './namespace-state.ts';
import { spokenFor } from './subjects.ts';
import type { World } from './world.ts';

/** Adds the subjects for which a writer speaks, and its own key when it has one. */
export function addWriterKeys(world: World, writer: Key, keys: Set<Key>): void {
  const { kind, namespace } = partsOf(writer);
  const state = world.state(namespace);
  if (state === undefined) return;
  if (kind === 'Namespace') addAll(state, keys);
  else if (kind === 'AppConnectivity') {
    keys.add(writer);
    const resource = state.resources.get(writer);
    if (resource === undefined) return;
    for (const { key } of spokenFor(state, resource)) keys.add(key);
  } else if (state.workloads.has(writer)) keys.add(writer);
}

/** Adds the keys of everything in a namespace. */
export function addAll(state: NamespaceState, keys: Set<Key>): void {
  for (const key of state.workloads.keys()) keys.add(key);
  for (const key of state.resources.keys()) keys.add(key);
  if (state.object !== undefined) keys.add(state.object.key);
}

export function addEverything(world: World, keys: Set<Key>): void {
  for (const key of world.keys()) keys.add(key);
}
