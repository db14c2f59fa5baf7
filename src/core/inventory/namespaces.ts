import type { LabelSelector } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Inventory } from './inventory.ts';

/**
 * The namespaces of pods and workloads whose labels are not known although some policy asks for more
 * of a namespace than its name; sorted.
 */
export function unknownNamespaces(inventory: Inventory): string[] {
  const asked = inventory.policies.some(({ spec }) =>
    [...(spec.ingress ?? []), ...(spec.egress ?? [])].some((rule) => {
      const peers = 'from' in rule ? rule.from : 'to' in rule ? rule.to : [];
      return (peers ?? []).some(({ namespaceSelector }) => asksForMore(namespaceSelector));
    }),
  );
  if (!asked) return [];
  const all = new Set(inventory.units.map(({ namespace }) => namespace));
  return [...all].filter((name) => !inventory.namespaces.has(name)).sort();
}

function asksForMore({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean {
  const keys = [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
  return keys.some((key) => key !== namespaceNameLabel);
}
