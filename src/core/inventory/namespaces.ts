import { keysOf, type LabelSelector } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import { rulesOf } from '../model/policy.ts';
import type { Inventory } from './inventory.ts';

/**
 * The namespaces of pods and workloads whose labels are not known although some policy asks for more
 * of a namespace than its name; sorted.
 */
export function unknownNamespaces(inventory: Inventory): string[] {
  const asked = inventory.policies
    .flatMap(rulesOf)
    .some(({ peers }) => peers.some(({ namespaceSelector }) => asksForMore(namespaceSelector)));
  if (!asked) return [];
  const all = new Set(inventory.units.map(({ namespace }) => namespace));
  return [...all].filter((name) => !inventory.namespaces.has(name)).sort();
}

function asksForMore(selector: LabelSelector = {}): boolean {
  return keysOf(selector).some((key) => key !== namespaceNameLabel);
}
