import type { Key } from '../model/identity.ts';
import { compareText } from '../model/labels.ts';
import { type Direction, directions } from '../model/policy.ts';
import type { World } from '../world/world.ts';
import { Ends } from './ends.ts';
import type { PolicySets } from './policies.ts';

/** A workload whose isolation a change of policies ends, or leaves to others. */
export interface IsolationChange {
  readonly workload: Key;
  /** Directions in which it is isolated before and not after. */
  readonly opens: readonly Direction[];
  /** Directions in which it stays isolated, and loses rules. */
  readonly narrows: readonly Direction[];
}

/** The workloads that lose isolation, or lose rules while they stay isolated, sorted by key. */
export function diffIsolation(world: World, sets: PolicySets): IsolationChange[] {
  const ends = new Ends(world, sets);
  const changes = [...ends.changed].map((workload): IsolationChange => {
    const { before, after } = ends.of(workload);
    const isolated = directions.filter((each) => before.isolations[each].length > 0);
    const stays = isolated.filter((each) => after.isolations[each].length > 0);
    return {
      workload: workload.key,
      opens: isolated.filter((each) => !stays.includes(each)),
      narrows: stays.filter((each) => loses(ends.concernedBy(workload, each))),
    };
  });
  return changes
    .filter(({ opens, narrows }) => opens.length + narrows.length > 0)
    .sort((a, b) => compareText(a.workload, b.workload));
}

function loses(concerned: 'everyone' | readonly unknown[]): boolean {
  return concerned === 'everyone' || concerned.length > 0;
}
