import { bridgeAnnotation } from '../model/names.ts';
import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import { asBridge, closesOne, isBridge, keepingAll, keepLive } from './bridge.ts';
import type { Change, Losing } from './change.ts';
import { saysTheSame } from './compare.ts';
import { fadedIn, withFading } from './faded.ts';
import { covers, coversIn, isolates, keepsAll } from './grants.ts';
import { asDeclared } from './internet.ts';
import { podsText } from './place.ts';

/** The policies of one subject that select by one selector: the wanted ones, and ours that are live. */
export interface Group {
  /** All shards of one generation, in their order; none where the subject is to be open. */
  readonly wanted: readonly NetworkPolicy[];
  readonly live: readonly PolicyRecord[];
  /** Whether the live default-deny is the wanted one, so that directions may go (phase X). */
  readonly settled: boolean;
  /** The directions in which the live default-deny isolates these pods already. */
  readonly denied: ReadonlySet<Direction>;
  /** Other policies that may select pods of this selector. Asked only where it matters. */
  readonly beside: () => Beside;
}

export interface Beside {
  /** What the other subjects want. */
  readonly wanted: readonly NetworkPolicy[];
  /** Those of them with pods in common, as far as templates tell: only for them is a loss held up. */
  readonly sharing: readonly NetworkPolicy[];
  /** What is live of theirs, and of strangers. */
  readonly live: readonly Neighbour[];
}

/** A live policy of another subject, and the directions in which it is to isolate for good. */
export interface Neighbour {
  readonly policy: NetworkPolicy;
  readonly stays: readonly Direction[];
}

/** What to do about one policy; `waits` for the default-deny, or for other writes of its group. */
export interface Step {
  readonly change?: Change;
  readonly waits?: Waits;
}

/** For the default-deny, for other steps of the same plan, or for other subjects' policies. */
export type Waits = 'deny' | 'group' | 'beside';

/**
 * The steps that bring the live policies of a group to the wanted ones, as far as they may go now.
 * What is read is live, nothing is remembered, so that planning again after any of these writes
 * goes on where it stopped. Each end allows, after every write, at least what its old and its new
 * word both allow, and at most what one of them does. `many`: shards of one subject, or subjects
 * that may speak for the same pods.
 *
 *   what happens                 how
 *   rules change                 one write; of many, what is added first, what is lost once all is
 *   a direction goes             its rules stay until the default-deny is right, then it goes
 *   ... of many                  first they are bridges (allow all), then they go; of shards, one is
 *   a direction comes, to many   the first is the bridge until the others are there; not where
 *                                something isolated the pods already
 *   another number of shards     all of the new generation, then the old ones go
 */
export function planGroup(group: Group): Step[] {
  const names = new Set(group.wanted.map(nameOf));
  return [
    ...group.wanted.map((policy, index) => planWanted(group, policy, index)),
    ...group.live
      .filter(({ policy }) => !names.has(nameOf(policy)))
      .map((record) => planUnwanted(group, record)),
  ];
}

function planWanted(group: Group, policy: NetworkPolicy, index: number): Step {
  const [first] = group.wanted;
  const rising = directions.filter((direction) => needsBridge(group, direction));
  const bridge = first && liveAs(group, first);
  const unbridged = rising.some((each) => !bridge || !isolates(bridge.policy, each));
  if (index > 0 && unbridged) return { waits: 'group' };
  const raised = index === 0 ? rising.reduce(asBridge, policy) : policy;
  const waits: Waits | undefined = rising.length > 0 ? waitsForOthers(group) : undefined;
  const record = liveAs(group, policy);
  if (record === undefined) return step({ type: 'create', policy: raised }, waits);
  return planUpdate(group, record, raised, waits);
}

function planUpdate(
  group: Group,
  record: PolicyRecord,
  wanted: NetworkPolicy,
  rising: Waits | undefined,
): Step {
  const lost = keepLost(group, wanted, record);
  const waits = lost.waits ?? rising;
  if (record.applied && saysTheSame(record.policy, lost.target)) return step(undefined, waits);
  const loses = losingOf(record, lost.target);
  const narrows = loses !== 'nothing' || closesOne(record.policy, lost.target);
  const first = narrows ? comesFirst(group, wanted) : undefined;
  if (first === undefined) {
    return step({ type: 'update', policy: lost.target, live: record, loses }, waits);
  }
  const policy = withFading(keepingAll(record.policy, lost.target), record);
  if (saysTheSame(record.policy, policy)) return { waits: first };
  return step({ type: 'update', policy, live: record, loses: 'nothing' }, first);
}

function losingOf(record: PolicyRecord, next: NetworkPolicy): Losing {
  const [before, after] = [asDeclared(record.policy), asDeclared(next)];
  if (keepsAll(before, after)) return 'nothing';
  return keepsAll(before, after, fadedIn(record)) ? 'faded' : 'declared';
}

/**
 * What nobody wants any more loses its directions as one that is wanted does, and then goes; not
 * before all that replaces it is live, since of older selectors only live policies tell.
 */
function planUnwanted(group: Group, record: PolicyRecord): Step {
  const { target, waits } = keepLost(group, withoutDirections(record.policy), record);
  if (saysTheSame(record.policy, target)) return step(undefined, waits);
  const first = comesFirst(group);
  if (first !== undefined) return { waits: first };
  if (target.spec.policyTypes?.length === 0) {
    if (!isWhole(group)) return { waits: 'group' };
    return step({ type: 'delete', live: record, whenPodsAreGone: false });
  }
  return step({ type: 'update', policy: target, live: record, loses: 'declared' }, waits);
}

/** The policy with the directions that the live one may not lose yet. */
function keepLost(
  group: Group,
  policy: NetworkPolicy,
  record: PolicyRecord,
): { target: NetworkPolicy; waits?: Waits } {
  let target = policy;
  let waits: Waits | undefined;
  for (const direction of directions) {
    if (!isolates(record.policy, direction) || isolates(policy, direction)) continue;
    const fate = fateOf(group, direction, record);
    if (fate === 'drop') continue;
    target =
      fate === 'bridge' ? asBridge(target, direction) : keepLive(target, record.policy, direction);
    if (waits !== 'deny') waits = fate === 'denied' ? 'deny' : waitsForOthers(group);
  }
  return { target, ...(waits && { waits }) };
}

/**
 * Whether the first policy has to allow all in a direction until the others of many are there: they
 * are to isolate pods that nothing isolates yet, or that this very bridge holds open.
 */
function needsBridge(group: Group, direction: Direction): boolean {
  const [first, ...others] = group.wanted;
  if (first === undefined || !isolates(first, direction)) return false;
  const live = liveAs(group, first)?.policy;
  const bridged = live !== undefined && isBridge(live, direction);
  if (live !== undefined && isolates(live, direction) && !bridged) return false;
  if (!bridged && (group.denied.has(direction) || isolating(group, direction).length > 0)) {
    return false;
  }
  const beside = group.beside();
  const isolated = beside.live.some(
    ({ policy }) => isolates(policy, direction) && !isBridge(policy, direction),
  );
  if (!bridged && isolated) return false;
  const missing = [...others, ...beside.sharing].filter((policy) => isolates(policy, direction));
  return missing.some((policy) => !isThere(group, policy, direction));
}

/** Whether a wanted policy is live with all that it grants in a direction, or as its bridge. */
function isThere(group: Group, wanted: NetworkPolicy, direction: Direction): boolean {
  if (!isolates(wanted, direction)) return true;
  const live =
    liveAs(group, wanted)?.policy ??
    group.beside().live.find(({ policy }) => nameOf(policy) === nameOf(wanted))?.policy;
  if (live === undefined || podsText(live) !== podsText(wanted)) return false;
  return coversIn(live, wanted, direction) || isBridge(live, direction);
}

/**
 * What becomes of a live policy in a direction that it loses. Of many that isolate the same pods,
 * one that just went would leave pods to what the others allow; so first all of them allow all.
 *
 *   situation                                           this one
 *   the direction is wanted: a new generation, a name   goes once what replaces it is whole
 *   the default-deny is not right yet                   waits for it (`denied`)
 *   another subject will isolate some of the pods       waits until it does: nothing may open
 *   the default-deny, or another subject, goes on
 *   isolating some of the pods                          goes: nothing may open
 *   no others, or all of them are bridges               goes
 *   a shard of its own is a bridge                      goes: all of its pods are open
 *   shards of its own                                   is a bridge if it is the first, or waits
 *   only other subjects'                                is a bridge
 */
function fateOf(
  group: Group,
  direction: Direction,
  record: PolicyRecord,
): 'drop' | 'bridge' | 'wait' | 'denied' {
  if (isWanted(group, direction)) return isWhole(group) ? 'drop' : 'wait';
  if (!group.settled) return 'denied';
  const own = isolating(group, direction);
  const { live, wanted } = group.beside();
  const beside = live.filter(({ policy }) => isolates(policy, direction));
  if (group.denied.has(direction)) return 'drop';
  if (wanted.some((policy) => !isThere(group, policy, direction))) return 'wait';
  const isolated =
    wanted.some((policy) => isolates(policy, direction)) ||
    beside.some(({ stays }) => stays.includes(direction));
  if (isolated) return 'drop';
  const mates = own.filter((policy) => policy !== record.policy);
  const bridged = (policy: NetworkPolicy) => isBridge(policy, direction);
  if (mates.some(bridged)) return 'drop';
  if ([...mates, ...beside.map(({ policy }) => policy)].every(bridged)) return 'drop';
  return mates.some((mate) => nameOf(mate) < nameOf(record.policy)) ? 'wait' : 'bridge';
}

/** The policy that isolates in no direction. */
function withoutDirections({ metadata, ...rest }: NetworkPolicy): NetworkPolicy {
  const { [bridgeAnnotation]: _, ...annotations } = metadata.annotations ?? {};
  const { podSelector = {} } = rest.spec;
  const spec = { podSelector, policyTypes: [], ingress: [], egress: [] };
  return { ...rest, metadata: { ...metadata, annotations }, spec };
}

/**
 * What has grants to be written that may replace what a policy loses: other shards of the group, or
 * other subjects.
 */
function comesFirst(group: Group, losing?: NetworkPolicy): Waits | undefined {
  const isMissing = (policy: NetworkPolicy) =>
    directions.some((direction) => !isThere(group, policy, direction));
  if (group.beside().sharing.some(isMissing)) return 'beside';
  const others = group.wanted.filter((policy) => losing && nameOf(policy) !== nameOf(losing));
  return others.some(isMissing) ? 'group' : undefined;
}

/** Own shards come in the same plan; other subjects' policies in others. */
function waitsForOthers(group: Group): Waits {
  const { wanted, live } = group.beside();
  return wanted.length + live.length > 0 ? 'beside' : 'group';
}

function isolating({ live }: Group, direction: Direction): NetworkPolicy[] {
  return live.map(({ policy }) => policy).filter((policy) => isolates(policy, direction));
}

function isWanted({ wanted }: Group, direction: Direction): boolean {
  return wanted.some((policy) => isolates(policy, direction));
}

/** Whether everything that is wanted is live, so that what was before may go. */
function isWhole(group: Group): boolean {
  return group.wanted.every((policy) => {
    const live = liveAs(group, policy)?.policy;
    return live && podsText(live) === podsText(policy) && covers(live, policy);
  });
}

function liveAs({ live }: Group, policy: NetworkPolicy): PolicyRecord | undefined {
  return live.find((record) => nameOf(record.policy) === nameOf(policy));
}

function step(change: Change | undefined, waits?: Waits): Step {
  return { ...(change && { change }), ...(waits && { waits }) };
}

function nameOf({ metadata }: NetworkPolicy): string {
  return metadata.name;
}
