import type { Declaration, Switches } from '../model/declaration.ts';
import type { Direction } from '../model/policy.ts';
import type { WorkloadRecord } from '../model/records.ts';
import { isDefaultDeny } from './modes.ts';
import {
  annotationsOf,
  matchesResource,
  resourcesMatching,
  resourcesNaming,
  type SelectorResource,
  type Voices,
  voicesOfNamespace,
} from './voices.ts';

/** Declarations of W in D: its annotation, resources that name it, selector resources ("Declarations"). */
export function declarationsOf(
  voices: Voices,
  workload: WorkloadRecord,
  direction: Direction,
): Declaration[] {
  return [
    ...writtenBy(voices, workload, direction),
    ...resourcesMatching(voices, workload).flatMap((resource) => inDirection(resource, direction)),
  ];
}

/** What W writes itself: its annotation and the resources that name it ("Naming"). */
export function writtenBy(
  voices: Voices,
  workload: WorkloadRecord,
  direction: Direction,
): Declaration[] {
  return [...annotationsOf(voices, workload), ...resourcesNaming(voices, workload)].flatMap(
    (voice) => inDirection(voice, direction),
  );
}

/** The declarations of one object in one direction. */
export function inDirection(
  { declarations }: { readonly declarations: readonly Declaration[] },
  direction: Direction,
): Declaration[] {
  return declarations.filter((declaration) => declaration.direction === direction);
}

/** W is isolated in D if it is declared in D or its namespace is default-deny in D ("Words"). */
export function isIsolated(
  voices: Voices,
  workload: WorkloadRecord,
  direction: Direction,
): boolean {
  return (
    declarationsOf(voices, workload, direction).length > 0 ||
    isDefaultDeny(voices, workload.ref.namespace, direction)
  );
}

/** `Veto(W, D)`: one of W's declarations is `none`. */
export function isVetoed(voices: Voices, workload: WorkloadRecord, direction: Direction): boolean {
  return declarationsOf(voices, workload, direction).some(({ nobody }) => nobody);
}

/** `Veto(S, D)`: S itself says nobody in D, or a workload that matches S is vetoed in D. */
export function isResourceVetoed(
  voices: Voices,
  resource: SelectorResource,
  direction: Direction,
): boolean {
  return (
    inDirection(resource, direction).some(({ nobody }) => nobody) ||
    workloadsMatching(voices, resource).some((workload) => isVetoed(voices, workload, direction))
  );
}

/** The workloads that match S. */
export function workloadsMatching(voices: Voices, resource: SelectorResource): WorkloadRecord[] {
  return voices.world.workloads.filter((workload) => matchesResource(workload, resource));
}

/** Whether an automatic allowance is denied for W. */
export function isDenied(voices: Voices, workload: WorkloadRecord, what: keyof Switches): boolean {
  const about = [
    ...annotationsOf(voices, workload),
    ...resourcesNaming(voices, workload),
    ...resourcesMatching(voices, workload),
    ...voicesOfNamespace(voices, workload.ref.namespace),
  ];
  return about.some(({ switches }) => switches[what]) || voices.world.settings.deny[what];
}

/** Whether DNS is denied for S: by itself, a workload that matches it, namespace, configuration. */
export function isResourceDenied(
  voices: Voices,
  resource: SelectorResource,
  what: keyof Switches,
): boolean {
  return (
    resource.switches[what] ||
    workloadsMatching(voices, resource).some((workload) => isDenied(voices, workload, what)) ||
    voicesOfNamespace(voices, resource.namespace).some(({ switches }) => switches[what]) ||
    voices.world.settings.deny[what]
  );
}
