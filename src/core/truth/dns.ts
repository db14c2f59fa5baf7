import type { ServicePort, ServiceRecord } from '../model/records.ts';
import { liesIn } from './addresses.ts';
import { addressesWhere, type PodPort, podsIn, type Rule, rulesFor } from './rule.ts';
import { peersOfService } from './service.ts';
import { translated } from './target-ports.ts';
import type { TruthWorld } from './voices.ts';

const home = 'kube-system';
const nodeLocalAddress = '169.254.20.10';
const podLabels = { 'k8s-app': 'kube-dns' };
const port53: readonly PodPort[] = [
  { port: 53, protocol: 'UDP' },
  { port: 53, protocol: 'TCP' },
];

/** The allowance for DNS ("DNS"), the same for every egress word that takes it. */
export function dnsRules(world: TruthWorld): Rule[] {
  const services = world.services.filter(isDnsService);
  const rules = services.flatMap((service) => rulesOfDnsService(world, service));
  if (services.length === 0) {
    rules.push(...rulesFor([podsIn(home, { matchLabels: podLabels })], port53));
  }
  if (hasNodeLocalCache(world)) rules.push(...rulesFor([address(nodeLocalAddress)], port53));
  return rules;
}

function isDnsService({ namespace, name, labels, headless }: ServiceRecord): boolean {
  const called = name === 'kube-dns' || labels['k8s-app'] === 'kube-dns';
  return namespace === home && called && !headless;
}

function rulesOfDnsService(world: TruthWorld, service: ServiceRecord): Rule[] {
  const ports = service.ports.filter(isDnsPort);
  const onService = ports.map(({ protocol }): PodPort => ({ port: 53, protocol }));
  return [
    ...rulesFor(peersOfService(world, service), ports.map(translated)),
    ...rulesFor(service.clusterIPs.map(address), onService),
  ];
}

function isDnsPort({ port, protocol }: ServicePort): boolean {
  return port === 53 && (protocol === 'UDP' || protocol === 'TCP');
}

function hasNodeLocalCache({ workloads }: TruthWorld): boolean {
  return workloads.some(
    ({ ref }) =>
      ref.kind === 'DaemonSet' && ref.namespace === home && ref.name === 'node-local-dns',
  );
}

function address(one: string) {
  return addressesWhere((other) => liesIn(other, one));
}
