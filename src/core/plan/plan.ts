import { compile } from '../compile/compile.ts';
import { type Finding, finding } from '../model/finding.ts';
import { type Key, partsOf, refOf } from '../model/identity.ts';
import { selectsEverything } from '../model/labels.ts';
import { isOurs } from '../model/ownership.ts';
import { type Direction, type NetworkPolicy, nameOfPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { denyDirections, liveDenyDirections, needsPolicy } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { besideOf } from './beside.ts';
import type { Change } from './change.ts';
import { type Beside, type Group, planGroup, type Step } from './group.ts';
import { type Hold, holdBack } from './hold.ts';
import { leavingOut } from './internet.ts';
import { wantedOfOlder } from './older.ts';
import { wouldBreakParty } from './party.ts';
import { isOfPresent, placeWanted, podsText } from './place.ts';

export interface Plan {
  readonly changes: readonly Change[];
  /** Something waits for the default-deny, or for other subjects' policies: plan again later. */
  readonly held: boolean;
  /** Something waits for the changes of this very plan: plan again once they are made. */
  readonly more: boolean;
  /** What would be written but for what holds it back. */
  readonly withheld: readonly Change[];
  readonly findings: readonly Finding[];
}

const none: Beside = { wanted: [], sharing: [], live: [] };
const nothing: Plan = { changes: [], held: false, more: false, withheld: [], findings: [] };

/**
 * What to write so that the live policies of one key become the wanted ones. Only policies that are
 * ours and were written for this key are changed or deleted.
 *
 *   wanted  live           write
 *   yes     none           create
 *   yes     ours, differs  update
 *   yes     ours, same     nothing
 *   yes     foreign        the same under the next free name, NameConflict
 *   no      ours           delete: once its pods are gone, where some may drain; else once what
 *                          replaces it is live, and the default-deny is right
 *
 * Order of one namespace (invariant 4): workload policies are created and updated first (U), then
 * the default-deny (D, see `listUnwritten`), and only then do workloads lose a direction or their
 * policy (X). The phase is read from the live objects (`planGroup`).
 */
export function planKey(
  world: World,
  key: Key,
  wanted: readonly NetworkPolicy[],
  hold: Hold = {},
): Plan {
  const { namespace } = partsOf(key);
  const state = world.state(namespace);
  // The namespace's own deletion takes our policies with it.
  if (state?.object?.record.terminating) return nothing;
  const placed = placeWanted(key, wanted, state?.policies ?? new Map());
  const context = contextOf(world, state, key, placed.policies);
  const ours = [...(state?.policiesFor(key) ?? [])].filter(isOurs);
  if (placed.policies.length + ours.length === 0) return { ...nothing, findings: placed.findings };
  const current = ours.filter(({ policy }) => isOfPresent(policy, placed.policies));
  const older = ours.filter((record) => !current.includes(record));
  const steps = planGroup(groupOf(context, placed.policies, current));
  for (const [, live] of Map.groupBy(older, ({ policy }) => podsText(policy))) {
    steps.push(...planOlder(context, live));
  }
  const plan = {
    changes: steps.flatMap(({ change }) => change ?? []),
    held: steps.some(({ waits }) => waits === 'deny' || waits === 'beside'),
    more: steps.some(({ waits }) => waits === 'group'),
    findings: [...placed.findings, ...steps.flatMap((step) => adoption(key, step))],
  };
  const held = holdBroken(world, key, holdBack({ ...nothing, ...plan }, hold));
  if (hold.all) return held;
  return { ...held, changes: leavingOut(world.rangeSources, held.changes, ours) };
}

function holdBroken(world: World, key: Key, plan: Plan): Plan {
  const broken = wouldBreakParty(world, key, plan.changes);
  if (broken === undefined) return plan;
  const withheld = [...plan.withheld, ...plan.changes];
  return { ...plan, changes: [], more: false, withheld, findings: [...plan.findings, broken] };
}

/** A policy that a backup brought back is ours again once we have applied it. */
function adoption(key: Key, { change }: Step): Finding[] {
  if (change?.type !== 'update' || change.live.applied) return [];
  const data = { policy: nameOfPolicy(change.policy) };
  return [finding('Adopted', refOf(key), { path: [] }, data)];
}

/** What the policies of one key are planned in. */
interface Context {
  readonly world: World;
  readonly key: Key;
  readonly state: NamespaceState | undefined;
  readonly placed: readonly NetworkPolicy[];
  readonly settled: boolean;
  readonly denied: ReadonlySet<Direction>;
}

function contextOf(
  world: World,
  state: NamespaceState | undefined,
  key: Key,
  placed: readonly NetworkPolicy[],
): Context {
  const isDeny = partsOf(key).kind === 'Namespace';
  const settled = isDeny || state === undefined || isDenySettled(state);
  const denied = isDeny || state === undefined ? new Set<Direction>() : liveDenyDirections(state);
  return { world, key, state, placed, settled, denied };
}

function groupOf(
  { world, key, state, settled, denied }: Context,
  wanted: readonly NetworkPolicy[],
  live: readonly PolicyRecord[],
  own: Key | 'replaced' = key,
): Group {
  let known: Beside | undefined;
  const find = () => {
    const { podSelector = {} } = (wanted[0] ?? live[0]?.policy)?.spec ?? {};
    const alone = state === undefined || partsOf(key).kind === 'Namespace';
    return alone ? none : besideOf(world, state, podSelector, new Set(live), own);
  };
  return { wanted, live, settled, denied, beside: () => (known ??= find()) };
}

/**
 * Policies of a selector by which the subject does not select any more. While pods of it drain they
 * have its present word, so that access that was withdrawn is not kept, above all not by new pods
 * that they happen to match as well.
 */
function planOlder(context: Context, live: readonly PolicyRecord[]): Step[] {
  const { world, key, state, placed } = context;
  const [any] = live;
  if (state === undefined || any === undefined || !mayStillBeNeeded(context, any)) {
    return planGroup(groupOf(context, [], live, 'replaced'));
  }
  const { podSelector = {} } = any.policy.spec;
  const refreshed = wantedOfOlder(world, state, key, placed, podSelector);
  const gone: Step[] = live.map((record) => ({
    change: { type: 'delete', live: record, whenPodsAreGone: true },
  }));
  if (placed.length === 0) return gone;
  if (refreshed.length === 0) return planGroup(groupOf(context, [], live, 'replaced'));
  return [...planGroup(groupOf(context, refreshed, live)), ...gone];
}

/** Whether the live default-deny of a namespace covers exactly the wanted directions. */
function isDenySettled(state: NamespaceState): boolean {
  const live = liveDenyDirections(state);
  const wanted = denyDirections(state);
  return live.size === wanted.size && [...wanted].every((direction) => live.has(direction));
}

/**
 * Whether pods that the policy was written for may still run although nothing makes new ones.
 *
 *   the workload            its policies of other selectors; never one of everything
 *   is there, isolated      stay until their pods are gone
 *   is there, not isolated  go: it says nothing about its pods any more
 *   is gone                 stay until their pods are gone, unless another workload has taken over
 *                           the very selector, and with it the word for these pods
 */
function mayStillBeNeeded({ key, state, placed }: Context, { policy }: PolicyRecord): boolean {
  const { kind } = partsOf(key);
  if (kind === 'Namespace' || kind === 'AppConnectivity') return false;
  if (selectsEverything(policy.spec.podSelector ?? {})) return false;
  const workload = state?.workloads.get(key);
  if (workload !== undefined && !workload.record.draining) return placed.length > 0;
  if (state === undefined) return true;
  const heirs = state.matching(policy.spec.podSelector ?? {});
  return !heirs.some(
    (heir) =>
      !heir.record.draining &&
      JSON.stringify(heir.record.selector) === podsText(policy) &&
      hasSpoken(state, heir),
  );
}

/** Whether what a workload says about its pods is live: its policy, or that it needs none. */
function hasSpoken(state: NamespaceState, workload: Workload): boolean {
  return !needsPolicy(state, workload) || state.policiesFor(workload.key).size > 0;
}

/**
 * The workloads and resources of a namespace whose policies are still to be created or updated: its
 * default-deny may go in, or change, without cutting anyone once there are none (phase D after U).
 * What is only to be lost does not matter for that. Sorted. `among` narrows the question to some of them.
 */
export function listUnwritten(world: World, namespace: string, among?: readonly Key[]): Key[] {
  const state = world.state(namespace);
  if (state === undefined) return [];
  const keys = among ?? [...state.workloads.keys(), ...state.resources.keys()];
  const unwritten = keys.filter((key) => {
    const { policies } = compile(world, key);
    const { changes, more } = planKey(world, key, policies, { losses: true });
    return more || changes.some((change) => change.type !== 'delete');
  });
  return unwritten.sort();
}
