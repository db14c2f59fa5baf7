import type { Declaration } from '../model/declaration.ts';
import { selectsEverything } from '../model/labels.ts';
import { type Direction, opposite } from '../model/policy.ts';
import type { WorkloadRecord } from '../model/records.ts';
import { inDirection, isVetoed, workloadsMatching, writtenBy } from './declared.ts';
import { rulesOfEntry } from './entry.ts';
import { type Peer, peersOfWorkload, podsIn, type Rule, rulesFor } from './rule.ts';
import type { Voices } from './voices.ts';

/** Somebody whose entries may name a silent workload, and the pods that are then admitted. */
interface Writer {
  readonly peers: readonly Peer[];
  readonly declarations: readonly Declaration[];
  /** The workloads whose own ports its `accepts-from` names. */
  readonly own: readonly WorkloadRecord[];
}

/**
 * The word of a silent workload: the entries in the opposite direction, written in its namespace
 * by workloads and selector resources, that name it ("Naming"). Parties name nobody (0010).
 */
export function derivedRules(
  voices: Voices,
  { ref, labels }: WorkloadRecord,
  direction: Direction,
): Rule[] {
  const { namespace } = ref;
  const written = opposite(direction);
  return writersIn(voices, namespace, written).flatMap(({ peers, declarations, own }) =>
    declarations
      .flatMap(({ entries }) => entries)
      .filter(({ peer }) => peer.type !== 'party')
      .flatMap((entry) => rulesOfEntry(voices, entry, { direction: written, namespace, own }))
      .filter(({ peer }) => peer.hasPod(namespace, labels))
      .flatMap(({ ports }) => rulesFor(peers, ports)),
  );
}

function writersIn(voices: Voices, namespace: string, direction: Direction): Writer[] {
  return [
    ...workloadWriters(voices, namespace, direction),
    ...resourceWriters(voices, namespace, direction),
  ];
}

/** Not those that are vetoed in the direction in which they write, or have an empty selector. */
function workloadWriters(voices: Voices, namespace: string, direction: Direction): Writer[] {
  return voices.world.workloads
    .filter(
      (writer) =>
        writer.ref.namespace === namespace &&
        !isVetoed(voices, writer, direction) &&
        !selectsEverything(writer.selector),
    )
    .map((writer) => ({
      peers: peersOfWorkload(writer),
      declarations: writtenBy(voices, writer, direction),
      own: [writer],
    }));
}

/** One that says nobody has no entries; a veto of a workload that matches it is not asked for. */
function resourceWriters(voices: Voices, namespace: string, direction: Direction): Writer[] {
  return voices.selectorResources
    .filter((writer) => writer.namespace === namespace && !selectsEverything(writer.selector))
    .map((writer) => ({
      peers: [podsIn(namespace, writer.selector)],
      declarations: inDirection(writer, direction),
      own: workloadsMatching(voices, writer),
    }));
}
