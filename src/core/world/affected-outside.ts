import { isDeepStrictEqual } from 'node:util';
import type { PartyName } from '../model/declaration.ts';
import type { Key } from '../model/identity.ts';
import { selects } from '../model/labels.ts';
import type {
  Backend,
  MonitorRecord,
  NodeFacts,
  OutsideRecord,
  RangeRecord,
  RouteRecord,
  ServiceRecord,
} from '../model/records.ts';
import type { PartyPods } from '../model/settings.ts';
import type { NamespaceState, Workload } from './namespace-state.ts';
import { apiServer } from './outside.ts';
import { isAgent, isCilium } from './parties.ts';
import type { World } from './world.ts';
import { addEverything, addWriterKeys } from './writer-keys.ts';

/**
 * As `affectedBy`, for what stands beside the namespaces' own words:
 *
 *   changed            whose output depends on it
 *   route              the workloads behind its backends
 *   Gateway            those behind the routes through it
 *   class              those behind every route
 *   ReferenceGrant     those behind every route to a Service of its namespace
 *   monitor            the workloads that it matches, where it counts
 *   webhook            the workloads behind its Services
 *   API server         writers of @kube-apiserver
 *   learnt addresses   writers of that host, or of @kube-apiserver
 */
export function affectedByOutside(world: World, record: OutsideRecord, keys: Set<Key>): void {
  switch (record.kind) {
    case 'Route':
      addServices(world, record.backends, keys);
      break;
    case 'Gateway':
      addRoutes(world, world.outside.routesThrough(record), keys);
      break;
    case 'Class':
      addRoutes(world, world.outside.routes(), keys);
      break;
    case 'ReferenceGrant':
      addRoutedIn(world, record.namespace, keys);
      break;
    case 'Monitor':
      for (const [name, state] of world.namespaces()) {
        if (mayCount(record, name, state)) addMonitored(state, record, keys);
      }
      break;
    case 'Webhook':
      addServices(world, record.services, keys);
      break;
    case 'APIServer':
      addPartyWriters(world, 'KubeAPIServer', keys);
      break;
    case 'Addresses':
      if (record.of === apiServer) addPartyWriters(world, 'KubeAPIServer', keys);
      for (const writer of world.references.toHost(record.of)) addWriterKeys(world, writer, keys);
  }
}

/**
 * A Node that joins concerns those who name nodes; one of the control plane, those who name the API
 * server, and webhooks; the first and the last of Google's, everybody who talks DNS. Asked once the
 * world has changed.
 */
export function affectedByNode(
  world: World,
  old: RangeRecord | undefined,
  now: RangeRecord | undefined,
  wasGke: boolean,
  keys: Set<Key>,
): void {
  const [before, after] = [factsOf(old), factsOf(now)];
  if (!isDeepStrictEqual(before.addresses, after.addresses)) {
    addPartyWriters(world, 'Nodes', keys);
  }
  const served = (each: NodeFacts) => (each.controlPlane ? each.addresses : []);
  if (!isDeepStrictEqual(served(before), served(after))) {
    addPartyUsers(world, 'KubeAPIServer', keys);
  }
  if (wasGke !== world.rangeSources.isGke) addEverything(world, keys);
}

const noFacts: NodeFacts = { addresses: [], controlPlane: false, gke: false };

function factsOf(record: RangeRecord | undefined): NodeFacts {
  return record?.node ?? noFacts;
}

/** What a workload is to others without being named: a way of the API server, or the engine. */
export function affectedAsParty(world: World, workload: Workload, keys: Set<Key>): void {
  if (isAgent(workload)) addPartyUsers(world, 'KubeAPIServer', keys);
  if (!isCilium(workload)) return;
  addPartyUsers(world, 'KubeAPIServer', keys);
  addPartyWriters(world, 'Nodes', keys);
}

/** A namespace came to be, or is no more: the configured pods of it are a party only while it exists. */
export function affectedByExistence(world: World, namespace: string, keys: Set<Key>): void {
  for (const writer of world.references.toNamespace(namespace)) addWriterKeys(world, writer, keys);
  const { ingress, monitoring } = world.settings.parties;
  const lives = (pods: readonly PartyPods[]) => pods.some((each) => each.namespace === namespace);
  if (lives(ingress)) addPartyUsers(world, 'Ingress', keys);
  if (lives(monitoring)) addPartyUsers(world, 'Monitoring', keys);
}

/** Those whom a party may reach, or who may reach it: they name it, or an allowance is for it. */
export function addPartyUsers(world: World, party: PartyName, keys: Set<Key>): void {
  addPartyWriters(world, party, keys);
  if (party === 'Ingress') addRoutes(world, world.outside.routes(), keys);
  else if (party === 'KubeAPIServer') {
    for (const { services } of world.outside.webhooks()) addServices(world, services, keys);
  } else if (party === 'Monitoring') addScraped(world, keys);
}

function addScraped(world: World, keys: Set<Key>): void {
  for (const [, state] of world.namespaces()) {
    for (const { key, record } of state.workloads.values()) {
      if (record.scrape !== undefined) keys.add(key);
    }
    for (const service of state.services.values()) {
      if (service.scrape !== undefined) addReached(state, service, keys);
    }
    addMonitoredIn(world, state, keys);
  }
}

function addMonitoredIn(world: World, state: NamespaceState, keys: Set<Key>): void {
  const homes = new Set([state.name, ...(state.object?.intent.monitorsFrom ?? [])]);
  for (const home of homes) {
    for (const monitor of world.outside.monitorsOf(home)) addMonitored(state, monitor, keys);
  }
}

/** Those who name a party. */
export function addPartyWriters(world: World, party: PartyName, keys: Set<Key>): void {
  for (const writer of world.references.toParty(party)) addWriterKeys(world, writer, keys);
}

function addRoutes(world: World, routes: Iterable<RouteRecord>, keys: Set<Key>): void {
  for (const { backends } of routes) addServices(world, backends, keys);
}

/** Those behind the routes through Gateways of a namespace. */
export function addRoutedThrough(world: World, namespace: string, keys: Set<Key>): void {
  for (const gateway of world.outside.gatewaysIn(namespace)) {
    addRoutes(world, world.outside.routesThrough(gateway), keys);
  }
}

function addRoutedIn(world: World, namespace: string, keys: Set<Key>): void {
  for (const name of world.state(namespace)?.services.keys() ?? []) {
    const routes = world.outside.routesTo(namespace, name);
    if (routes.length > 0) addServices(world, [{ namespace, name }], keys);
  }
}

/** The workloads behind some Services. */
function addServices(
  world: World,
  services: readonly Pick<Backend, 'namespace' | 'name'>[],
  keys: Set<Key>,
): void {
  for (const { namespace, name } of services) {
    const state = world.state(namespace);
    const service = state?.services.get(name);
    if (state !== undefined && service !== undefined) addReached(state, service, keys);
  }
}

function addReached(state: NamespaceState, service: ServiceRecord, keys: Set<Key>): void {
  for (const { key } of state.reachedBy(service).workloads) keys.add(key);
}

/** Whether a monitor may count in a namespace: it lives there, or it was let in. */
function mayCount({ ref }: MonitorRecord, namespace: string, { object }: NamespaceState): boolean {
  return (
    ref.namespace === namespace || object?.intent.monitorsFrom.includes(ref.namespace) === true
  );
}

function addMonitored(state: NamespaceState, { ref, selector }: MonitorRecord, keys: Set<Key>) {
  if (ref.kind === 'PodMonitor') {
    for (const { key } of state.matching(selector)) keys.add(key);
    return;
  }
  for (const service of state.services.values()) {
    if (selects(selector, service.labels)) addReached(state, service, keys);
  }
}
