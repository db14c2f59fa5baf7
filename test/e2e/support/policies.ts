import { compareText } from '../../../src/core/model/labels.ts';
import {
  attentionAnnotation,
  bridgeAnnotation,
  identityAnnotation,
} from '../../../src/core/model/names.ts';
import type { NetworkPolicy } from '../../../src/core/model/policy.ts';
import type { KubeClient, Scope } from '../../../src/kube/client.ts';
import type { RawObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';

/** A NetworkPolicy without what only the server adds, and which one it is. */
export interface LivePolicy extends NetworkPolicy {
  readonly uid: string;
  readonly resourceVersion: string;
}

export async function readPolicies(client: KubeClient, scope: Scope): Promise<LivePolicy[]> {
  const { items } = await client.list(resources.networkPolicies, scope);
  return items.map(readPolicy).sort((a, b) => compareText(pathOf(a), pathOf(b)));
}

/** Reads a policy as the server gave it; it leaves empty lists out, and they are put back. */
export function readPolicy(raw: RawObject): LivePolicy {
  const { name, namespace, labels, annotations, uid, resourceVersion } =
    raw.metadata as unknown as LivePolicy['metadata'] & { uid: string; resourceVersion: string };
  const spec = raw.spec as NetworkPolicy['spec'];
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: {
      ...{ name, namespace },
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    spec: { ...spec, ingress: spec.ingress ?? [], egress: spec.egress ?? [] },
    ...{ uid, resourceVersion },
  };
}

/** The policy as it was compiled: without its uid and version, and what was said on it afterwards. */
export function written({ apiVersion, kind, metadata, spec }: NetworkPolicy): NetworkPolicy {
  const { [attentionAnnotation]: _said, ...annotations } = metadata.annotations ?? {};
  return { apiVersion, kind, metadata: { ...metadata, annotations }, spec };
}

/** What the policy is for, such as `Deployment/cart`. */
export function identityOf({ metadata }: NetworkPolicy): string {
  return metadata.annotations?.[identityAnnotation] ?? '';
}

/** The policies by what they are for. */
export function byIdentity(policies: readonly LivePolicy[]): Map<string, LivePolicy> {
  return new Map(policies.map((policy) => [identityOf(policy), policy]));
}

/** What the policies are for, sorted. */
export function identities(policies: readonly NetworkPolicy[]): string[] {
  return policies.map(identityOf).sort();
}

/** Whether the policy allows all in some direction until its siblings are there. */
export function isBridge({ metadata }: NetworkPolicy): boolean {
  return metadata.annotations?.[bridgeAnnotation] !== undefined;
}

function pathOf({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.name}`;
}
