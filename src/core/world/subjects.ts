import type { Labelled } from '../intent/annotations.ts';
import type { Declaration } from '../model/declaration.ts';

import { type Key, keyOf, partsOf } from '../model/identity.ts';
import { type LabelSelector, selectsEverything } from '../model/labels.ts';
import { isOurs } from '../model/ownership.ts';

import { type Direction, directions, isExempt } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import type { Mode } from '../model/settings.ts';
import { configuredDeny } from './configured-deny.ts';
import type { NamespaceState, Resource, Workload } from './namespace-state.ts';
import type { World } from './world.ts';

/**
 * Every accepted declaration of a workload in one direction: its annotation, the resources that
 * name it, and the resources whose selector matches its template.
 */
export function declarationsOf(
  state: NamespaceState,
  workload: Workload,
  direction: Direction,
): Declaration[] {
  const resources = state.resourcesAbout(workload).flatMap(({ intent }) => intent.declarations);
  const all = [...workload.intent.declarations, ...resources];
  return all.filter((declaration) => declaration.direction === direction);
}

/** The declaration of a workload that says that nobody is meant in this direction, if one does. */
export function vetoOf(
  state: NamespaceState,
  workload: Workload,
  direction: Direction,
): Declaration | undefined {
  return declarationsOf(state, workload, direction).find(({ nobody }) => nobody);
}

/** The one that silences a selector resource: its own, or that of a workload that it matches. */
export function vetoOfResource(
  state: NamespaceState,
  resource: Resource,
  direction: Direction,
): Declaration | undefined {
  const own = resource.intent.declarations.find(
    (declaration) => declaration.direction === direction && declaration.nobody,
  );
  if (own !== undefined) return own;
  for (const workload of matchedBy(state, resource)) {
    const veto = vetoOf(state, workload, direction);
    if (veto !== undefined) return veto;
  }
  return undefined;
}

/** The workloads that a selector resource matches; none for a resource about one workload. */
export function matchedBy(state: NamespaceState, { intent }: Resource): Workload[] {
  return intent.subject?.type === 'selector' ? state.matching(intent.subject.selector) : [];
}

/** The workloads that a resource speaks for: the one that it names, or those that it matches. */
export function spokenFor(state: NamespaceState, resource: Resource): Workload[] {
  const { record, intent } = resource;
  if (intent.subject?.type !== 'workload') return matchedBy(state, resource);
  const { kind, name } = intent.subject;
  const workload = state.workloads.get(keyOf({ kind, namespace: record.namespace, name }));
  return workload === undefined ? [] : [workload];
}

/** The live default-deny policies of a namespace that are ours: the memory of what it was. */
export function liveDeny(state: NamespaceState): readonly PolicyRecord[] {
  return [...state.policiesFor(state.key)].filter(isOurs);
}

/** The directions in which the live default-deny of ours isolates the pods of a namespace. */
export function liveDenyDirections(state: NamespaceState): ReadonlySet<Direction> {
  return new Set(liveDeny(state).flatMap(({ policy }) => policy.spec.policyTypes ?? []));
}

/**
 * The directions in which a namespace is to be default-deny, whether or not it is in audit.
 *
 *   label      directions
 *   valid      what it says, and the configured floors
 *   absent     the configured floors and defaults
 *   no value   those of the live default-deny, and the floors; without one, as if absent
 *
 * None while it waits for its turn.
 */
export function declaredDeny(state: NamespaceState): ReadonlySet<Direction> {
  return isWaiting(state) ? new Set() : deniedInTurn(state);
}

/** Whether a namespace is to be default-deny, now or when its turn comes. */
export function isToBeDenied(state: NamespaceState): boolean {
  return modeInTurn(state) === 'enforce' && deniedInTurn(state).size > 0;
}

/**
 * Whether a namespace waits for its turn by the pace: until the world hears that it is let go, the
 * configuration denies it nothing. What is denied already does not wait, nor what its own label
 * says.
 */
export function isWaiting(state: NamespaceState): boolean {
  const { letGo, name, object } = state;
  if (letGo === undefined || letGo.has(name)) return false;
  if (object?.intent.deny !== 'absent' || object.record.terminating) return false;
  return liveDeny(state).length === 0 && isToBeDenied(state);
}

function deniedInTurn(state: NamespaceState): ReadonlySet<Direction> {
  const said = state.object?.intent.deny ?? 'absent';
  const { floors, defaults } = configuredDeny(state);
  if (said === 'absent') return new Set([...floors, ...defaults]);
  if (said !== 'invalid') return new Set([...floors, ...said]);
  const live = liveDeny(state).length > 0;
  return new Set([...floors, ...(live ? liveDenyDirections(state) : defaults)]);
}

/** The directions in which the default-deny of a namespace is wanted: none in audit. */
export function denyDirections(state: NamespaceState): ReadonlySet<Direction> {
  return modeOf(state) === 'audit' ? new Set() : declaredDeny(state);
}

/**
 * The mode of a namespace.
 *
 *   label      mode
 *   enforce    enforce
 *   audit      audit; the cluster's where a floor is configured, which no label opens, and whose
 *              turn has come
 *   absent     the cluster's; so too where the configuration lets no label count
 *   no value   enforce while the default-deny or a policy of a subject in force is live, which show
 *              that it was; else the cluster's
 */
export function modeOf(state: NamespaceState): Mode {
  return modeLabel(state) === 'audit' && isWaiting(state) ? 'audit' : modeInTurn(state);
}

function modeInTurn(state: NamespaceState): Mode {
  const { mode: ofCluster } = state.settings;
  const said = modeLabel(state);
  if (said === 'enforce' || (said === 'invalid' && showsEnforced(state))) return 'enforce';
  return said === 'audit' && configuredDeny(state).floors.size === 0 ? 'audit' : ofCluster;
}

/** Whether something live of ours shows that a namespace is enforced. */
function showsEnforced({ policies }: NamespaceState): boolean {
  return [...policies.values()].some((record) => isOurs(record) && !isExempt(record.policy));
}

/** What the label says about the mode, as far as the configuration lets it count. */
export function modeLabel({ settings, object }: NamespaceState): Labelled<Mode> {
  return settings.labels.mode ? (object?.intent.mode ?? 'absent') : 'absent';
}

/** Whether a workload is in audit: by its own annotation, or with its namespace. */
export function isAudited(state: NamespaceState, { intent }: Workload): boolean {
  return intent.audits || modeOf(state) === 'audit';
}

/**
 * The workloads that are in force and whose pods a workload selects as well, by its selector or an
 * older one. While there are any, it is not exempt from what others' policies isolate: what keeps its
 * pods exempt would open theirs. A selector without requirements makes no policy, so it opens nobody.
 */
export function sharingPods(state: NamespaceState, key: Key, selector: LabelSelector): Workload[] {
  if (selectsEverything(selector)) return [];
  return state.matching(selector).filter((other) => other.key !== key && !other.intent.audits);
}

/**
 * The directions in which policies that were written for others isolate the pods of a workload: the
 * default-deny, and selector resources that match it. In audit it is exempt from those.
 */
export function heldDirections(state: NamespaceState, workload: Workload): ReadonlySet<Direction> {
  if (modeOf(state) === 'audit') return new Set();
  const selecting = state
    .resourcesAbout(workload)
    .filter(({ intent }) => intent.subject?.type === 'selector');
  const declared = selecting.flatMap(({ intent }) =>
    intent.declarations.map(({ direction }) => direction),
  );
  return new Set([...denyDirections(state), ...declared]);
}

/** Whether a workload is to have a policy: it is isolated, or exempt from what isolates its pods. */
export function needsPolicy(state: NamespaceState, workload: Workload): boolean {
  if (isAudited(state, workload)) return heldDirections(state, workload).size > 0;
  const denied = denyDirections(state);
  return directions.some(
    (direction) => denied.has(direction) || declarationsOf(state, workload, direction).length > 0,
  );
}

/**
 * Whether what a key loses is wanted by a mode: audit takes policies away on purpose. A value that is
 * none wants nothing.
 */
export function isExemptFromBreaker(world: World, key: Key): boolean {
  const { namespace } = partsOf(key);
  const state = world.state(namespace);
  if (state === undefined) return false;
  const audited = modeLabel(state) !== 'invalid' && modeOf(state) === 'audit';
  return audited || state.workloads.get(key)?.intent.audits === true;
}

/** Whether silent workloads of the namespace are isolated in this direction, were they enforced. */
export function mayBeIsolated(state: NamespaceState, direction: Direction): boolean {
  return declaredDeny(state).has(direction);
}
