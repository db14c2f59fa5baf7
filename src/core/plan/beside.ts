import { compile } from '../compile/compile.ts';
import { type Key, keyOfIdentity, partsOf } from '../model/identity.ts';
import { type LabelSelector, mayOverlap, selects } from '../model/labels.ts';
import { isOurs } from '../model/ownership.ts';
import { directions, type NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import type { NamespaceState } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { isolates } from './grants.ts';
import type { Beside, Neighbour } from './group.ts';
import { wantedOfOlder } from './older.ts';
import { isOfPresent, placeWanted, podsText } from './place.ts';

/**
 * The policies that may select pods of a selector beside those of one subject: what other subjects
 * of the namespace want, and what is live of theirs and of strangers. The default-deny is told of
 * elsewhere. `key` is the subject whose own wishes are left out; policies of a selector by which it
 * selects no more are `replaced` by its present ones, which count. Costs little where labels tell apart.
 */
export function besideOf(
  world: World,
  state: NamespaceState,
  selector: LabelSelector,
  own: ReadonlySet<PolicyRecord>,
  key: Key | 'replaced',
): Beside {
  const wants = new Map<Key, readonly NetworkPolicy[]>();
  const wantedBy = (other: Key) => {
    const known = wants.get(other) ?? placedOf(world, state, other);
    wants.set(other, known);
    return known;
  };
  const others = state.speakingWith(selector).filter((other) => other !== key);
  const live = [...state.policySelectors.overlapping(selector)].filter(
    (record) => !own.has(record) && !isDeny(record),
  );
  const older = live.flatMap((record) => besideOlder(world, state, record, wantedBy));
  const wanted = [...others.flatMap(wantedBy), ...older].filter(({ spec }) =>
    mayOverlap(selector, spec.podSelector ?? {}),
  );
  return {
    wanted,
    sharing: wanted.filter(sharesPods(state, selector)),
    live: live.map((record) => neighbour(state, record, wantedBy)),
  };
}

/**
 * Whether a policy selects pods that the selector selects too, as far as templates tell: one of them has
 * labels for both. Where neither selector matches any, nothing is told, and that labels do not rule
 * it out is enough.
 */
function sharesPods(
  state: NamespaceState,
  selector: LabelSelector,
): (policy: NetworkPolicy) => boolean {
  const makers = state.matching(selector);
  return ({ spec: { podSelector = {} } }) =>
    makers.length === 0
      ? state.matching(podSelector).length === 0
      : makers.some(({ record }) => selects(podSelector, record.labels));
}

/** While pods of an older selector drain, its policies have the present word of their subject. */
function besideOlder(
  world: World,
  state: NamespaceState,
  record: PolicyRecord,
  wantedBy: (key: Key) => readonly NetworkPolicy[],
): readonly NetworkPolicy[] {
  const { policy } = record;
  const key = isOurs(record) ? keyOfIdentity(policy) : undefined;
  if (key === undefined || !isThere(state, key)) return [];
  const wanted = wantedBy(key);
  if (wanted.length === 0 || isOfPresent(policy, wanted)) return [];
  return wantedOfOlder(world, state, key, wanted, policy.spec.podSelector ?? {});
}

function neighbour(
  state: NamespaceState,
  record: PolicyRecord,
  wantedBy: (key: Key) => readonly NetworkPolicy[],
): Neighbour {
  const { policy } = record;
  const key = isOurs(record) ? keyOfIdentity(policy) : undefined;
  const known = key !== undefined && (isThere(state, key) || state.resources.has(key));
  const wanted = known ? wantedBy(key) : [policy];
  // Pods of a workload's older selector may drain; those of a resource's are not its own any more.
  const left = known && state.resources.has(key) && !wanted.some(selectsAs(policy));
  const stays = directions.filter((each) => wanted.some((one) => isolates(one, each)));
  return { policy, stays: left ? [] : stays };
}

/** Whether a workload is there that may have a word; not while what is left of it drains. */
function isThere(state: NamespaceState, key: Key): boolean {
  const workload = state.workloads.get(key);
  return workload !== undefined && !workload.record.draining;
}

function selectsAs(policy: NetworkPolicy): (other: NetworkPolicy) => boolean {
  const text = podsText(policy);
  return (other) => podsText(other) === text;
}

function placedOf(world: World, state: NamespaceState, key: Key): readonly NetworkPolicy[] {
  return placeWanted(key, compile(world, key).policies, state.policies).policies;
}

function isDeny(record: PolicyRecord): boolean {
  const key = isOurs(record) ? keyOfIdentity(record.policy) : undefined;
  return key !== undefined && partsOf(key).kind === 'Namespace';
}
