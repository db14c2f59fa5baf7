import type { Labels } from './labels.ts';

/**
 * Labels that controllers put on the pods of one revision. Selectors on them (Argo Rollouts writes
 * one into its Services) name a revision, never a workload, and flap at each promotion.
 */
const hashLabels: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'rollouts-pod-template-hash',
  'controller-revision-hash',
]);

/** The labels without those of one revision. */
export function withoutHashLabels(labels: Labels): Labels {
  if (!Object.keys(labels).some((key) => hashLabels.has(key))) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !hashLabels.has(key)));
}
