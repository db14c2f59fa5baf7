import { SelectorIndex } from '../model/label-index.ts';
import type { Labels } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicySource } from './endpoint.ts';

/**
 * A source over a fixed set of policies. Finding those of a pod costs about one look-up per label
 * of the pod, however many policies its namespace has. The order of the input never matters;
 * policies of namespaces that `namespaces` lacks count all the same.
 */
export function policySet(
  namespaces: ReadonlyMap<string, Labels>,
  policies: Iterable<NetworkPolicy>,
): PolicySource {
  const shelves = new Map<string, SelectorIndex<NetworkPolicy>>();
  for (const policy of policies) {
    const { namespace } = policy.metadata;
    const shelf = shelves.get(namespace) ?? new SelectorIndex();
    shelves.set(namespace, shelf);
    shelf.add(policy, policy.spec.podSelector ?? {});
  }
  return {
    policiesIn: (namespace, labels) => shelves.get(namespace)?.matching(labels) ?? [],
    namespaceLabels: (namespace) => namespaces.get(namespace),
  };
}
