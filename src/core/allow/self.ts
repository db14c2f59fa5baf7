import { namespaceSelector } from '../resolve/peers.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { Allowed } from './allowed.ts';

/** The replicas of one workload may reach one another, on every port. */
export function allowSelf(workload: Workload): Allowed {
  const { ref, selector } = workload.record;
  const { namespace } = ref;
  const peer = { podSelector: selector, namespaceSelector: namespaceSelector(namespace) };
  const targets = [{ peer, namespace, workload, ports: 'all' as const }];
  return { allowance: 'self', cause: ref, text: 'its own replicas', targets };
}
