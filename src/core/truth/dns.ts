import type { ServicePort, ServiceRecord } from '../model/records.ts';
import { addressesOf } from './addresses.ts';
import { isGke } from './nodes.ts';
import { type PodPort, podsIn, type Rule, rulesFor } from './rule.ts';
import { peersOfService } from './service.ts';
import { translated } from './target-ports.ts';
import type { TruthWorld } from './voices.ts';

/* "DNS" of 0002, with the profiles of "DNS" of 0010. */

const home = 'kube-system';
const openShiftHome = 'openshift-dns';
const nodeLocalAddress = '169.254.20.10';
const gkeAddress = '169.254.169.254';
const podLabels = { 'k8s-app': 'kube-dns' };
const port53: readonly PodPort[] = [
  { port: 53, protocol: 'UDP' },
  { port: 53, protocol: 'TCP' },
];

/** The allowance for DNS, the same for every egress word that takes it. */
export function dnsRules(world: TruthWorld): Rule[] {
  return [...dnsPodRules(world), ...dnsAddressRules(world)];
}

/** The part of it that is about pods. */
export function dnsPodRules(world: TruthWorld): Rule[] {
  const services = world.services.filter(isDnsService);
  return services.length === 0 && !isGke(world)
    ? rulesFor([podsIn(home, { matchLabels: podLabels })], port53)
    : services.flatMap((service) =>
        rulesFor(peersOfService(world, service), dnsPortsOf(service).map(translated)),
      );
}

function dnsAddressRules(world: TruthWorld): Rule[] {
  const ofServices = world.services.filter(isDnsService).flatMap((service) =>
    rulesFor(
      service.clusterIPs.map(addressesOf),
      dnsPortsOf(service).map(({ protocol }): PodPort => ({ port: 53, protocol })),
    ),
  );
  const found = [
    ...(hasNodeLocalCache(world) ? [nodeLocalAddress] : []),
    ...(isGke(world) ? [gkeAddress] : []),
  ];
  return [...ofServices, ...rulesFor(found.map(addressesOf), port53)];
}

function isDnsService({ namespace, name, labels, headless }: ServiceRecord): boolean {
  const called = name === 'kube-dns' || labels['k8s-app'] === 'kube-dns';
  const openShift = namespace === openShiftHome && name === 'dns-default';
  return ((namespace === home && called) || openShift) && !headless;
}

function dnsPortsOf({ ports }: ServiceRecord): ServicePort[] {
  return ports.filter(
    ({ port, protocol }) => port === 53 && (protocol === 'UDP' || protocol === 'TCP'),
  );
}

function hasNodeLocalCache({ workloads }: TruthWorld): boolean {
  return workloads.some(
    ({ ref }) =>
      ref.kind === 'DaemonSet' && ref.namespace === home && ref.name === 'node-local-dns',
  );
}
