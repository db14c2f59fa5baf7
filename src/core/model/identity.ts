import { kindOfName, nameOfKind } from './kinds.ts';
import { identityAnnotation } from './names.ts';
import type { NetworkPolicy } from './policy.ts';

/** A namespaced (or, with namespace '', cluster-scoped) object, by group, kind and name. */
export interface ObjectRef {
  /** API group; '' for core/v1. */
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * What one compile answers for, and what one queue key names: a workload, a resource (its own
 * selector's policy and its status) or a namespace (its default-deny). The text form is
 * `Kind/namespace/name`, or `Namespace/name`; a kind outside Kubernetes has its group behind it.
 */
export type Key = string & { readonly __brand: 'Key' };

export const ourGroup = 'appconnectivity.dev';

/** The key of an object that is compiled on its own. Without a group the kind is as in keys. */
export function keyOf({ group = '', kind, namespace, name }: KeyParts): Key {
  const named = nameOfKind(group, kind);
  return (namespace === '' ? `${named}/${name}` : `${named}/${namespace}/${name}`) as Key;
}

type KeyParts = Omit<ObjectRef, 'group'> & Partial<Pick<ObjectRef, 'group'>>;

/** The object that a key names. */
export function refOf(key: Key): ObjectRef {
  const { kind, namespace, name } = partsOf(key);
  const named = kindOfName(kind);
  return { ...named, namespace: named.kind === 'Namespace' ? '' : namespace, name };
}

/** The parts of a key; `namespace` of a Namespace's key is its own name. */
export function partsOf(key: Key): { kind: string; namespace: string; name: string } {
  const first = key.indexOf('/');
  const last = key.indexOf('/', first + 1);
  const name = key.slice(Math.max(first, last) + 1);
  const namespace = last < 0 ? name : key.slice(first + 1, last);
  return { kind: key.slice(0, first), namespace, name };
}

/** The key for which a policy of ours was written, by its identity annotation (`Kind/name`). */
export function keyOfIdentity({ metadata }: NetworkPolicy): Key | undefined {
  const identity = metadata.annotations?.[identityAnnotation] ?? '';
  const [kind, name, more] = identity.split('/');
  if (!kind || !name || more !== undefined) return undefined;
  const namespace = kind === 'Namespace' ? '' : metadata.namespace;
  return kind === 'Namespace' && name !== metadata.namespace
    ? undefined
    : keyOf({ kind, namespace, name });
}
