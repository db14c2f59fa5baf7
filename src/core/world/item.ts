import { readNamespace, readWorkload } from '../intent/annotations.ts';
import { readResource } from '../intent/resource.ts';
import { keyOf } from '../model/identity.ts';
import type { PolicyRecord, RangeRecord, ServiceRecord, WorldRecord } from '../model/records.ts';
import type { Namespace, Resource, Workload } from './namespace-state.ts';

/** A record with what its texts say: they are read once, when it comes in. */
export type Item =
  | { readonly kind: 'Workload'; readonly workload: Workload }
  | { readonly kind: 'AppConnectivity'; readonly resource: Resource }
  | { readonly kind: 'Namespace'; readonly object: Namespace }
  | ServiceRecord
  | PolicyRecord
  | RangeRecord;

export function readItem(record: WorldRecord, clusterDomain: string): Item {
  switch (record.kind) {
    case 'Workload': {
      const intent = readWorkload(record, clusterDomain);
      return { kind: 'Workload', workload: { key: keyOf(record.ref), record, intent } };
    }
    case 'AppConnectivity': {
      const resource = { key: keyOf(record), record, intent: readResource(record) };
      return { kind: 'AppConnectivity', resource };
    }
    case 'Namespace': {
      const key = keyOf({ kind: 'Namespace', namespace: '', name: record.name });
      const intent = readNamespace(record, clusterDomain);
      return { kind: 'Namespace', object: { key, record, intent } };
    }
    default:
      return record;
  }
}

/** The namespace that an item belongs to; a Namespace's is itself. */
export function namespaceOf(item: Exclude<Item, RangeRecord>): string {
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
