import { addressesOf } from './addresses.ts';
import type { Peer } from './rule.ts';
import type { TruthWorld } from './voices.ts';

/* "Parties" of 0010, what Nodes tell. */

/** The InternalIPs of all Nodes, and the node sources. */
export function nodePeers(world: TruthWorld): Peer[] {
  const found = world.ranges.flatMap(({ node }) => node?.addresses ?? []);
  return [...found, ...world.settings.parties.nodeSources].map(addressesOf);
}

/** The InternalIPs of Nodes of the control plane. */
export function controlPlanePeers(world: TruthWorld): Peer[] {
  return world.ranges
    .flatMap(({ node }) => (node?.controlPlane ? node.addresses : []))
    .map(addressesOf);
}

/** Whether a Node is one of Google Kubernetes Engine. */
export function isGke(world: TruthWorld): boolean {
  return world.ranges.some(({ node }) => node?.gke);
}
