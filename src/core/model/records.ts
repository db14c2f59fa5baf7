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
  readonly uid: string;
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
  /** Its pods ask other DNS servers than the cluster's. */
  readonly dns?: OwnDns;
  /** It is NodeLocal DNSCache, and says that it listens at these addresses on every node. */
  readonly localDns?: readonly string[];
  readonly texts: Texts;
  readonly strays: readonly StrayKey[];
  /** Its template asks to be scraped by annotations. */
  readonly scrape?: Scrape;
  /** It is gone, its pods may not be: read back from its policy. */
  readonly draining?: true;
}

/** Whom pods with a `dnsPolicy` of their own ask for names. */
export interface OwnDns {
  /** In canonical form; absent: those of the node, which no object tells. */
  readonly servers?: readonly string[];
}

/** `prometheus.io/scrape: "true"`, with the number of `prometheus.io/port` where there is one. */
export interface Scrape {
  readonly port?: number;
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
  readonly uid: string;
  readonly labels: Labels;
  readonly selector: Labels | undefined;
  readonly headless: boolean;
  readonly external: boolean;
  /** ClusterIPs, v4 and v6; empty when headless, or in files that have none. */
  readonly clusterIPs: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly strays: readonly StrayKey[];
  /** It asks to be scraped by annotations. */
  readonly scrape?: Scrape;
}

/** An AppConnectivity resource as it was read: `spec` is raw until the intent stage parses it. */
export interface ResourceRecord {
  readonly kind: 'AppConnectivity';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
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
  /** What else a Node tells of. */
  readonly node?: NodeFacts;
  readonly refused?: Refused;
}

export interface NodeFacts {
  /** Its InternalIPs, in canonical form. */
  readonly addresses: readonly string[];
  /** It is labelled as one of the control plane. */
  readonly controlPlane: boolean;
  /** It is one of Google Kubernetes Engine. */
  readonly gke: boolean;
}

/** A part of an object that cannot be read, while the rest of it counts: where, and what is wrong. */
export interface Refused {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/** A Service with one of its ports, by number or by name, as an object elsewhere names it. */
export interface Backend {
  readonly namespace: string;
  readonly name: string;
  readonly port: number | string;
}

/** What brings requests from outside to Services: an Ingress, or a route of the Gateway API. */
export interface RouteRecord {
  readonly kind: 'Route';
  readonly ref: ObjectRef;
  /** The class of an Ingress; absent: the default class. */
  readonly className?: string;
  /** The Gateways that a route of the Gateway API attaches to. */
  readonly gateways: readonly { readonly namespace: string; readonly name: string }[];
  readonly backends: readonly Backend[];
  readonly refused?: Refused;
}

/** A Gateway (gateway.networking.k8s.io). */
export interface GatewayRecord {
  readonly kind: 'Gateway';
  readonly namespace: string;
  readonly name: string;
  readonly className: string;
}

/** An IngressClass or a GatewayClass. */
export interface ClassRecord {
  readonly kind: 'Class';
  readonly of: 'IngressClass' | 'GatewayClass';
  readonly name: string;
  /** `spec.controller`, or `spec.controllerName`. */
  readonly controller: string;
  /** The IngressClass of Ingresses that name none. */
  readonly isDefault: boolean;
}

/** A ReferenceGrant, as far as it is about Services. */
export interface GrantRecord {
  readonly kind: 'ReferenceGrant';
  readonly namespace: string;
  readonly name: string;
  readonly from: readonly {
    readonly group: string;
    readonly kind: string;
    readonly namespace: string;
  }[];
  /** Names of Services; `undefined` among them: all. */
  readonly to: readonly (string | undefined)[];
  readonly refused?: Refused;
}

/** A ServiceMonitor or a PodMonitor (monitoring.coreos.com). */
export interface MonitorRecord {
  readonly kind: 'Monitor';
  readonly ref: ObjectRef;
  /** Over the labels of Services, or of pods. */
  readonly selector: LabelSelector;
  readonly namespaces: 'own' | 'any' | readonly string[];
  readonly ports: readonly MonitorPort[];
  readonly refused?: Refused;
}

/** A port of a Service or container by its name, or a port of the pods by number or name. */
export type MonitorPort = { readonly name: string } | { readonly targetPort: number | string };

/** A Validating- or MutatingWebhookConfiguration: the Services that the API server calls. */
export interface WebhookRecord {
  readonly kind: 'Webhook';
  readonly ref: ObjectRef;
  readonly services: readonly Backend[];
  readonly refused?: Refused;
}

/** An EndpointSlice of `default/kubernetes`: where the API server is dialled. */
export interface ApiServerRecord {
  readonly kind: 'APIServer';
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ports: readonly { readonly port: number; readonly protocol: Protocol }[];
}

/**
 * Why no address of a host is known:
 *
 *   NXDOMAIN       there is no such name
 *   NoAddress      the name has no A and no AAAA records
 *   Timeout        no DNS server answered in time
 *   SERVFAIL       the server could not find out
 *   REFUSED        the server does not answer this name to us
 *   Unreachable    no DNS server could be reached
 *   BadAnswer      the answer made no sense
 *   TooManyNames   there are more names than are asked for
 */
export type HostProblem = (typeof hostProblems)[number];

export const hostProblems = [
  ...(['NXDOMAIN', 'NoAddress', 'Timeout', 'SERVFAIL', 'REFUSED', 'Unreachable'] as const),
  ...(['BadAnswer', 'TooManyNames'] as const),
] as const;

/** Addresses that the shell has learnt and keeps: of a host, or the API server's that are in grace. */
export interface AddressesRecord {
  readonly kind: 'Addresses';
  /** A DNS name, or `@kube-apiserver`. */
  readonly of: string;
  /** In canonical form, sorted; with those in grace. */
  readonly addresses: readonly string[];
  /** Until when those in grace stay (milliseconds since the epoch). */
  readonly until: Readonly<Record<string, number>>;
  /** Why there are none, where that is known. */
  readonly why?: HostProblem;
  /** There are more than are kept. */
  readonly full?: true;
  /** Of the API server: the ports that it had, where its slices tell of none any more. */
  readonly ports?: ApiServerRecord['ports'];
}

/** What is not in a namespace's own words, and tells who has to reach whom. */
export type OutsideRecord =
  | RouteRecord
  | GatewayRecord
  | ClassRecord
  | GrantRecord
  | MonitorRecord
  | WebhookRecord
  | ApiServerRecord
  | AddressesRecord;

/** A live NetworkPolicy, ours or foreign. */
export interface PolicyRecord {
  readonly kind: 'NetworkPolicy';
  readonly policy: NetworkPolicy;
  readonly uid: string;
  readonly resourceVersion: string;
  /** When it was made, as the API server writes it: of two the later is the greater text. */
  readonly created?: string;
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
  | PolicyRecord
  | OutsideRecord;
