import { type Finding, finding } from '../model/finding.ts';
import { type ObjectRef, refOf } from '../model/identity.ts';
import { type Direction, directions } from '../model/policy.ts';
import { leftBehindOn } from '../world/left-behind.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import {
  noneOfResource,
  noneOfWorkload,
  type RuntimeOverlap,
  runtimeOverlapsBy,
  runtimeOverlapsOf,
} from '../world/runtime-overlaps.ts';
import { declarationsOf } from '../world/subjects.ts';

const mostNamed = 5;

/** Who selects pods of a workload beside itself, so that those get the sum of several words. */
export function findOverlaps(
  state: NamespaceState,
  workload: Workload,
  isolated: boolean,
): Finding[] {
  const { key, record } = workload;
  const others = overlapping(state, workload, isolated);
  const data = { workload: key, others: others.join(', ') };
  const none = { keys: '', noneOfWorkload: '', noneOfOthers: '' };
  const at = { path: ['spec', 'selector'] };
  return [
    ...(others.length === 0
      ? []
      : [finding('SelectorOverlap', record.ref, at, { ...data, ...none })]),
    ...tell(state, record.ref, runtimeOverlapsOf(state, workload)),
  ];
}

/** The workloads of which a selector resource selects pods without speaking for the workload. */
export function findOverlapsBy(state: NamespaceState, resource: Resource): Finding[] {
  return tell(state, refOf(resource.key), runtimeOverlapsBy(state, resource));
}

/**
 * The other subjects whose selector matches this workload's pods, if any of them is isolated, and those
 * of which a policy does that was left behind.
 */
function overlapping(state: NamespaceState, workload: Workload, isolated: boolean): string[] {
  const others = state
    .selecting(workload.record.labels)
    .filter((other) => other !== workload && !other.record.draining);
  const speaks = (other: Workload) =>
    directions.some((direction) => declarationsOf(state, other, direction).length > 0);
  const left = leftBehindOn(state, workload);
  if (!isolated && left.length === 0 && !others.some(speaks)) return [];
  return [...new Set([...others.map(({ key }) => key), ...left])].sort();
}

/** One finding for all of which the same is to be said. */
function tell(
  state: NamespaceState,
  object: ObjectRef,
  overlaps: readonly RuntimeOverlap[],
): Finding[] {
  const said = overlaps.map((each) => ({
    ...each,
    keys: each.keys.join(', '),
    noneOfWorkload: textsOf(noneOfWorkload(state, each)),
    noneOfOthers: textsOf(noneOfResource(state, each)),
  }));
  const alike = Map.groupBy(said, (each) =>
    JSON.stringify([each.keys, each.noneOfWorkload, each.noneOfOthers]),
  );
  return [...alike.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined) return [];
    const { workload: _, resource: __, ...rest } = first;
    const workload = listed(all.map((each) => each.workload.key));
    const others = listed(all.map((each) => each.resource.key));
    const data = { ...rest, workload, others };
    return [finding('SelectorOverlap', object, { path: ['spec', 'selector'] }, data)];
  });
}

function listed(keys: readonly string[]): string {
  const each = [...new Set(keys)];
  const more = each.length - mostNamed;
  return `${each.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function textsOf(said: readonly Direction[]): string {
  const texts = said.map((direction) => (direction === 'Egress' ? 'talks-to' : 'accepts-from'));
  return texts.map((text) => `${text}: none`).join(' and ');
}
