import type { Entry, PeerRef } from '../model/declaration.ts';
import { nameOfKind } from '../model/kinds.ts';
import { type LabelSelector, selects } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import type { ServiceRecord, WorkloadRecord } from '../model/records.ts';
import { isInternet, isOutsideCluster, liesIn } from './addresses.ts';
import { ownPortsOfAll } from './own-ports.ts';
import {
  addressesWhere,
  type Peer,
  peersOfWorkload,
  podsIn,
  podsWhere,
  type Rule,
  rulesFor,
} from './rule.ts';
import { peersOfService, reachedBy } from './service.ts';
import { portsAsWritten, portsOfService, portsOfWorkload } from './target-ports.ts';
import { labelsOfNamespace, namespaceExists, type Voices } from './voices.ts';

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
    return rulesFor(peers, portsOfService(entry.ports, service, reached));
  }
  return reached.length > 0
    ? reached.flatMap((workload) => rulesTowardsWorkload(entry, workload))
    : rulesFor(peers, 'all');
}

function peersOf({ world }: Voices, target: Target): Peer[] {
  switch (target.row) {
    case 'service':
      return peersOfService(world, target.service);
    case 'workload':
      return peersOfWorkload(target.workload);
    case 'other':
      return [target.peer];
  }
}

/** Whom an entry means ("Names", "Addresses"). */
function findTargets(voices: Voices, peer: PeerRef, reading: Reading): Target[] {
  const { world } = voices;
  switch (peer.type) {
    case 'name':
      return findByName(voices, peer.name, peer.namespace ?? reading.namespace, reading.direction);
    case 'service':
      return findServices(voices, peer.name, peer.namespace ?? reading.namespace);
    case 'workload':
      return findWorkloads(voices, peer.name, peer.namespace ?? reading.namespace).filter(
        ({ workload }) => nameOfKind(workload.ref.group, workload.ref.kind) === peer.kind,
      );
    case 'pods':
      return [{ row: 'other', peer: findPods(voices, peer, reading.namespace) }];
    case 'namespace':
      return namespaceExists(voices, peer.name)
        ? [{ row: 'other', peer: everyPodOf(peer.name) }]
        : [];
    case 'namespaces':
      return [{ row: 'other', peer: podsOfNamespaces(voices, peer.selector, {}) }];
    case 'own':
      return [{ row: 'other', peer: everyPodOf(reading.namespace) }];
    case 'cluster':
      return [{ row: 'other', peer: podsWhere(() => true) }];
    case 'internet':
      return [{ row: 'other', peer: addressesWhere((address) => isInternet(world, address)) }];
    case 'host':
    case 'party':
      return [];
    case 'block':
      return isOutsideCluster(world, peer.cidr, peer.except)
        ? [{ row: 'other', peer: addressesOf(peer.cidr, peer.except) }]
        : [];
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

function findPods(
  voices: Voices,
  peer: Extract<PeerRef, { type: 'pods' }>,
  namespace: string,
): Peer {
  return peer.namespaceSelector === undefined
    ? podsIn(namespace, peer.selector)
    : podsOfNamespaces(voices, peer.namespaceSelector, peer.selector);
}

function podsOfNamespaces(voices: Voices, namespaces: LabelSelector, pods: LabelSelector): Peer {
  return podsWhere(
    (namespace, labels) =>
      selects(namespaces, labelsOfNamespace(voices, namespace)) && selects(pods, labels),
  );
}

function everyPodOf(name: string): Peer {
  return podsWhere((namespace) => namespace === name);
}

function addressesOf(block: string, except: readonly string[]): Peer {
  return addressesWhere(
    (address) => liesIn(address, block) && !except.some((inner) => liesIn(address, inner)),
  );
}
