import type { ObjectRef } from './identity.ts';
import type { LabelSelector, Labels } from './labels.ts';
import type { NetworkPolicy, Protocol } from './policy.ts';

/** A containerPort of a pod template, of any of its containers. */
export interface ContainerPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** The `appconnectivity.dev/…` annotations of an object: full key to raw text. */
export type Texts = Readonly<Record<string, string>>;

/** Where stray `appconnectivity.dev/…` keys were seen although nothing reads them there. */
export interface StrayKey {
  readonly key: string;
  readonly path: readonly string[];
}

/** A namespace, trimmed to what the stages read. */
export interface NamespaceRecord {
  readonly kind: 'Namespace';
  readonly name: string;
  readonly labels: Labels;
  readonly texts: Texts;
  /** It is being deleted, and everything in it with it. */
  readonly terminating: boolean;
}

/** An object that makes pods. */
export interface WorkloadRecord {
  readonly kind: 'Workload';
  readonly ref: ObjectRef;
  readonly uid: string;
  /** `spec.selector` in canonical form; `{}` when the object has none. */
  readonly selector: LabelSelector;
  /** The labels of the pod template. */
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  readonly hostNetwork: boolean;
  readonly texts: Texts;
  readonly strays: readonly StrayKey[];
  /** It is gone, its pods may not be: read back from its policy. */
  readonly draining?: true;
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** A pod port number, or the name of a containerPort. */
  readonly targetPort: number | string;
}

/** A Service. `selector` is undefined when it has none (or is an ExternalName). */
export interface ServiceRecord {
  readonly kind: 'Service';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly selector: Labels | undefined;
  readonly headless: boolean;
  readonly external: boolean;
  /** ClusterIPs, v4 and v6; empty when headless, or in files that have none. */
  readonly clusterIPs: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly strays: readonly StrayKey[];
}

/** An AppConnectivity resource as it was read: `spec` is raw until the intent stage parses it. */
export interface ResourceRecord {
  readonly kind: 'AppConnectivity';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly spec: unknown;
  /** The live status, raw: read only to tell whether a new one differs. */
  readonly status: unknown;
}

/** Address ranges of the cluster that one object tells of: a Node's podCIDRs, a ServiceCIDR. */
export interface RangeRecord {
  readonly kind: 'ClusterRange';
  /** Kind and name of the object that tells of them, such as `Node/worker-1`. */
  readonly source: string;
  readonly ranges: readonly string[];
}

/** A live NetworkPolicy, ours or foreign. */
export interface PolicyRecord {
  readonly kind: 'NetworkPolicy';
  readonly policy: NetworkPolicy;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Whether our field manager has applied it (managedFields), whoever has edited it since. */
  readonly applied: boolean;
  /** Ours once, and brought back by a restore: nobody applies it, and its checksum is right. */
  readonly restored?: true;
  /** The accepted texts in it are as we wrote them: only then do they count. */
  readonly remembers?: true;
}

/** All that the world is made of. */
export type WorldRecord =
  | NamespaceRecord
  | WorkloadRecord
  | ServiceRecord
  | ResourceRecord
  | RangeRecord
  | PolicyRecord;
