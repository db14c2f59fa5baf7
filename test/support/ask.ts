import type { Direction, Protocol } from '../../src/core/model/policy.ts';
import type { WorkloadRecord } from '../../src/core/model/records.ts';
import type { TruthParty, TruthPod } from '../../src/core/truth/rule.ts';
import { createTruth } from '../../src/core/truth/truth.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { worldOf } from './builders.ts';

/** `namespace/name` of a workload of the world, an address, or a pod. */
type Who = string | TruthPod;

/** Questions about a world, in few words. */
export interface Questions {
  can(from: Who, to: Who, port: number, protocol?: Protocol): boolean;
  canByOwner(from: string, to: string, port: number): boolean;
  isolated(who: Who, direction: Direction): boolean;
  speakers(who: TruthPod): string[];
}

/** A pod of a workload, as its template makes it, with more labels if given. */
export function podOf(workload: WorkloadRecord, more: Readonly<Record<string, string>> = {}) {
  const { ref, labels, ports } = workload;
  return { namespace: ref.namespace, labels: { ...labels, ...more }, ports };
}

/** A pod that no workload of the input makes. */
export function strayPod(namespace: string, labels: Readonly<Record<string, string>>): TruthPod {
  return { namespace, labels, ports: [] };
}

export function ask(parts: Partial<TruthWorld>): Questions {
  const world = worldOf(parts);
  const truth = createTruth(world);
  const find = (path: string) => {
    const found = world.workloads.find(({ ref }) => `${ref.namespace}/${ref.name}` === path);
    if (found === undefined) throw new Error(`the world has no workload ${path}`);
    return found;
  };
  const party = (who: Who): TruthParty => {
    if (typeof who !== 'string') return who;
    return /[.:]/.test(who) ? { address: who } : podOf(find(who));
  };
  return {
    can: (from, to, port, protocol = 'TCP') => truth.allows(party(from), party(to), port, protocol),
    canByOwner: (from, to, port) =>
      truth.allowsByOwner(find(from), podOf(find(from)), find(to), podOf(find(to)), port, 'TCP'),
    isolated: (who, direction) => truth.isolated(party(who), direction),
    speakers: (who) =>
      truth
        .speakersFor(who as TruthPod)
        .map((one) => (one.kind === 'Workload' ? one.ref.name : one.name)),
  };
}
