import { contradicts, demandsOf, selects } from '../model/labels.ts';
import { type Direction, directions } from '../model/policy.ts';
import { getsLabel, isRuntimeLabel } from '../model/runtime-labels.ts';
import { selectsNothing } from '../model/selects-nothing.ts';
import type { NamespaceState, Resource, Workload } from './namespace-state.ts';
import { declarationsOf, declaredDeny, vetoOf, vetoOfResource } from './subjects.ts';

/**
 * A selector resource and a workload whose template it does not match, and some of whose pods it may
 * match once they run: it is a subject of its own, whose word is added for those pods.
 */
export interface RuntimeOverlap {
  readonly workload: Workload;
  readonly resource: Resource;
  /** The labels that it asks for and the template lacks. */
  readonly keys: readonly string[];
  /** Kubernetes puts all of them on such pods. */
  readonly isCertain: boolean;
}

/** The selector resources that may match pods of a workload by what these get at run time. */
export function runtimeOverlapsOf(state: NamespaceState, workload: Workload): RuntimeOverlap[] {
  return state.resourcesNear(workload.record.labels).flatMap((resource) => {
    const overlap = overlapOf(workload, resource);
    if (overlap === undefined) return [];
    return overlap.isCertain || !hasTemplate(state, resource) ? [overlap] : [];
  });
}

/** The workloads of which a selector resource may match pods by what these get at run time. */
export function runtimeOverlapsBy(state: NamespaceState, resource: Resource): RuntimeOverlap[] {
  const { subject } = resource.intent;
  if (subject?.type !== 'selector') return [];
  const isMeant = hasTemplate(state, resource);
  if (isMeant && !demandsOf(subject.selector).some(({ key }) => isRuntimeLabel(key))) return [];
  const overlaps = nearlySelectedBy(state, resource);
  return isMeant ? overlaps.filter(({ isCertain }) => isCertain) : overlaps;
}

/** Those of which it might, if no template matched its selector as a whole. */
export function nearlySelectedBy(state: NamespaceState, resource: Resource): RuntimeOverlap[] {
  const { subject } = resource.intent;
  if (subject?.type !== 'selector') return [];
  return state
    .workloadsNear(subject.selector)
    .flatMap((workload) => overlapOf(workload, resource) ?? []);
}

/**
 * Whether it is some template that a selector means: then nobody has to put its labels on other pods at
 * run time, but for those that Kubernetes itself puts there.
 */
function hasTemplate(state: NamespaceState, { intent: { subject } }: Resource): boolean {
  return subject?.type === 'selector' && state.matching(subject.selector).length > 0;
}

/**
 * What a template has must not contradict the selector, and it must have one of the labels that this
 * demands; or those that it lacks are all put on its pods by Kubernetes itself.
 */
function overlapOf(workload: Workload, resource: Resource): RuntimeOverlap | undefined {
  const { subject, declarations } = resource.intent;
  const { record } = workload;
  if (subject?.type !== 'selector' || declarations.length === 0 || record.draining) {
    return undefined;
  }
  const { selector } = subject;
  const { labels } = record;
  if (selects(selector, labels) || contradicts(selector, labels)) return undefined;
  const demands = demandsOf(selector);
  const lacking = demands.filter(({ key }) => !Object.hasOwn(labels, key));
  const gets = lacking.map((demand) => getsLabel(record, demand));
  if (gets.includes('no')) return undefined;
  const isCertain = gets.every((each) => each === 'yes');
  const isHalf = lacking.length < demands.length || isCertain;
  if (!isHalf || selectsNothing(selector)) return undefined;
  const keys = [...new Set(lacking.map(({ key }) => key))].sort();
  return { workload, resource, keys, isCertain };
}

/** The directions in which the workload says none, and what the resource says counts for those pods. */
export function noneOfWorkload(
  state: NamespaceState,
  { workload, resource }: RuntimeOverlap,
): Direction[] {
  const declared = new Set(resource.intent.declarations.map(({ direction }) => direction));
  return directions.filter(
    (direction) =>
      declared.has(direction) &&
      vetoOf(state, workload, direction) !== undefined &&
      vetoOfResource(state, resource, direction) === undefined,
  );
}

/** The directions in which the resource says none, and the word of the workload counts all the same. */
export function noneOfResource(
  state: NamespaceState,
  { workload, resource }: RuntimeOverlap,
): Direction[] {
  const { declarations } = resource.intent;
  const says = (direction: Direction) =>
    declarations.some((each) => each.direction === direction && each.nobody);
  return directions.filter(
    (direction) =>
      says(direction) &&
      (declaredDeny(state).has(direction) ||
        declarationsOf(state, workload, direction).length > 0) &&
      vetoOf(state, workload, direction) === undefined,
  );
}
