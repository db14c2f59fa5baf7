import type { Declaration } from '../model/declaration.ts';
import { defaultDenyName } from '../model/names.ts';
import { isOurs } from '../model/ownership.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceState, Resource, Workload } from './namespace-state.ts';

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

/** Whether a declaration of the workload in this direction says that nobody is meant. */
export function isVetoed(
  state: NamespaceState,
  workload: Workload,
  direction: Direction,
): Declaration | undefined {
  return declarationsOf(state, workload, direction).find(({ nobody }) => nobody);
}

/** The declaration that silences a selector resource: its own, or that of a workload it matches. */
export function isResourceVetoed(
  state: NamespaceState,
  resource: Resource,
  direction: Direction,
): Declaration | undefined {
  const own = resource.intent.declarations.find(
    (declaration) => declaration.direction === direction && declaration.nobody,
  );
  if (own !== undefined) return own;
  for (const workload of matchedBy(state, resource)) {
    const veto = isVetoed(state, workload, direction);
    if (veto !== undefined) return veto;
  }
  return undefined;
}

/** The workloads that a selector resource matches; none for a resource about one workload. */
export function matchedBy(state: NamespaceState, { intent }: Resource): Workload[] {
  return intent.subject?.type === 'selector' ? state.matching(intent.subject.selector) : [];
}

/**
 * The directions in which a namespace is default-deny. Its label decides; while the label is not
 * valid, the live default-deny policy of ours is the memory of what it was.
 */
export function denyDirections(state: NamespaceState): ReadonlySet<Direction> {
  const declared = state.object?.intent.deny;
  if (declared !== undefined || state.object === undefined) return declared ?? new Set();
  const live = state.policies.get(defaultDenyName);
  const remembered = live !== undefined && isOurs(live) ? live.policy.spec.policyTypes : [];
  return new Set(remembered);
}

/** Whether silent workloads of the namespace are isolated in this direction. */
export function mayBeIsolated(state: NamespaceState, direction: Direction): boolean {
  return denyDirections(state).has(direction);
}
