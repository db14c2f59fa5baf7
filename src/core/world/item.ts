import { isDeepStrictEqual } from 'node:util';
import { readNamespace, readWorkload } from '../intent/annotations.ts';
import { readResource } from '../intent/resource.ts';
import { type Key, keyOf } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type {
  OutsideRecord,
  PolicyRecord,
  RangeRecord,
  ServiceRecord,
  WorldRecord,
} from '../model/records.ts';
import type { Language } from '../model/settings.ts';
import { lastOfNamespace, lastOfResource, lastOfWorkload, rememberedIn } from './last-accepted.ts';
import type { Namespace, NamespaceState, Resource, Source, Workload } from './namespace-state.ts';
import { isOutside } from './outside.ts';

/** A record with what its texts say: they are read when it comes in. */
export type Item =
  | { readonly kind: 'Workload'; readonly workload: Workload }
  | { readonly kind: 'AppConnectivity'; readonly resource: Resource }
  | { readonly kind: 'Namespace'; readonly object: Namespace }
  | ServiceRecord
  | PolicyRecord
  | RangeRecord
  | OutsideRecord;

/**
 * Reads a record's texts. Where one is invalid, what was accepted last stands in, as the policies
 * in `stateOf` its namespace remember it: the item is old as soon as those change.
 */
export function readItem(
  record: WorldRecord,
  language: Language,
  stateOf: (namespace: string) => NamespaceState | undefined,
): Item {
  switch (record.kind) {
    case 'Workload': {
      const last = lastOfWorkload(stateOf(record.ref.namespace), record);
      const intent = readWorkload(record, language, last);
      return { kind: 'Workload', workload: { key: keyOf(record.ref), record, intent } };
    }
    case 'AppConnectivity': {
      const last = lastOfResource(stateOf(record.namespace), record);
      const resource = { key: keyOf(record), record, intent: readResource(record, language, last) };
      return { kind: 'AppConnectivity', resource };
    }
    case 'Namespace': {
      const key = keyOf({ kind: 'Namespace', namespace: '', name: record.name });
      const last = lastOfNamespace(stateOf(record.name), record.name);
      const intent = readNamespace(record, language, last);
      return { kind: 'Namespace', object: { key, record, intent } };
    }
    default:
      return record;
  }
}

/** What an item says, where it has texts of its own. */
export function sourceIn(item: Item): Source | undefined {
  switch (item.kind) {
    case 'Workload':
      return item.workload;
    case 'AppConnectivity':
      return item.resource;
    case 'Namespace':
      return item.object;
    default:
      return undefined;
  }
}

/** The items with an invalid text of which this policy may remember something. */
export function* refusedIn(state: NamespaceState, policy: NetworkPolicy): Iterable<Item> {
  if (state.refused.size === 0) return;
  for (const key of rememberedIn(policy)) {
    const item = state.refused.has(key) ? itemOf(state, key) : undefined;
    if (item !== undefined) yield item;
  }
}

/** The item of this key, where it has texts of its own. */
function itemOf(state: NamespaceState, key: Key): Item | undefined {
  const workload = state.workloads.get(key);
  if (workload !== undefined) return { kind: 'Workload', workload };
  const resource = state.resources.get(key);
  if (resource !== undefined) return { kind: 'AppConnectivity', resource };
  const { object } = state;
  return object?.key === key ? { kind: 'Namespace', object } : undefined;
}

/** An item that belongs to a namespace, or is one. */
export type NamespacedItem = Exclude<Item, RangeRecord | OutsideRecord>;

export function isNamespaced(item: Item): item is NamespacedItem {
  return item.kind !== 'ClusterRange' && !isOutside(item);
}

/** The namespace that an item belongs to; a Namespace's is itself. */
export function namespaceOf(item: NamespacedItem): string {
  switch (item.kind) {
    case 'Workload':
      return item.workload.record.ref.namespace;
    case 'AppConnectivity':
      return item.resource.record.namespace;
    case 'Namespace':
      return item.object.record.name;
    case 'NetworkPolicy':
      return item.policy.metadata.namespace;
    case 'Service':
      return item.namespace;
  }
}

/** A new status says nothing to the stages: only whether it is the one that we would write. */
export function isOnlyStatus(
  old: Item | undefined,
  now: Item,
): now is Extract<Item, { kind: 'AppConnectivity' }> {
  if (old?.kind !== 'AppConnectivity' || now.kind !== 'AppConnectivity') return false;
  const [before, after] = [old.resource, now.resource];
  return before.record.uid === after.record.uid && isDeepStrictEqual(before.intent, after.intent);
}

/** Whether a workload stays what it was, and at most says something else. */
export function differInTexts(old: Item | undefined, now: Item | undefined): boolean {
  if (old?.kind !== 'Workload' || now?.kind !== 'Workload') return false;
  const { texts } = now.workload.record;
  return isDeepStrictEqual({ ...old.workload.record, texts }, now.workload.record);
}
