import { addressesOf } from './addresses.ts';
import { controlPlanePeers } from './nodes.ts';
import { type Peer, type PodPort, peersOfWorkload } from './rule.ts';
import type { TruthWorld } from './voices.ts';

/* "Parties" of 0010, the API server. */

const home = 'kube-system';
const ourName = '@kube-apiserver';

/** Where it is dialled: the endpoints of `default/kubernetes`, with those in grace. */
export function apiServerTargets({ outside }: TruthWorld): Peer[] {
  return outside
    .flatMap((record) => {
      if (record.kind === 'APIServer') return record.addresses;
      return record.kind === 'Addresses' && record.of === ourName ? record.addresses : [];
    })
    .map(addressesOf);
}

/** The ports of the slices, with their protocol; while those have none, the ones that they had. */
export function apiServerPorts({ outside }: TruthWorld): PodPort[] {
  const told = outside.flatMap((record) => (record.kind === 'APIServer' ? record.ports : []));
  if (told.length > 0) return told;
  return outside.flatMap((record) =>
    record.kind === 'Addresses' && record.of === ourName ? (record.ports ?? []) : [],
  );
}

/**
 * The ClusterIPs of `default/kubernetes`, on the ports of that Service; none unless endpoints and ports
 * of them are known.
 */
export function apiServerFront(world: TruthWorld): { peers: Peer[]; ports: PodPort[] } {
  const known = apiServerTargets(world).length > 0 && apiServerPorts(world).length > 0;
  const service = world.services.find(
    ({ namespace, name }) => namespace === 'default' && name === 'kubernetes',
  );
  if (!known || service === undefined) return { peers: [], ports: [] };
  const ports = service.ports.map(({ port, protocol }) => ({ port, protocol }));
  return { peers: service.clusterIPs.map(addressesOf), ports };
}

/** Where its requests come from: configured sources, the konnectivity agent, the control plane. */
export function apiServerSources(world: TruthWorld): Peer[] {
  const agents = world.workloads.filter(
    ({ ref, labels }) =>
      ref.namespace === home &&
      [labels['k8s-app'], labels.app].some((label) => label === 'konnectivity-agent'),
  );
  return [
    ...world.settings.parties.apiServerSources.map(addressesOf),
    ...agents.flatMap(peersOfWorkload),
    ...controlPlanePeers(world),
  ];
}
