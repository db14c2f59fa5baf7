import { type Key, keyOfIdentity, partsOf } from '../model/identity.ts';
import { type LabelSelector, mayOverlap, selects } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { addPartyUsers } from './affected-outside.ts';
import { narrowed } from './environments.ts';
import type { NamespaceState, Workload } from './namespace-state.ts';
import { mayBeAllowed, partiesIn } from './parties.ts';
import type { Wide } from './references.ts';
import { mayBeIsolated, spokenFor } from './subjects.ts';
import type { World } from './world.ts';

/**
 * The keys whose edges may change their state although nothing that they compile to does:
 *
 *   what changed          judged again
 *   a live policy         those with edges from or to the pods that it selects
 *   what somebody says    those with edges from or to each workload whose output may have changed by
 *                         it: the reasons of those edges tell what was said, where, and by whom
 *   a namespace's labels  those with entries for pods of several namespaces that one of its
 *                         workloads stands for
 *
 * As with `affectedBy`, one key too few is a status that is stale, and a property test holds
 * judging these equal to judging everyone.
 */
export function judgedWithPolicy(world: World, policy: NetworkPolicy): Set<Key> {
  const judged = new Set<Key>();
  const { namespace } = policy.metadata;
  const { podSelector = {} } = policy.spec;
  addUsers(world, namespace, (selector) => mayOverlap(selector, podSelector), judged);
  const state = world.state(namespace);
  if (state === undefined) return judged;
  const selected = new Set(state.matching(podSelector));
  for (const workload of selected) addJudgedAt(world, workload, judged);
  addWide(world, selected, judged);
  for (const writer of world.references.toPodsOf(namespace)) addWriter(world, writer, judged);
  const key = keyOfIdentity(policy);
  if (key !== undefined && state.resources.has(key)) judged.add(key);
  // One whose selector matches no workload is judged for a pod that it would match.
  for (const speaker of state.speakingWith(podSelector)) {
    if (state.resources.has(speaker)) judged.add(speaker);
  }
  // Of a Service without workloads, the pods that its own selector means.
  for (const { name } of state.looseServicesOf(podSelector)) {
    addNaming(world, namespace, name, judged);
  }
  return judged;
}

/**
 * As above, for what workloads or resources say: asked of the one that changes before it does, and of
 * all keys that the change affects afterwards, at once, since entries that mean many are many.
 */
export function judgedWithWords(world: World, keys: Iterable<Key>): Set<Key> {
  const judged = new Set<Key>();
  const heard = new Set<Workload>();
  for (const key of keys) {
    const state = world.state(partsOf(key).namespace);
    const workload = state?.workloads.get(key);
    if (workload !== undefined) heard.add(workload);
    const resource = state?.resources.get(key);
    if (state === undefined || resource === undefined) continue;
    for (const each of spokenFor(state, resource)) heard.add(each);
  }
  for (const workload of heard) addJudgedAt(world, workload, judged);
  addWide(world, heard, judged);
  return judged;
}

/** As above, for the labels of a namespace: asked before they change, and afterwards. */
export function judgedWithNamespace(world: World, name: string): Set<Key> {
  const judged = new Set<Key>();
  addWide(world, new Set(world.state(name)?.workloads.values()), judged);
  return judged;
}

/** Those with edges from or to a workload: itself, resources about it, and whoever names it. */
function addJudgedAt(world: World, workload: Workload, judged: Set<Key>): void {
  const { namespace, name } = workload.record.ref;
  const state = world.state(namespace);
  if (state === undefined) return;
  addSubject(world, state, workload, judged);
  const { labels } = workload.record;
  addUsers(world, namespace, (selector) => selects(selector, labels), judged);
  for (const writer of world.references.toPodsOf(namespace)) addWriter(world, writer, judged);
  addNaming(world, namespace, name, judged);
  for (const service of state.servicesReaching(labels)) {
    addNaming(world, namespace, service.name, judged);
  }
}

function addNaming(world: World, namespace: string, name: string, judged: Set<Key>): void {
  for (const writer of world.references.toName(namespace, name)) {
    addWriter(world, writer, judged);
  }
}

/** Writers of entries for pods of several namespaces, for which one of these workloads stands. */
function addWide(world: World, workloads: ReadonlySet<Workload>, judged: Set<Key>): void {
  if (workloads.size === 0) return;
  for (const [wide, writers] of world.references.toPodsAnywhere()) {
    if (![...workloads].some(({ record }) => selects(wide.pods, record.labels))) continue;
    const concerned = new Map<string, boolean>();
    for (const writer of writers) {
      const { namespace } = partsOf(writer);
      const known = concerned.get(namespace) ?? standsFor(world, workloads, namespace, wide);
      concerned.set(namespace, known);
      if (known) addWriter(world, writer, judged);
    }
  }
}

/** Whether one of some workloads is judged for an entry that this namespace wrote. */
function standsFor(
  world: World,
  workloads: ReadonlySet<Workload>,
  namespace: string,
  { namespaces, ...meaning }: Wide,
): boolean {
  const selectors = world.meant.narrowed(namespace, namespaces, () =>
    narrowed(world, namespace, namespaces),
  );
  return selectors.some((selector) => {
    return world.meant.within(selector, meaning).some((workload) => workloads.has(workload));
  });
}

/** A writer and, where it speaks for others, those whose edges it declares. */
function addWriter(world: World, writer: Key, judged: Set<Key>): void {
  const { namespace } = partsOf(writer);
  const state = world.state(namespace);
  if (state?.workloads.has(writer)) judged.add(writer);
  const resource = state?.resources.get(writer);
  if (state === undefined || resource?.intent.subject === undefined) return;
  judged.add(writer);
  for (const workload of spokenFor(state, resource)) judged.add(workload.key);
}

/** Those with edges from or to a party that pods of a namespace are part of. */
function addUsers(
  world: World,
  namespace: string,
  among: (selector: LabelSelector) => boolean,
  judged: Set<Key>,
): void {
  for (const party of partiesIn(world, namespace, among)) addPartyUsers(world, party, judged);
}

function addSubject(
  world: World,
  state: NamespaceState,
  workload: Workload,
  judged: Set<Key>,
): void {
  for (const { key } of state.resourcesAbout(workload)) judged.add(key);
  if (hasEdges(world, state, workload)) judged.add(workload.key);
}

/** Whether there is anything to tell of the edges of a workload. */
export function hasEdges(world: World, state: NamespaceState, workload: Workload): boolean {
  const { declarations, findings } = workload.intent;
  if (declarations.length + findings.length + state.resourcesAbout(workload).length > 0) {
    return true;
  }
  return mayBeIsolated(state, 'Ingress') && mayBeAllowed(world, state, workload);
}
