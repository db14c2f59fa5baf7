import type { Entry, PartyName, PeerRef } from '../model/declaration.ts';
import { nameOfKind } from '../model/kinds.ts';
import { type LabelSelector, selects } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import type { ServiceRecord, WorkloadRecord } from '../model/records.ts';
import { addressesBut, internetPeer, isOutsideCluster } from './addresses.ts';
import { areTogether, meansNobody } from './environments.ts';
import { hostPeers } from './hosts.ts';
import { ownPortsOfAll } from './own-ports.ts';
import { peersOfParty, rulesTowardsParty } from './parties.ts';
import { type Peer, peersOfWorkload, podsIn, podsWhere, type Rule, rulesFor } from './rule.ts';
import { peersOfService, reachedBy } from './service.ts';
import { portsAsWritten, portsOfService, portsOfWorkload } from './target-ports.ts';
import { labelsOfNamespace, namespaceExists, type TruthWorld, type Voices } from './voices.ts';

/** For whom an entry is read. */
export interface Reading {
  readonly direction: Direction;
  /** The namespace in which the entry is written. */
  readonly namespace: string;
  /** The workloads whose own ports `accepts-from` names. */
  readonly own: readonly WorkloadRecord[];
}

/** A party of an entry, as the rows of the table "Ports" tell them apart. */
type Target =
  | { readonly row: 'service'; readonly service: ServiceRecord }
  | { readonly row: 'workload'; readonly workload: WorkloadRecord }
  | { readonly row: 'party'; readonly party: PartyName }
  | { readonly row: 'other'; readonly peer: Peer };

/** What an entry allows; nothing where a name, an address or a port gives no rule. */
export function rulesOfEntry(voices: Voices, entry: Entry, reading: Reading): Rule[] {
  const targets = findTargets(voices, entry.peer, reading);
  if (reading.direction === 'Egress') {
    return targets.flatMap((target) => rulesTowards(voices, entry, target));
  }
  const ports = ownPortsOfAll(voices.world, entry.ports, reading.own);
  return targets.flatMap((target) => rulesFor(peersOf(voices, target), ports));
}

function rulesTowards(voices: Voices, entry: Entry, target: Target): Rule[] {
  switch (target.row) {
    case 'service':
      return rulesTowardsService(voices, entry, target.service);
    case 'workload':
      return rulesTowardsWorkload(entry, target.workload);
    case 'party':
      return rulesTowardsParty(voices, target.party, entry.ports);
    case 'other':
      return rulesFor([target.peer], portsAsWritten(entry.ports));
  }
}

function rulesTowardsWorkload(entry: Entry, workload: WorkloadRecord): Rule[] {
  return rulesFor(peersOfWorkload(workload), portsOfWorkload(entry.ports, workload));
}

function rulesTowardsService({ world }: Voices, entry: Entry, service: ServiceRecord): Rule[] {
  const reached = reachedBy(world, service);
  const peers = peersOfService(world, service);
  if (service.ports.length > 0 || entry.ports.length > 0) {
    const named = reached.filter((workload) => peersOfWorkload(workload).length > 0);
    return rulesFor(peers, portsOfService(entry.ports, service, named));
  }
  return reached.length > 0
    ? reached.flatMap((workload) => rulesTowardsWorkload(entry, workload))
    : rulesFor(peers, 'all');
}

function peersOf(voices: Voices, target: Target): Peer[] {
  switch (target.row) {
    case 'service':
      return peersOfService(voices.world, target.service);
    case 'workload':
      return peersOfWorkload(target.workload);
    case 'party':
      return peersOfParty(voices, target.party);
    case 'other':
      return [target.peer];
  }
}

/** Whom an entry means ("Names", "Addresses"; "Parties", "Hosts" and "Environments" of 0010). */
function findTargets(voices: Voices, peer: PeerRef, reading: Reading): Target[] {
  switch (peer.type) {
    case 'name':
    case 'service':
    case 'workload':
    case 'namespace':
      return findInOneNamespace(voices, peer, reading);
    case 'party':
      return [{ row: 'party', party: peer.party }];
    case 'block':
    case 'internet':
    case 'host':
      return addressPeers(voices.world, peer).map(other);
    case 'namespaces':
    case 'pods': {
      const selector = peer.type === 'pods' ? peer.namespaceSelector : peer.selector;
      if (selector && meansNobody(voices, reading.namespace, selector)) return [];
      return [other(podsByLabels(voices, peer, reading.namespace))];
    }
    default:
      return [other(podsByLabels(voices, peer, reading.namespace))];
  }
}

/** An entry that means pods of one namespace; nothing where that is not together with the writer's. */
function findInOneNamespace(
  voices: Voices,
  peer: Extract<PeerRef, { type: 'name' | 'service' | 'workload' | 'namespace' }>,
  { namespace: own, direction }: Reading,
): Target[] {
  const home = peer.type === 'namespace' ? peer.name : (peer.namespace ?? own);
  if (!areTogether(voices, own, home)) return [];
  switch (peer.type) {
    case 'name':
      return findByName(voices, peer.name, home, direction);
    case 'service':
      return findServices(voices, peer.name, home);
    case 'workload':
      return findWorkloads(voices, peer.name, home).filter(
        ({ workload }) => nameOfKind(workload.ref.group, workload.ref.kind) === peer.kind,
      );
    case 'namespace':
      return namespaceExists(voices, home) ? [other(everyPodOf(home))] : [];
  }
}

function addressPeers(
  world: TruthWorld,
  peer: Extract<PeerRef, { type: 'block' | 'internet' | 'host' }>,
): Peer[] {
  switch (peer.type) {
    case 'internet':
      return [internetPeer(world)];
    case 'host':
      return hostPeers(world, peer.name);
    case 'block':
      return isOutsideCluster(world, peer.cidr, peer.except)
        ? [addressesBut(peer.cidr, peer.except)]
        : [];
  }
}

/** Pods that nobody is named by; wide ones only in namespaces together with the writer's. */
function podsByLabels(
  voices: Voices,
  peer: Extract<PeerRef, { type: 'pods' | 'namespaces' | 'own' | 'cluster' }>,
  own: string,
): Peer {
  switch (peer.type) {
    case 'own':
      return everyPodOf(own);
    case 'cluster':
      return podsOfNamespaces(voices, own, {}, {});
    case 'namespaces':
      return podsOfNamespaces(voices, own, peer.selector, {});
    case 'pods':
      return peer.namespaceSelector === undefined
        ? podsIn(own, peer.selector)
        : podsOfNamespaces(voices, own, peer.namespaceSelector, peer.selector);
  }
}

/** `talks-to`: the Service, else workloads. `accepts-from`: workloads, else the Service. */
function findByName(
  voices: Voices,
  name: string,
  namespace: string,
  direction: Direction,
): Target[] {
  const services = findServices(voices, name, namespace);
  const workloads = findWorkloads(voices, name, namespace);
  const [first, second] = direction === 'Egress' ? [services, workloads] : [workloads, services];
  return first.length > 0 ? first : second;
}

function findServices({ world }: Voices, name: string, namespace: string) {
  return world.services
    .filter((service) => service.namespace === namespace && service.name === name)
    .map((service) => ({ row: 'service', service }) as const);
}

function findWorkloads({ world }: Voices, name: string, namespace: string) {
  return world.workloads
    .filter(({ ref }) => ref.namespace === namespace && ref.name === name)
    .map((workload) => ({ row: 'workload', workload }) as const);
}

function podsOfNamespaces(
  voices: Voices,
  own: string,
  namespaces: LabelSelector,
  pods: LabelSelector,
): Peer {
  return podsWhere(
    (namespace, labels) =>
      selects(namespaces, labelsOfNamespace(voices, namespace)) &&
      selects(pods, labels) &&
      areTogether(voices, own, namespace),
  );
}

function other(peer: Peer): Target {
  return { row: 'other', peer };
}

function everyPodOf(name: string): Peer {
  return podsWhere((namespace) => namespace === name);
}
