import { selects, selectsEverything } from '../model/labels.ts';
import type { Direction, Protocol } from '../model/policy.ts';
import type { ResourceRecord, WorkloadRecord } from '../model/records.ts';
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

/** The answers of the rule of two words (docs/design/0002), for one world. */
export interface Truth {
  /** Whether a new connection to a port of `to` is allowed ("Flow"). Pods are told by labels. */
  allows(from: TruthParty, to: TruthParty, port: number, protocol: Protocol): boolean;
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
  readonly owner?: WorkloadRecord;
}

/**
 * Reads a world once and answers for any two parties of it. Independent of the compiler on purpose:
 * a property test holds the two together.
 */
export function createTruth(world: TruthWorld): Truth {
  const voices = readVoices(world);
  const subjects = [
    ...world.workloads.map((workload) => workloadSubject(voices, workload)),
    ...voices.selectorResources.map((resource) => resourceSubject(voices, resource)),
  ];

  function subjectsOf({ party, owner }: End): Subject[] {
    if ('address' in party) return [];
    if (owner === undefined) return subjects.filter((subject) => subject.speaksFor(party));
    return subjects.filter(
      ({ object }) =>
        object.kind === 'Workload' && isSame(object, owner) && !selectsEverything(object.selector),
    );
  }

  function isIsolated(end: End, direction: Direction): boolean {
    if ('address' in end.party) return false;
    return (
      isDefaultDeny(voices, end.party.namespace, direction) ||
      subjectsOf(end).some(({ words }) => words[direction].isolated)
    );
  }

  function consents(end: End, other: End, flow: Flow): boolean {
    const { direction, port, protocol } = flow;
    if (!isIsolated(end, direction)) return true;
    const destination = direction === 'Egress' ? other.party : end.party;
    return subjectsOf(end)
      .flatMap(({ words }) => words[direction].rules)
      .some((rule) => isAmong(rule.peer, other) && admits(rule.ports, destination, port, protocol));
  }

  function flows(from: End, to: End, port: number, protocol: Protocol): boolean {
    return (
      consents(from, to, { direction: 'Egress', port, protocol }) &&
      consents(to, from, { direction: 'Ingress', port, protocol })
    );
  }

  return {
    allows: (from, to, port, protocol) => flows({ party: from }, { party: to }, port, protocol),
    isolated: (party, direction) => isIsolated({ party }, direction),
    allowsByOwner: (fromOwner, fromPod, toOwner, toPod, port, protocol) =>
      flows({ party: fromPod, owner: fromOwner }, { party: toPod, owner: toOwner }, port, protocol),
    speakersFor: (pod) =>
      subjectsOf({ party: pod })
        .filter(({ object, words }) => object.kind === 'Workload' || isSubject(words))
        .map(({ object }) => object),
  };
}

interface Flow {
  readonly direction: Direction;
  readonly port: number;
  readonly protocol: Protocol;
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

function inBothDirections(read: (direction: Direction) => Word): Record<Direction, Word> {
  return { Ingress: read('Ingress'), Egress: read('Egress') };
}

function isAmong(peer: Peer, { party, owner }: End): boolean {
  if ('address' in party) return peer.hasAddress(party.address);
  if (owner !== undefined && peer.workload !== undefined) return isSame(peer.workload, owner);
  return peer.hasPod(party.namespace, party.labels);
}
