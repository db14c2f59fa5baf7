import type { Declaration } from '../model/declaration.ts';
import type { Key } from '../model/identity.ts';
import type { LabelSelector } from '../model/labels.ts';
import { type Direction, opposite } from '../model/policy.ts';
import { resolveEntry, type Target, type Writer } from '../resolve/entry.ts';
import { namespaceSelector } from '../resolve/peers.ts';
import { isMeant, mayMean } from '../world/meaning.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import { canBePeer } from '../world/parties.ts';
import { matchedBy, spokenFor, vetoOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/** A writer of the namespace, the pods it speaks for, and what it says in one direction. */
interface Speaker {
  readonly writer: Writer;
  readonly selector: LabelSelector;
  readonly declarations: readonly Declaration[];
}

/**
 * The word that a silent workload takes from its neighbours: one target for every entry of the same
 * namespace, in the opposite direction, that names it. The target is the writer's pods, on the
 * ports that the entry means.
 */
export function derivedWord(
  world: World,
  state: NamespaceState,
  workload: Workload,
  direction: Direction,
): Target[] {
  const { name: namespace } = state;
  const targets: Target[] = [];
  const called = namesOf(state, workload);
  for (const key of writersNaming(world, state, called)) {
    const speaker = speakerOf(state, key, opposite(direction));
    if (speaker === undefined) continue;
    const peer = { podSelector: speaker.selector, namespaceSelector: namespaceSelector(namespace) };
    const { workload: from } = speaker.writer;
    const party = { peer, namespace, ...(from !== undefined && { workload: from }) };
    for (const entry of speaker.declarations.flatMap(({ entries }) => entries)) {
      if (!mayMean(entry, namespace, { namespace, called })) continue;
      const resolved = resolveEntry(world, speaker.writer, opposite(direction), entry);
      const named = resolved.targets.filter((target) => isMeant(target, workload, state));
      targets.push(...named.map(({ ports }) => ({ ...party, ports })));
    }
  }
  return targets;
}

/**
 * The names that an entry may call a workload by: those of the workloads whose selector matches it,
 * and of the Services that reach such a workload.
 */
export function namesOf(state: NamespaceState, workload: Workload): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { record } of state.selecting(workload.record.labels)) {
    names.add(record.ref.name);
    for (const service of state.servicesReaching(record.labels)) names.add(service.name);
  }
  return names;
}

/** The writers of the namespace that may name a workload: by name, by labels, or as part of a whole. */
function writersNaming(world: World, state: NamespaceState, called: ReadonlySet<string>): Set<Key> {
  const writers = new Set(world.references.broadIn(state.name));
  for (const name of called) {
    for (const writer of world.references.toName(state.name, name)) {
      if (state.workloads.has(writer) || state.resources.has(writer)) writers.add(writer);
    }
  }
  return writers;
}

function speakerOf(state: NamespaceState, key: Key, direction: Direction): Speaker | undefined {
  const resource = state.resources.get(key);
  if (resource?.intent.subject?.type === 'selector') {
    const selected = matchedBy(state, resource);
    return {
      writer: { state, selected },
      selector: resource.intent.subject.selector,
      declarations: saidIn(resource.intent.declarations, direction),
    };
  }
  const workload = resource === undefined ? state.workloads.get(key) : targetOf(state, resource);
  if (workload === undefined || !canBePeer(workload)) return undefined;
  if (vetoOf(state, workload, direction) !== undefined) return undefined;
  const { declarations } = (resource ?? workload).intent;
  return {
    writer: { state, workload },
    selector: workload.record.selector,
    declarations: saidIn(declarations, direction),
  };
}

/** The workload that a resource speaks for by name, where it exists. */
export function targetOf(state: NamespaceState, resource: Resource): Workload | undefined {
  const isAboutOne = resource.intent.subject?.type === 'workload';
  return isAboutOne ? spokenFor(state, resource)[0] : undefined;
}

export function saidIn(declarations: readonly Declaration[], direction: Direction): Declaration[] {
  return declarations.filter((declaration) => declaration.direction === direction);
}
