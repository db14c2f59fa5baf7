import { selects, selectsEverything } from '../model/labels.ts';
import type { Direction, Protocol } from '../model/policy.ts';
import type { ResourceRecord, WorkloadRecord } from '../model/records.ts';
import { type Span, spanOf } from './addresses.ts';
import { isDefaultDeny } from './modes.ts';
import { admits, type Peer, type TruthParty, type TruthPod } from './rule.ts';
import {
  isSame,
  readVoices,
  type SelectorResource,
  type TruthWorld,
  type Voices,
} from './voices.ts';
import { type Word, wordOfResource, wordOfWorkload } from './word.ts';

/** Whether a new connection to a port of the destination is allowed. */
export type Answer = (port: number, protocol: Protocol) => boolean;

/** The answer of two parties between which every connection is allowed. */
export const always: Answer = () => true;

/** The answer of two parties between which none is. */
export const never: Answer = () => false;

/** The answers of the rule of two words (docs/design/0002 and 0010), for one world. */
export interface Truth {
  /** Whether a new connection to a port of `to` is allowed ("Flow"). Pods are told by labels. */
  allows(from: TruthParty, to: TruthParty, port: number, protocol: Protocol): boolean;
  /** The same, for many ports; `always` or `never` itself where the port does not matter. */
  between(from: TruthParty, to: TruthParty): Answer;
  /** Whether a pod is isolated in a direction. An address never is. */
  isolated(party: TruthParty, direction: Direction): boolean;
  /**
   * The same by ownership: each pod has the word of its own workload only, and where an entry means
   * a workload, it means that workload's own pods. Selector resources count through the words of
   * the workloads that match them. An owner without selectable labels says nothing.
   */
  allowsByOwner(
    fromOwner: WorkloadRecord,
    fromPod: TruthPod,
    toOwner: WorkloadRecord,
    toPod: TruthPod,
    port: number,
    protocol: Protocol,
  ): boolean;
  /** The subjects whose selector matches a pod, declared or not: more than one is an overlap. */
  speakersFor(pod: TruthPod): readonly (WorkloadRecord | ResourceRecord)[];
}

/** A subject with its word in both directions. */
interface Subject {
  readonly object: WorkloadRecord | ResourceRecord;
  readonly words: Readonly<Record<Direction, Word>>;
  readonly speaksFor: (pod: TruthPod) => boolean;
}

/** One end of a connection; the owner is given only where ownership is asked for. */
interface End {
  readonly party: TruthParty;
  /** Of an address. */
  readonly span: Span | undefined;
  readonly owner: WorkloadRecord | undefined;
  readonly subjects: readonly Subject[];
}

/**
 * Reads a world once and answers for any two parties of it. Independent of the compiler on purpose:
 * a property test holds the two together.
 */
export function createTruth(world: TruthWorld): Truth {
  const voices = readVoices(world);
  const denied = inBothDirections((direction) => deniedIn(voices, direction));
  const subjects = [
    ...world.workloads.map((workload) => workloadSubject(voices, workload)),
    ...voices.selectorResources.map((resource) => resourceSubject(voices, resource)),
  ];
  const ends = new WeakMap<TruthParty, End>();

  /** A party that is asked about again is read once. */
  function endOf(party: TruthParty): End {
    const known = ends.get(party) ?? readEnd(party);
    ends.set(party, known);
    return known;
  }

  function readEnd(party: TruthParty, owner?: WorkloadRecord): End {
    const span = 'address' in party ? spanOf(party.address) : undefined;
    const speaking = subjects.filter((subject) => isSubjectOf(subject, party, owner));
    return { party, span, owner, subjects: speaking };
  }

  function isIsolated({ party, subjects: speaking }: End, direction: Direction): boolean {
    if ('address' in party) return false;
    return (
      denied[direction].has(party.namespace) ||
      speaking.some(({ words }) => words[direction].isolated)
    );
  }

  function consent(end: End, other: End, direction: Direction): Answer {
    if (!isIsolated(end, direction)) return always;
    const destination = direction === 'Egress' ? other.party : end.party;
    const granted = end.subjects
      .flatMap(({ words }) => words[direction].rules)
      .filter((rule) => isAmong(rule.peer, other));
    if (granted.length === 0) return never;
    if (granted.some(({ ports }) => ports === 'all')) return always;
    return (port, protocol) =>
      granted.some(({ ports }) => admits(ports, destination, port, protocol));
  }

  function flows(from: End, to: End): Answer {
    return both(consent(from, to, 'Egress'), consent(to, from, 'Ingress'));
  }

  return {
    between: (from, to) => flows(endOf(from), endOf(to)),
    allows: (from, to, port, protocol) => flows(endOf(from), endOf(to))(port, protocol),
    isolated: (party, direction) => isIsolated(endOf(party), direction),
    allowsByOwner: (fromOwner, fromPod, toOwner, toPod, port, protocol) =>
      flows(readEnd(fromPod, fromOwner), readEnd(toPod, toOwner))(port, protocol),
    speakersFor: (pod) =>
      endOf(pod)
        .subjects.filter(({ object, words }) => object.kind === 'Workload' || isSubject(words))
        .map(({ object }) => object),
  };
}

function deniedIn(voices: Voices, direction: Direction): Set<string> {
  const names = voices.namespaces.map(({ name }) => name);
  return new Set(names.filter((name) => isDefaultDeny(voices, name, direction)));
}

function both(sent: Answer, taken: Answer): Answer {
  if (sent === never || taken === never) return never;
  if (sent === always && taken === always) return always;
  return (port, protocol) => sent(port, protocol) && taken(port, protocol);
}

function isSubjectOf(
  { object, speaksFor }: Subject,
  party: TruthParty,
  owner: WorkloadRecord | undefined,
): boolean {
  if ('address' in party) return false;
  if (owner === undefined) return speaksFor(party);
  return object.kind === 'Workload' && isSame(object, owner) && !selectsEverything(object.selector);
}

/** A selector without any requirement makes no subject ("Subjects"). */
function workloadSubject(voices: Voices, workload: WorkloadRecord): Subject {
  const { selector, ref } = workload;
  return {
    object: workload,
    words: inBothDirections((direction) => wordOfWorkload(voices, workload, direction)),
    speaksFor: ({ namespace, labels }) =>
      namespace === ref.namespace && !selectsEverything(selector) && selects(selector, labels),
  };
}

function resourceSubject(voices: Voices, resource: SelectorResource): Subject {
  return {
    object: resource.resource,
    words: inBothDirections((direction) => wordOfResource(voices, resource, direction)),
    speaksFor: ({ namespace, labels }) =>
      namespace === resource.namespace &&
      !selectsEverything(resource.selector) &&
      selects(resource.selector, labels),
  };
}

/** A selector resource is a subject only where it has an accepted declaration. */
function isSubject({ Ingress, Egress }: Subject['words']): boolean {
  return Ingress.isolated || Egress.isolated;
}

function inBothDirections<Value>(read: (direction: Direction) => Value): Record<Direction, Value> {
  return { Ingress: read('Ingress'), Egress: read('Egress') };
}

function isAmong(peer: Peer, { party, span, owner }: End): boolean {
  if ('address' in party) return span !== undefined && peer.hasAddress(span);
  if (owner !== undefined && peer.workload !== undefined) return isSame(peer.workload, owner);
  return peer.hasPod(party.namespace, party.labels);
}
