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

/** What the configuration tells the pure stages; the shell validates it once. */
export interface Settings {
  /** The DNS domain of Services, for `cart.billing.svc.cluster.local`. */
  readonly clusterDomain: string;
  /** Address ranges of pods, Services and nodes, besides those that are found in the cluster. */
  readonly clusterRanges: readonly string[];
  /** Automatic allowances that are off in the whole cluster. */
  readonly deny: { readonly dns: boolean; readonly self: boolean };
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
}

export const defaultSettings: Settings = {
  clusterDomain: 'cluster.local',
  clusterRanges: [],
  deny: { dns: false, self: false },
  peersPerPolicy: 500,
  mode: 'enforce',
  labels: { mode: true },
  operatorNamespace: 'appconnectivity-system',
  defaultDeny: { rules: [], exclude: [] },
};
