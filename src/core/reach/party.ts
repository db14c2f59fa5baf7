import type { Labels } from '../model/labels.ts';
import type { ContainerPort } from '../model/records.ts';

/** One end of a connection. */
export type Party = PodParty | AddressParty;

/** A pod, or any one pod of a template: what policies can see of it. */
export interface PodParty {
  readonly namespace: string;
  readonly labels: Labels;
  /** Declared ports of its containers and sidecars: what named ports of rules resolve to. */
  readonly ports?: readonly ContainerPort[];
  /** `status.podIPs`. Absent for a template: then no ipBlock matches it. */
  readonly addresses?: readonly string[];
  /** On the node's network: selectors do not see it, and to policies it is its addresses. */
  readonly hostNetwork?: boolean;
  /** Makes it one certain pod, which always reaches itself. A template has none: replicas differ. */
  readonly name?: string;
}

/** Anything that is not a pod. An address that belongs to a pod must be given as that pod. */
export interface AddressParty {
  readonly address: string;
}
