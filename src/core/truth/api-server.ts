import type { PortRef } from '../model/declaration.ts';
import type { Protocol } from '../model/policy.ts';
import type { ServicePort } from '../model/records.ts';
import { addressesOf } from './addresses.ts';
import { controlPlanePeers } from './nodes.ts';
import { asWritten, covers, type Peer, type PodPort, peersOfWorkload } from './rule.ts';
import { untranslated } from './target-ports.ts';
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
 * The ClusterIPs of `default/kubernetes`, and the ports of that Service; none unless endpoints and ports
 * of them are known.
 */
export function apiServerFront(world: TruthWorld): {
  readonly peers: readonly Peer[];
  readonly ports: readonly ServicePort[];
} {
  const known = apiServerTargets(world).length > 0 && apiServerPorts(world).length > 0;
  const service = world.services.find(
    ({ namespace, name }) => namespace === 'default' && name === 'kubernetes',
  );
  if (!known || service === undefined) return { peers: [], ports: [] };
  return { peers: service.clusterIPs.map(addressesOf), ports: service.ports };
}

/** The table of written ports of `@kube-apiserver`, column endpoints. */
export function apiServerPort(world: TruthWorld, ref: PortRef): readonly PodPort[] {
  const dialled = servicePortsOf(world, ref);
  if (dialled.length > 0) return dialled.flatMap((port) => endpointPorts(world, port));
  const own = ownPortsOf(world, ref);
  return own.length > 0 ? own : asWritten(ref);
}

/** The same, column ClusterIPs. */
export function apiServerFrontPort(world: TruthWorld, ref: PortRef): readonly PodPort[] {
  const dialled = servicePortsOf(world, ref);
  if (dialled.length > 0) return dialled.map(untranslated);
  const own = ownPortsOf(world, ref);
  if (own.length === 0) return asWritten(ref);
  return apiServerFront(world)
    .ports.filter((served) => endpointPorts(world, served).some((port) => own.includes(port)))
    .map(untranslated);
}

/** The Service's ports of that number or in that range that lead somewhere. */
function servicePortsOf(world: TruthWorld, ref: PortRef): ServicePort[] {
  return apiServerFront(world).ports.filter(
    (port) => isOf(ref, port) && covers(ref, port.port) && endpointPorts(world, port).length > 0,
  );
}

/** Where a port of the Service leads: its targetPort if the slices have it, else theirs of its protocol. */
function endpointPorts(world: TruthWorld, { targetPort, protocol }: ServicePort): PodPort[] {
  const alike = apiServerPorts(world).filter((own) => own.protocol === protocol);
  const exact = alike.filter(({ port }) => port === targetPort);
  return exact.length > 0 ? exact : alike;
}

function ownPortsOf(world: TruthWorld, ref: PortRef): PodPort[] {
  return apiServerPorts(world).filter(
    (own) => isOf(ref, own) && typeof own.port === 'number' && covers(ref, own.port),
  );
}

function isOf(ref: PortRef, { protocol }: { readonly protocol: Protocol }): boolean {
  return ref.protocol === undefined || ref.protocol === protocol;
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
