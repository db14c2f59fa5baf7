import { type Finding, finding } from '../model/finding.ts';
import { type Key, partsOf, refOf } from '../model/identity.ts';
import { canonicalSelector } from '../model/labels.ts';
import { defaultDenyName } from '../model/names.ts';
import { withChecksum } from '../model/ownership.ts';
import { type Direction, directions, type NetworkPolicy, nameOfPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { declarationsOf, denyDirections } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { saysTheSame } from './compare.ts';

/**
 * One write. `whenPodsAreGone`: only once no pod matches the policy's selector any more, because its
 * workload is gone or selects other pods now, and pods may still drain.
 */
export type Change =
  | { readonly type: 'create' | 'update'; readonly policy: NetworkPolicy }
  | { readonly type: 'delete'; readonly live: PolicyRecord; readonly whenPodsAreGone: boolean };

/** The policy that a change writes or deletes. */
export function policyOf(change: Change): NetworkPolicy {
  return change.type === 'delete' ? change.live.policy : change.policy;
}

export interface Plan {
  readonly changes: readonly Change[];
  /** Something is held until the live default-deny is the wanted one: plan again later. */
  readonly held: boolean;
  readonly findings: readonly Finding[];
}

/**
 * What to write so that the live policies of one key become the wanted ones. Only policies that our
 * field manager applied are changed or deleted.
 *
 *   wanted  live           write
 *   yes     none           create
 *   yes     ours, differs  update
 *   yes     ours, same     nothing
 *   yes     foreign        nothing, NameConflict
 *   no      ours           delete: once its pods are gone, where some may drain; else held while the
 *                          default-deny still has to change
 *
 * Order of one namespace (invariant 4): workload policies are created and updated first (U), then
 * the default-deny (D, see `listUnwritten`), and only then do workloads lose a direction or their
 * policy (X). The phase is read from the live objects.
 */
export function planKey(world: World, key: Key, wanted: readonly NetworkPolicy[]): Plan {
  const { namespace, kind } = partsOf(key);
  const state = world.state(namespace);
  const live = state?.policies ?? new Map<string, PolicyRecord>();
  const settled = kind === 'Namespace' || state === undefined || isDenySettled(state);
  const steps = [
    ...wanted.map((policy) => planWanted(key, policy, live.get(policy.metadata.name), settled)),
    ...unwanted(state, key, wanted).flatMap((record) =>
      planUnwanted(state, key, record, { settled, current: wanted[0] }),
    ),
  ];
  return {
    changes: steps.flatMap(({ change }) => change ?? []),
    held: steps.some(({ held }) => held),
    findings: steps.flatMap(({ finding: found }) => found ?? []),
  };
}

interface Step {
  readonly change?: Change;
  readonly held?: boolean;
  readonly finding?: Finding;
}

function planWanted(
  key: Key,
  policy: NetworkPolicy,
  record: PolicyRecord | undefined,
  settled: boolean,
): Step {
  if (record === undefined) return { change: { type: 'create', policy } };
  if (!record.applied) return { finding: nameConflict(key, policy) };
  const target = settled ? policy : keepLostDirections(policy, record.policy);
  const held = target !== policy;
  return saysTheSame(record.policy, target)
    ? { held }
    : { held, change: { type: 'update', policy: target } };
}

/** Ours (our field manager applied them) that were written for this key and are not wanted. */
function unwanted(
  state: NamespaceState | undefined,
  key: Key,
  wanted: readonly NetworkPolicy[],
): PolicyRecord[] {
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return [...(state?.policiesFor(key) ?? [])].filter(
    ({ applied, policy }) => applied && !names.has(policy.metadata.name),
  );
}

function planUnwanted(
  state: NamespaceState | undefined,
  key: Key,
  live: PolicyRecord,
  { settled, current }: { settled: boolean; current: NetworkPolicy | undefined },
): Step[] {
  if (!mayStillBeNeeded(state, key, live, current)) {
    return settled
      ? [{ change: { type: 'delete', live, whenPodsAreGone: false } }]
      : [{ held: true }];
  }
  const refresh = current && planWanted(key, withWordOf(live.policy, current), live, settled);
  return [
    ...(refresh ? [refresh] : []),
    { change: { type: 'delete', live, whenPodsAreGone: true } },
  ];
}

/**
 * The policy of an older selector with the workload's present rules: while it stays for the pods
 * that drain, it must not keep access that was withdrawn, above all not for new pods that it
 * happens to match as well.
 */
function withWordOf(older: NetworkPolicy, current: NetworkPolicy): NetworkPolicy {
  const { namespace, name } = older.metadata;
  return withChecksum({
    ...current,
    metadata: { ...current.metadata, namespace, name },
    spec: { ...current.spec, podSelector: older.spec.podSelector ?? {} },
  });
}

/**
 * Whether the live default-deny of a namespace covers exactly the wanted directions. Somebody
 * else's policy of that name is never written over, so there is nothing to wait for.
 */
function isDenySettled(state: NamespaceState): boolean {
  const live = state.policies.get(defaultDenyName);
  if (live?.applied === false) return true;
  const types = new Set(live?.applied ? live.policy.spec.policyTypes : []);
  const wanted = denyDirections(state);
  return types.size === wanted.size && [...wanted].every((direction) => types.has(direction));
}

/**
 * The new policy with the old rules of the directions that it loses. Until the default-deny changes,
 * dropping such a direction would leave its pods to the deny alone, and cut them.
 */
function keepLostDirections(wanted: NetworkPolicy, live: NetworkPolicy): NetworkPolicy {
  const types = wanted.spec.policyTypes ?? [];
  const lost = (live.spec.policyTypes ?? []).filter((direction) => !types.includes(direction));
  if (lost.length === 0) return wanted;
  const kept: Partial<Record<Direction, unknown>> = {};
  if (lost.includes('Ingress')) kept.Ingress = live.spec.ingress ?? [];
  if (lost.includes('Egress')) kept.Egress = live.spec.egress ?? [];
  const policyTypes = directions.filter((each) => types.includes(each) || lost.includes(each));
  const { Ingress: ingress = wanted.spec.ingress, Egress: egress = wanted.spec.egress } = kept;
  return {
    ...wanted,
    spec: { ...wanted.spec, policyTypes, ingress, egress } as NetworkPolicy['spec'],
  };
}

/**
 * Whether pods that the policy was written for may still run although nothing makes new ones.
 *
 *   the workload            its policies of other selectors
 *   is there, isolated      stay until their pods are gone
 *   is there, not isolated  go: it says nothing about its pods any more
 *   is gone                 stay until their pods are gone, unless another workload has taken over
 *                           the very selector, and with it the word for these pods
 */
function mayStillBeNeeded(
  state: NamespaceState | undefined,
  key: Key,
  { policy }: PolicyRecord,
  current: NetworkPolicy | undefined,
): boolean {
  const { kind } = partsOf(key);
  if (kind === 'Namespace' || kind === 'AppConnectivity') return false;
  if (state?.workloads.has(key)) return current !== undefined;
  if (state === undefined) return true;
  const selector = JSON.stringify(canonicalSelector(policy.spec.podSelector ?? {}));
  const heirs = state.matching(policy.spec.podSelector ?? {});
  return !heirs.some(
    (heir) => JSON.stringify(heir.record.selector) === selector && hasSpoken(state, heir),
  );
}

/** Whether what a workload says about its pods is live: its policy, or that it needs none. */
function hasSpoken(state: NamespaceState, workload: Workload): boolean {
  const denied = denyDirections(state);
  const isolated = directions.some(
    (direction) => denied.has(direction) || declarationsOf(state, workload, direction).length > 0,
  );
  return !isolated || state.policiesFor(workload.key).size > 0;
}

/**
 * The workloads and resources of a namespace whose policies are still to be created or updated: its
 * default-deny may go in, or change, without cutting anyone once there are none (phase D after U).
 * `among` narrows the question to some of them.
 */
export function listUnwritten(
  world: World,
  namespace: string,
  compile: (key: Key) => readonly NetworkPolicy[],
  among?: readonly Key[],
): Key[] {
  const state = world.state(namespace);
  if (state === undefined) return [];
  const keys = among ?? [...state.workloads.keys(), ...state.resources.keys()];
  return keys.filter((key) =>
    planKey(world, key, compile(key)).changes.some(({ type }) => type !== 'delete'),
  );
}

/**
 * Refuses, before the write, a rule that admits everyone without saying whom: such a rule is never
 * wanted, so it can only come from a bug on the way. Returns the reason, or undefined when safe.
 */
export function findAllowAll(policy: NetworkPolicy): string | undefined {
  const { spec } = policy;
  const lists = [
    ...(spec.ingress ?? []).map(({ from }) => from),
    ...(spec.egress ?? []).map(({ to }) => to),
  ];
  const open = lists.some(
    (peers) => peers === undefined || peers.length === 0 || peers.some(isEveryone),
  );
  return open ? `a rule of ${nameOfPolicy(policy)} would admit everyone` : undefined;
}

function isEveryone(peer: object): boolean {
  return Object.keys(peer).length === 0;
}

function nameConflict(key: Key, policy: NetworkPolicy): Finding {
  const data = { policy: nameOfPolicy(policy) };
  return finding('NameConflict', refOf(key), { path: [] }, data);
}
