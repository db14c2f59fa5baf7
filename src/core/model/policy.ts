import type { LabelSelector } from './labels.ts';
import { exemptAnnotation, exemptReason } from './names.ts';

export type Direction = 'Ingress' | 'Egress';

/** Both directions, in the order in which Kubernetes writes `policyTypes`. */
export const directions: readonly Direction[] = ['Ingress', 'Egress'];

/** The direction of the other end of the same flow. */
export function opposite(direction: Direction): Direction {
  return direction === 'Ingress' ? 'Egress' : 'Ingress';
}

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export const protocols: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/**
 * A NetworkPolicyPort (networking/v1). An absent `port` means every port of the protocol; a
 * string is the name of a containerPort of the destination pod; `endPort` only with a number.
 */
export interface PolicyPort {
  readonly protocol?: Protocol;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** A NetworkPolicyPeer (networking/v1): selectors, or a block, never both. */
export interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** An absent or empty list in a rule means "any": the reason for the guard before every write. */
export interface IngressRule {
  readonly from?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
}

export interface EgressRule {
  readonly to?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
}

export interface PolicySpec {
  /** Absent means every pod, as `{}` does (networking/v1). */
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly Direction[];
  readonly ingress?: readonly IngressRule[];
  readonly egress?: readonly EgressRule[];
}

/** A networking.k8s.io/v1 NetworkPolicy, anyone's, trimmed to what a stage reads. */
export interface NetworkPolicy {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'NetworkPolicy';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: PolicySpec;
}

/** Whether a policy allows everything on purpose: for pods in audit that another one isolates. */
export function isExempt({ metadata }: NetworkPolicy): boolean {
  return metadata.annotations?.[exemptAnnotation] === exemptReason;
}

/** `namespace/name`, as messages and logs name a policy. */
export function nameOfPolicy({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The rules of both directions as they are written, whether the policy isolates in them or not. */
export function rulesOf({ spec }: NetworkPolicy): {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[];
}[] {
  return [
    ...(spec.ingress ?? []).map(({ from, ports }) => ({ peers: from ?? [], ports: ports ?? [] })),
    ...(spec.egress ?? []).map(({ to, ports }) => ({ peers: to ?? [], ports: ports ?? [] })),
  ];
}
