import type { Declaration, Entry } from '../model/declaration.ts';
import { type Key, keyOf, keyOfIdentity, partsOf } from '../model/identity.ts';
import { selectsEverything } from '../model/labels.ts';
import { policyPrefix } from '../model/names.ts';
import { isOurs } from '../model/ownership.ts';
import { type Direction, opposite } from '../model/policy.ts';
import type { PolicyRecord, ServiceRecord } from '../model/records.ts';
import {
  addPartyWriters,
  addRoutedThrough,
  affectedAsParty,
  affectedByOutside,
} from './affected-outside.ts';
import { addRuntimeOverlaps, addSelectedAtRunTime } from './affected-run-time.ts';
import { isDnsService, isNodeLocalDns } from './cluster-dns.ts';
import type { Item } from './item.ts';
import { judgedWithPolicy } from './judged.ts';
import { leftBehindBy } from './left-behind.ts';
import type { NamespaceState, Resource, Workload } from './namespace-state.ts';
import { isApiServerFront } from './parties.ts';
import { mayBePods, namedBy } from './references.ts';
import { declarationsOf, mayBeIsolated, modeLabel, spokenFor } from './subjects.ts';
import type { World } from './world.ts';
import { addAll, addEverything, addWriterKeys } from './writer-keys.ts';

/**
 * Adds the keys whose output may depend on `item` in the world as it is now. The item itself need
 * not be in it: a change asks before and after, of the old item and of the new one, and the
 * four answers together cover every key whose output differs. Too many keys cost time; one too few
 * is a stale firewall, so every case below errs to the wide side, and a property test holds
 * incremental output equal to compiling everything.
 *
 *   changed      whose output depends on it
 *   workload     itself; writers of its name or of a Service that reaches it; workloads and
 *                resources whose labels or selectors overlap with it; those that it names;
 *                those in audit that select it, or that have a policy that does; resources that
 *                select its pods by labels of run time
 *    - its texts the same without the writers (`affectedByTexts`)
 *   Service      writers of its name; the workloads behind it (their own ports), those that they
 *                name; all that talk DNS, if it is the cluster's; writers of @kube-apiserver, if it is
 *                in front of that
 *   resource     its subjects and those that they name; resources that overlap (vetoes, switches);
 *                workloads whose pods it selects by labels of run time
 *   Namespace    everything in it; writers of entries into it; with environments, those behind routes
 *                through its Gateways
 *   policy       the key that it was written for; if it is not ours, the edges that it may stop; if
 *                it was left behind, whose pods it selects; everything in its namespace, where it is
 *                the memory of a label without a value
 *   the rest     see `affectedByOutside`
 */
export function affectedBy(world: World, item: Item, keys: Set<Key>): void {
  switch (item.kind) {
    case 'Workload':
      affectedByWorkload(world, item.workload, keys);
      break;
    case 'Service':
      affectedByService(world, item, keys);
      break;
    case 'AppConnectivity':
      affectedByResource(world, item.resource, keys);
      break;
    case 'Namespace':
      affectedByNamespace(world, item.object.record.name, keys);
      break;
    case 'NetworkPolicy':
      affectedByPolicy(world, item, keys);
      break;
    case 'ClusterRange':
      break;
    default:
      affectedByOutside(world, item, keys);
  }
}

function affectedByWorkload(world: World, workload: Workload, keys: Set<Key>): void {
  const { namespace, name } = workload.record.ref;
  affectedByTexts(world, workload, keys);
  affectedAsParty(world, workload, keys);
  const state = world.state(namespace);
  if (state === undefined) return;
  addWriters(world, namespace, name, keys);
  for (const service of state.servicesReaching(workload.record.labels)) {
    addWriters(world, namespace, service.name, keys);
    addBehind(state, service, keys);
    addTellerOfStrays(state, service, keys);
    if (isDnsService(service)) addEverything(world, keys);
  }
  for (const policy of state.policiesFor(workload.key)) addLeftBehind(state, policy, keys);
  // As a source, the workload stands in front of a Service of its name.
  addBehind(state, state.services.get(name), keys);
  if (isNodeLocalDns(workload)) addEverything(world, keys);
}

/**
 * As `affectedBy`, for a workload of which nothing but the annotations changes: whoever names it
 * means the same pods and ports as before.
 */
export function affectedByTexts(world: World, workload: Workload, keys: Set<Key>): void {
  const { namespace } = workload.record.ref;
  keys.add(workload.key);
  const state = world.state(namespace);
  if (state === undefined) return;
  addOverlapping(state, workload, keys);
  // Whether the audit of another counts depends on whose pods it selects, or once selected.
  for (const other of state.selecting(workload.record.labels)) {
    if (other.intent.audits) keys.add(other.key);
  }
  for (const { policy } of state.policySelectors.matching(workload.record.labels)) {
    const key = keyOfIdentity(policy);
    if (key !== undefined && state.workloads.get(key)?.intent.audits) keys.add(key);
  }
  for (const resource of state.resourcesAbout(workload)) {
    keys.add(resource.key);
    addNamed(state, resource.intent.declarations, keys);
  }
  addRuntimeOverlaps(state, workload, keys);
  addNamed(state, workload.intent.declarations, keys);
  addNamespaceWord(state, keys);
}

function affectedByService(world: World, service: ServiceRecord, keys: Set<Key>): void {
  const { namespace, name } = service;
  addWriters(world, namespace, name, keys);
  const state = world.state(namespace);
  if (state === undefined) return;
  addTranslated(state, state.called(name), keys);
  addBehind(state, service, keys);
  addNamespaceWord(state, keys);
  addTellerOfStrays(state, service, keys);
  if (isDnsService(service)) addEverything(world, keys);
  if (isApiServerFront(service)) addPartyWriters(world, 'KubeAPIServer', keys);
}

function affectedByResource(world: World, resource: Resource, keys: Set<Key>): void {
  keys.add(resource.key);
  const { namespace } = resource.record;
  const state = world.state(namespace);
  if (state === undefined) return;
  addNamed(state, resource.intent.declarations, keys);
  addNamespaceWord(state, keys);
  addSelectedAtRunTime(state, resource, keys);
  for (const workload of spokenFor(state, resource)) {
    addOverlapping(state, workload, keys);
    addRuntimeOverlaps(state, workload, keys);
    for (const direction of ['Ingress', 'Egress'] as const) {
      addNamed(state, declarationsOf(state, workload, direction), keys);
    }
    for (const other of state.resourcesAbout(workload)) keys.add(other.key);
  }
}

function affectedByNamespace(world: World, name: string, keys: Set<Key>): void {
  keys.add(keyOf({ kind: 'Namespace', namespace: '', name }));
  const state = world.state(name);
  if (state !== undefined) addAll(state, keys);
  for (const writer of world.references.toNamespace(name)) addWriterKeys(world, writer, keys);
  if (world.settings.environments !== undefined) addRoutedThrough(world, name, keys);
}

/**
 * A policy under our prefix that is not ours, or whose identity cannot be read, may stand in
 * anyone's way in its namespace, whatever it says of itself. One that is not ours decides about
 * edges from and to the pods that it selects.
 */
function affectedByPolicy(world: World, record: PolicyRecord, keys: Set<Key>): void {
  const { policy } = record;
  const ours = isOurs(record);
  const { namespace, name } = policy.metadata;
  const key = keyOfIdentity(policy);
  const state = world.state(namespace);
  if (key !== undefined) keys.add(key);
  const anyones = key === undefined || !ours;
  if (anyones && name.startsWith(policyPrefix) && state !== undefined) addAll(state, keys);
  const deny = key !== undefined && partsOf(key).kind === 'Namespace';
  if (state !== undefined) addLeftBehind(state, record, keys);
  if (!ours) for (const judged of judgedWithPolicy(world, policy)) keys.add(judged);
  if (state !== undefined && isMemory(state, deny)) addAll(state, keys);
}

/**
 * Whether live policies are the memory of what was: where a label has no valid value, and, by a
 * pace, of whether a namespace has been let go.
 */
function isMemory(state: NamespaceState, deny: boolean): boolean {
  const { object, settings, letGo } = state;
  const ofMode = modeLabel(state) === 'invalid' && settings.mode === 'audit';
  return ofMode || (deny && (object?.intent.deny === 'invalid' || letGo !== undefined));
}

/** The workloads whose pods a policy selects that was left behind: they are told. */
function addLeftBehind(state: NamespaceState, record: PolicyRecord, keys: Set<Key>): void {
  if (leftBehindBy(state, record) === undefined) return;
  for (const other of state.matching(record.policy.spec.podSelector ?? {})) keys.add(other.key);
}

/** The workload and all whose template its selector matches: they are selected or named with it. */
function addOverlapping(state: NamespaceState, workload: Workload, keys: Set<Key>): void {
  keys.add(workload.key);
  const { selector } = workload.record;
  if (selectsEverything(selector)) return;
  for (const other of state.matching(selector)) keys.add(other.key);
}

/** The workloads behind a Service: whether it translates their own ports may have changed. */
function addBehind(
  state: NamespaceState,
  service: ServiceRecord | undefined,
  keys: Set<Key>,
): void {
  if (service === undefined) return;
  addTranslated(state, state.reachedBy(service).workloads, keys);
}

/** The Namespace tells of keys on a Service while no workload is behind it. */
function addTellerOfStrays(state: NamespaceState, service: ServiceRecord, keys: Set<Key>): void {
  if (service.strays.length > 0) keys.add(state.key);
}

/** Workloads whose own ports may mean others, the resources about them, and whom both name. */
function addTranslated(
  state: NamespaceState,
  workloads: readonly Workload[],
  keys: Set<Key>,
): void {
  for (const workload of workloads) {
    addOverlapping(state, workload, keys);
    addNamed(state, workload.intent.declarations, keys);
    for (const resource of state.resourcesAbout(workload)) {
      keys.add(resource.key);
      addNamed(state, resource.intent.declarations, keys);
    }
  }
}

/** Whether a namespace's own entries have an effect depends on who is isolated there. */
function addNamespaceWord({ object }: NamespaceState, keys: Set<Key>): void {
  if (object !== undefined && object.intent.declarations.length > 0) keys.add(object.key);
}

function addWriters(world: World, namespace: string, name: string, keys: Set<Key>): void {
  for (const writer of world.references.toName(namespace, name)) addWriterKeys(world, writer, keys);
}

/** The workloads that these declarations may name, where that could give them a derived rule. */
function addNamed(
  state: NamespaceState,
  declarations: readonly Declaration[],
  keys: Set<Key>,
): void {
  for (const { direction, entries } of declarations) {
    const derived = opposite(direction);
    if (!mayBeIsolated(state, derived)) continue;
    for (const entry of entries) {
      for (const workload of mayName(state, entry)) {
        if (isSilent(state, workload, derived)) keys.add(workload.key);
      }
    }
  }
}

function isSilent(state: NamespaceState, workload: Workload, direction: Direction): boolean {
  return declarationsOf(state, workload, direction).length === 0;
}

/** A superset of the workloads of the writer's own namespace that an entry names. */
function mayName(state: NamespaceState, { peer }: Entry): Iterable<Workload> {
  if (!mayBePods(peer)) return [];
  if (peer.type === 'pods') return state.matching(peer.selector);
  const named = namedBy(peer, state.name);
  if (named === undefined) return state.workloads.values();
  if (named.namespace !== state.name) return [];
  const service = state.services.get(named.name);
  const reached = service === undefined ? [] : state.reachedBy(service).workloads;
  const direct = [...reached, ...state.called(named.name)];
  return direct.flatMap((workload) => {
    const { selector } = workload.record;
    return selectsEverything(selector) ? [workload] : [workload, ...state.matching(selector)];
  });
}
