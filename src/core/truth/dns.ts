import type { PortRef } from '../model/declaration.ts';
import type { ServicePort, ServiceRecord, WorkloadRecord } from '../model/records.ts';
import { addressesOf } from './addresses.ts';
import { isGke } from './nodes.ts';
import {
  type PodPort,
  peersOfWorkload,
  podsIn,
  type Rule,
  rulesFor,
  withProtocols,
} from './rule.ts';
import { peersOfService, reachedBy } from './service.ts';
import { dialledPorts, portsOfService, translated, untranslated } from './target-ports.ts';
import type { TruthWorld } from './voices.ts';

/* "DNS" of 0002, with the profiles of "DNS" of 0010. */

const home = 'kube-system';
const openShiftHome = 'openshift-dns';
const nodeLocalAddress = '169.254.20.10';
const gkeAddress = '169.254.169.254';
const usualPods = podsIn(home, { matchLabels: { 'k8s-app': 'kube-dns' } });
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
  return isGuessed(world)
    ? rulesFor([usualPods], port53)
    : world.services
        .filter(isDnsService)
        .flatMap((service) =>
          rulesFor(peersOfService(world, service), dnsPortsOf(service).map(translated)),
        );
}

/** Nothing tells where DNS is. */
function isGuessed(world: TruthWorld): boolean {
  return !world.services.some(isDnsService) && !isGke(world);
}

function dnsAddressRules(world: TruthWorld): Rule[] {
  const ofServices = world.services.filter(isDnsService).flatMap((service) =>
    rulesFor(
      service.clusterIPs.map(addressesOf),
      dnsPortsOf(service).map(({ protocol }): PodPort => ({ port: 53, protocol })),
    ),
  );
  return [...ofServices, ...rulesFor(addressesOnNodes(world).map(addressesOf), port53)];
}

function addressesOnNodes(world: TruthWorld): string[] {
  return [
    ...localCaches(world).flatMap(({ localDns = [nodeLocalAddress] }) => localDns),
    ...(isGke(world) ? [gkeAddress] : []),
  ];
}

/** The table of written ports of `@dns`; at least one is written. */
export function dnsRulesOn(world: TruthWorld, refs: readonly PortRef[]): Rule[] {
  const services = world.services.filter(
    (service) => isDnsService(service) && dnsPortsOf(service).length > 0,
  );
  const known = (ref: PortRef) =>
    services.some((service) => portsBehind(world, service, ref).length > 0);
  const strange = refs.filter((ref) => typeof ref.port === 'number' && !known(ref)).flatMap(onBoth);
  return [
    ...services.flatMap((service) => [
      ...rulesFor(peersOfService(world, service), [
        ...refs.flatMap((ref) => portsBehind(world, service, ref)),
        ...strange,
      ]),
      ...rulesFor(service.clusterIPs.map(addressesOf), [
        ...refs.flatMap((ref) => portsInFront(world, service, ref)),
        ...strange,
      ]),
    ]),
    ...(isGuessed(world) ? rulesFor([usualPods], refs.flatMap(onBoth)) : []),
    ...rulesFor(
      addressesOnNodes(world).map(addressesOf),
      refs.flatMap((ref) =>
        typeof ref.port === 'number'
          ? onBoth(ref)
          : services.flatMap((service) => frontPortsNamed(ref, service)),
      ),
    ),
  ];
}

/** What a port means behind one DNS Service, as for any Service. */
function portsBehind(world: TruthWorld, service: ServiceRecord, ref: PortRef): readonly PodPort[] {
  const ports = portsOfService([ref], service, declaringBehind(world, service));
  return ports === 'all' ? [] : ports;
}

function portsInFront(world: TruthWorld, service: ServiceRecord, ref: PortRef): PodPort[] {
  return dialledPorts(ref, service, declaringBehind(world, service)).map(untranslated);
}

function frontPortsNamed(ref: PortRef, { ports }: ServiceRecord): PodPort[] {
  return ports
    .filter(({ name, protocol }) => name === ref.port && protocol === (ref.protocol ?? protocol))
    .map(untranslated);
}

/** The workloads behind it that are peers: what the others declare is no port there. */
function declaringBehind(world: TruthWorld, service: ServiceRecord): WorkloadRecord[] {
  return reachedBy(world, service).filter((workload) => peersOfWorkload(workload).length > 0);
}

/** As it is written, over UDP and TCP unless a protocol is. */
function onBoth(ref: PortRef): readonly PodPort[] {
  return withProtocols(ref, ref.protocol === undefined ? ['UDP', 'TCP'] : [ref.protocol]);
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

/** By its usual name, or wherever it says itself that it listens. */
function localCaches({ workloads }: TruthWorld): WorkloadRecord[] {
  return workloads.filter(
    ({ ref, localDns }) =>
      localDns !== undefined ||
      (ref.kind === 'DaemonSet' && ref.namespace === home && ref.name === 'node-local-dns'),
  );
}
