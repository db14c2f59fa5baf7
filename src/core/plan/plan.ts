import { type Finding, finding } from '../model/finding.ts';
import { appsGroup, type Key, type ObjectRef, ourGroup, partsOf } from '../model/identity.ts';
import { defaultDenyName } from '../model/names.ts';
import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import type { NamespaceState } from '../world/namespace-state.ts';
import { denyDirections } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { saysTheSame, specText } from './compare.ts';

/**
 * One write. `whenPodsAreGone`: only once no pod matches the policy's selector any more, because its
 * workload is gone or selects other pods now, and pods may still drain.
 */
export type Change =
  | { readonly type: 'create' | 'update'; readonly policy: NetworkPolicy }
  | { readonly type: 'delete'; readonly live: PolicyRecord; readonly whenPodsAreGone: boolean };

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
 *   no      ours           delete; held while the default-deny still has to change
 *
 * Order of one namespace (invariant 4): workload policies are created and updated first (U), then
 * the default-deny (D, see `isReadyForDeny`), and only then do workloads lose a direction or their
 * policy (X). The phase is read from the live objects.
 */
export function planKey(world: World, key: Key, wanted: readonly NetworkPolicy[]): Plan {
  const { namespace, kind } = partsOf(key);
  const state = world.state(namespace);
  const live = state?.policies ?? new Map<string, PolicyRecord>();
  const settled = kind === 'Namespace' || state === undefined || isDenySettled(state);
  const steps = [
    ...wanted.map((policy) => planWanted(key, policy, live.get(policy.metadata.name), settled)),
    ...unwanted(state, key, wanted).map((record) => planUnwanted(state, key, record, settled)),
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
  settled: boolean,
): Step {
  const whenPodsAreGone = mayStillBeNeeded(state, key, live);
  if (!settled && !whenPodsAreGone) return { held: true };
  return { change: { type: 'delete', live, whenPodsAreGone } };
}

/** Whether the live default-deny of a namespace covers exactly the wanted directions. */
function isDenySettled(state: NamespaceState): boolean {
  const live = state.policies.get(defaultDenyName);
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

/** Whether pods that the policy was written for may still run although nothing makes new ones. */
function mayStillBeNeeded(
  state: NamespaceState | undefined,
  key: Key,
  { policy }: PolicyRecord,
): boolean {
  const { kind } = partsOf(key);
  if (kind === 'Namespace' || kind === 'AppConnectivity') return false;
  const workload = state?.workloads.get(key);
  if (workload === undefined) return true;
  const same = { ...policy, spec: { ...policy.spec, podSelector: workload.record.selector } };
  return specText(policy) !== specText(same);
}

/**
 * Whether every workload policy of a namespace is as wanted, so that its default-deny may go in or
 * change without cutting anyone who has a rule (phase D after U).
 */
export function isReadyForDeny(
  world: World,
  namespace: string,
  compile: (key: Key) => readonly NetworkPolicy[],
): boolean {
  const { workloads, resources } = world.state(namespace) ?? {
    workloads: new Map(),
    resources: new Map(),
  };
  for (const key of [...workloads.keys(), ...resources.keys()]) {
    const { changes } = planKey(world, key, compile(key));
    if (changes.some(({ type }) => type !== 'delete')) return false;
  }
  return true;
}

/**
 * Refuses, before the write, a rule that admits everyone without saying whom: such a rule is never
 * wanted, so it can only come from a bug on the way. Returns the reason, or undefined when safe.
 */
export function findAllowAll({ spec, metadata }: NetworkPolicy): string | undefined {
  const lists = [
    ...(spec.ingress ?? []).map(({ from }) => from),
    ...(spec.egress ?? []).map(({ to }) => to),
  ];
  const open = lists.some(
    (peers) => peers === undefined || peers.length === 0 || peers.some(isEveryone),
  );
  return open ? `a rule of ${metadata.namespace}/${metadata.name} would admit everyone` : undefined;
}

function isEveryone(peer: object): boolean {
  return Object.keys(peer).length === 0;
}

function nameConflict(key: Key, { metadata }: NetworkPolicy): Finding {
  const { kind, namespace, name } = partsOf(key);
  const group = kind === 'AppConnectivity' ? ourGroup : appsGroup;
  const object: ObjectRef = {
    group: kind === 'Namespace' ? '' : group,
    kind,
    namespace: kind === 'Namespace' ? '' : namespace,
    name,
  };
  return finding(
    'NameConflict',
    object,
    { path: [] },
    { policy: `${metadata.namespace}/${metadata.name}` },
  );
}
