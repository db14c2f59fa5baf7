import { withoutHashLabels } from '../model/hash-labels.ts';
import type { Labels } from '../model/labels.ts';
import type { ServiceRecord, WorkloadRecord } from '../model/records.ts';
import { type Peer, peersOfWorkload, podsIn } from './rule.ts';
import type { TruthWorld } from './voices.ts';

/** Whether a Service chooses any pods: it has a selector besides hash labels, and is no alias. */
export function choosesPods(service: ServiceRecord): boolean {
  return !service.external && Object.keys(selectorOf(service)).length > 0;
}

/**
 * The workloads that a Service reaches ("Names"): those whose template labels have all of its
 * selector; only where there is none, those that have some of it and contradict nothing.
 */
export function reachedBy(world: TruthWorld, service: ServiceRecord): WorkloadRecord[] {
  if (!choosesPods(service)) return [];
  const selector = Object.entries(selectorOf(service));
  const near = world.workloads.filter(({ ref }) => ref.namespace === service.namespace);
  const full = near.filter(({ labels }) => selector.every(([key, value]) => labels[key] === value));
  if (full.length > 0) return full;
  return near.filter(
    ({ labels }) =>
      selector.some(([key, value]) => labels[key] === value) &&
      selector.every(([key, value]) => labels[key] === value || labels[key] === undefined),
  );
}

/** Whom a Service stands for: the workloads it reaches, else the pods of its own selector. */
export function peersOfService(world: TruthWorld, service: ServiceRecord): Peer[] {
  if (!choosesPods(service)) return [];
  const reached = reachedBy(world, service);
  return reached.length > 0
    ? reached.flatMap(peersOfWorkload)
    : [podsIn(service.namespace, { matchLabels: selectorOf(service) })];
}

/** The Services that reach W. */
export function servicesReaching(world: TruthWorld, workload: WorkloadRecord): ServiceRecord[] {
  return world.services.filter((service) => reachedBy(world, service).includes(workload));
}

function selectorOf({ selector }: ServiceRecord): Labels {
  return withoutHashLabels(selector ?? {});
}
