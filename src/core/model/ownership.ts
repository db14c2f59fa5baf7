import { hash } from 'node:crypto';
import {
  acceptedAnnotation,
  addressesAnnotation,
  checksumAnnotation,
  identityAnnotation,
  portsAnnotation,
} from './names.ts';
import type { NetworkPolicy } from './policy.ts';
import type { PolicyRecord } from './records.ts';

/** Whether a live policy is ours to change: we have applied it, or a restore has brought it back. */
export function isOurs({ applied, restored }: PolicyRecord): boolean {
  return applied || restored === true;
}

/**
 * What the checksum annotation of a policy has to say: a hash of which policy it is, for whom, and
 * what it remembers. A copy under another name does not have it. Since it covers annotations that
 * may be absent, a policy that still has one of ours too many differs from the wanted one.
 */
export function checksumOf({ metadata }: NetworkPolicy): string {
  const { namespace, name, annotations = {} } = metadata;
  const kept = [identityAnnotation, acceptedAnnotation, portsAnnotation];
  const { [addressesAnnotation]: addresses } = annotations;
  const parts = [namespace, name, ...kept.map((key) => annotations[key] ?? '')];
  // Only where there are some, so that policies without any stay as they are written.
  if (addresses !== undefined) parts.push(addresses);
  return hash('sha256', JSON.stringify(parts)).slice(0, 16);
}

/** The policy with the checksum annotation that belongs to it. */
export function withChecksum(policy: NetworkPolicy): NetworkPolicy {
  const { metadata } = policy;
  const annotations = { ...metadata.annotations, [checksumAnnotation]: checksumOf(policy) };
  return { ...policy, metadata: { ...metadata, annotations } };
}
