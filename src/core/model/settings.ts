import { nothingDenied, type Switches } from './declaration.ts';
import { defaultKinds, type KindOfWorkload } from './kinds.ts';
import type { LabelSelector } from './labels.ts';
import type { Direction } from './policy.ts';

/** Whether policies are written, or only what they would be is told. */
export type Mode = 'enforce' | 'audit';

/** Namespaces that are default-deny without being labelled so, those that come later as well. */
export interface DenyRule {
  /** Over the labels of Namespaces; one without requirements means every namespace. */
  readonly selector: LabelSelector;
  readonly directions: readonly Direction[];
  /** A `floor` holds whatever a label says; a `default` holds where no label says anything. */
  readonly strength: 'floor' | 'default';
}

/** Pods of one namespace: a party of the cluster, as the configuration names it. */
export interface PartyPods {
  readonly namespace: string;
  /** Over the labels of pods; it requires something. */
  readonly selector: LabelSelector;
}

/** Pods through which requests from outside come in. */
export interface IngressPods extends PartyPods {
  /**
   * The controllers that they belong to, as IngressClasses (`spec.controller`) and GatewayClasses
   * (`spec.controllerName`) call them; absent: every one.
   */
  readonly controllers?: readonly string[];
}

/** Who the parties of `@ingress`, `@monitoring` and so on are; what is empty is not known. */
export interface PartySettings {
  readonly ingress: readonly IngressPods[];
  readonly monitoring: readonly PartyPods[];
  /** Blocks that requests of the API server come from, such as those to webhooks. */
  readonly apiServerSources: readonly string[];
  /** Blocks that requests of nodes come from, besides their InternalIPs: tunnel addresses. */
  readonly nodeSources: readonly string[];
}

/** Namespaces that are parts of one environment: those with the same value of a label. */
export interface EnvironmentSettings {
  /** The key of the label on Namespaces. */
  readonly label: string;
  /** Pairs of values between which entries may cross, in either direction. */
  readonly allowed: readonly (readonly [string, string])[];
  /** Namespaces that are part of every environment; they hold the parties of the cluster. */
  readonly sharedNamespaces: readonly string[];
}

/** What the texts of declarations are read by. */
export interface Language {
  /** The DNS domain of Services, for `cart.billing.svc.cluster.local`. */
  readonly clusterDomain: string;
  /** The kinds of workload. No two have the same `kind`, nor a word in common. */
  readonly workloadKinds: readonly KindOfWorkload[];
}

/** What the configuration tells the pure stages; the shell validates it once. */
export interface Settings extends Language {
  /** Address ranges of pods, Services and nodes, besides those that are found in the cluster. */
  readonly clusterRanges: readonly string[];
  /** Automatic allowances that are off in the whole cluster. */
  readonly deny: Switches;
  /** Peers, of both directions, beyond which a policy is split into shards. */
  readonly peersPerPolicy: number;
  /** The mode of namespaces that have no label of their own for it. */
  readonly mode: Mode;
  /** Which labels of Namespaces count. */
  readonly labels: { readonly mode: boolean };
  /** The operator's own namespace: never default-denied unless it is labelled itself. */
  readonly operatorNamespace: string;
  readonly defaultDeny: {
    readonly rules: readonly DenyRule[];
    /** Namespaces for which no rule counts. */
    readonly exclude: readonly string[];
  };
  readonly parties: PartySettings;
  /** Absent: there are no environments, and nothing is crossed. */
  readonly environments?: EnvironmentSettings;
}

export const defaultSettings: Settings = {
  clusterDomain: 'cluster.local',
  workloadKinds: defaultKinds,
  clusterRanges: [],
  deny: nothingDenied,
  peersPerPolicy: 500,
  mode: 'enforce',
  labels: { mode: true },
  operatorNamespace: 'appconnectivity-system',
  defaultDeny: { rules: [], exclude: [] },
  parties: { ingress: [], monitoring: [], apiServerSources: [], nodeSources: [] },
};
