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
}

export const defaultSettings: Settings = {
  clusterDomain: 'cluster.local',
  clusterRanges: [],
  deny: { dns: false, self: false },
  peersPerPolicy: 500,
};
