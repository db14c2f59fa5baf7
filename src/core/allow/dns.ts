import type { PolicyPort } from '../model/policy.ts';
import { isVersion6 } from '../model/range.ts';
import type { ServiceRecord } from '../model/records.ts';
import type { Target } from '../resolve/entry.ts';
import { namespaceSelector, type Party, resolveService } from '../resolve/peers.ts';
import { translate } from '../resolve/ports.ts';
import { dnsLabels, dnsNamespace, dnsServices, hasNodeLocalDns } from '../world/cluster-dns.ts';
import type { World } from '../world/world.ts';

const port53: readonly PolicyPort[] = [
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
];

/** Where NodeLocal DNSCache listens on every node (its manifest's default). */
const nodeLocalAddress = '169.254.20.10/32';

export interface DnsAllowance {
  readonly targets: readonly Target[];
  /** No DNS Service is known, so that the usual labels were taken; or nobody is reached through it. */
  readonly problem?: 'DNSServiceNotFound' | 'DNSNotCovered';
}

/**
 * Whom an app must reach to resolve names: the pods behind the cluster's DNS Service on their own
 * ports, its ClusterIP (engines that look before DNAT), and NodeLocal DNSCache where it runs.
 */
export function allowDns(world: World): DnsAllowance {
  const services = dnsServices(world);
  const local = hasNodeLocalDns(world) ? [block(nodeLocalAddress, port53)] : [];
  if (services.length > 0) {
    const targets = [...services.flatMap((service) => through(world, service)), ...local];
    const covered = local.length > 0 || targets.some(({ peer }) => peer.ipBlock === undefined);
    return { targets, ...(!covered && { problem: 'DNSNotCovered' }) };
  }
  const usual: Target = {
    peer: {
      podSelector: { matchLabels: dnsLabels },
      namespaceSelector: namespaceSelector(dnsNamespace),
    },
    namespace: dnsNamespace,
    ports: port53,
  };
  return { targets: [usual, ...local], problem: 'DNSServiceNotFound' };
}

function through(world: World, service: ServiceRecord): Target[] {
  const state = world.state(dnsNamespace);
  const ports = service.ports.filter(({ port, protocol }) => port === 53 && protocol !== 'SCTP');
  if (state === undefined || ports.length === 0) return [];
  const behind: readonly Party[] = resolveService(state, service, service.name).parties;
  const front = ports.map(({ port, protocol }) => ({ port, protocol }));
  return [
    ...behind.map((party) => ({ ...party, ports: ports.map(translate) })),
    ...service.clusterIPs.map((ip) => block(isVersion6(ip) ? `${ip}/128` : `${ip}/32`, front)),
  ];
}

function block(cidr: string, ports: readonly PolicyPort[]): Target {
  return { peer: { ipBlock: { cidr } }, ports };
}
