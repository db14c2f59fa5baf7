import { type PolicyPort, protocols } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { ServiceRecord } from '../model/records.ts';
import {
  dnsLabels,
  dnsNamespace,
  dnsPortsOf,
  dnsServices,
  hasNodeLocalDns,
} from '../world/cluster-dns.ts';
import type { World } from '../world/world.ts';
import type { Target } from './entry.ts';
import { namespaceSelector, resolveService } from './peers.ts';
import { translate } from './ports.ts';

const port53: readonly PolicyPort[] = protocols
  .filter((protocol) => protocol !== 'SCTP')
  .map((protocol) => ({ protocol, port: 53 }));

/** Where NodeLocal DNSCache listens on every node (its manifest's default). */
const nodeLocalAddress = '169.254.20.10';
/** Where Cloud DNS for GKE answers on every node. */
const gkeAddress = '169.254.169.254';

/** The cluster's DNS as far as it is known; `services` is empty where only usual labels tell of it. */
export interface ClusterDns {
  readonly services: readonly ServiceRecord[];
  readonly isGke: boolean;
  readonly targets: readonly Target[];
}

/**
 * The cluster's DNS: the pods behind its Services on their own ports, its ClusterIPs (engines that look
 * before DNAT), and what answers on every node. Where nothing of it is found, the usual pods.
 */
export function findDns(world: World): ClusterDns {
  const services = dnsServices(world);
  const { isGke } = world.rangeSources;
  const targets = [
    ...services.flatMap((service) => through(world, service)),
    ...(services.length === 0 && !isGke ? [usual] : []),
    ...(hasNodeLocalDns(world) ? [block(nodeLocalAddress, port53)] : []),
    ...(isGke ? [block(gkeAddress, port53)] : []),
  ];
  return { services, isGke, targets };
}

const usual: Target = {
  peer: {
    podSelector: { matchLabels: dnsLabels },
    namespaceSelector: namespaceSelector(dnsNamespace),
  },
  namespace: dnsNamespace,
  ports: port53,
};

function through(world: World, service: ServiceRecord): Target[] {
  const state = world.state(service.namespace);
  const ports = dnsPortsOf(service);
  if (state === undefined || ports.length === 0) return [];
  const behind = resolveService(state, service, service.name).parties;
  const front = ports.map(({ port, protocol }) => ({ port, protocol }));
  return [
    ...behind.map((party) => ({ ...party, ports: ports.map(translate) })),
    ...service.clusterIPs.map((ip) => block(ip, front)),
  ];
}

function block(address: string, ports: readonly PolicyPort[]): Target {
  return { peer: { ipBlock: { cidr: blockOf(address) } }, ports };
}
