import type { Key } from '../model/identity.ts';
import { directions } from '../model/policy.ts';
import type { NamespaceState, Resource, Workload } from './namespace-state.ts';
import { nearlySelectedBy, runtimeOverlapsBy, runtimeOverlapsOf } from './runtime-overlaps.ts';
import { vetoOf } from './subjects.ts';

/**
 * The selector resources that may match pods of a workload at run time: both are told. And, where it
 * says none, those of which it silences a resource that speaks for it.
 */
export function addRuntimeOverlaps(
  state: NamespaceState,
  workload: Workload,
  keys: Set<Key>,
): void {
  for (const { resource } of runtimeOverlapsOf(state, workload)) keys.add(resource.key);
  for (const resource of state.resourcesSelecting(workload.record.labels)) {
    addLosingTemplate(state, resource, keys);
  }
  if (directions.every((direction) => vetoOf(state, workload, direction) === undefined)) return;
  for (const resource of state.resourcesAbout(workload))
    addSelectedAtRunTime(state, resource, keys);
}

/** The last template that a selector matches as a whole decides whether others are told of it. */
function addLosingTemplate(state: NamespaceState, resource: Resource, keys: Set<Key>): void {
  const { subject } = resource.intent;
  if (subject?.type !== 'selector' || state.matching(subject.selector).length > 1) return;
  keys.add(resource.key);
  for (const { workload } of nearlySelectedBy(state, resource)) keys.add(workload.key);
}

export function addSelectedAtRunTime(
  state: NamespaceState,
  resource: Resource,
  keys: Set<Key>,
): void {
  for (const { workload } of runtimeOverlapsBy(state, resource)) keys.add(workload.key);
}
