import { internal } from '../model/reserved.ts';
import { addressesOf, clusterRangesOf, leadingInto, spanOf } from './addresses.ts';
import type { Peer } from './rule.ts';
import type { TruthWorld } from './voices.ts';

/* "Hosts" of 0010. */

/** The addresses that are known of a name, without internal ones and the cluster's own. */
export function hostPeers(world: TruthWorld, name: string): Peer[] {
  const leadsInto = leadingInto([...internal, ...clusterRangesOf(world)]);
  return world.outside
    .flatMap((record) =>
      record.kind === 'Addresses' && record.of === name ? record.addresses : [],
    )
    .filter((address) => !leadsInto(spanOf(address)))
    .map(addressesOf);
}
