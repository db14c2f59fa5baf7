import { partyOf } from '../resolve/peers.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { Allowed } from './allowed.ts';

/** The replicas of one workload may reach one another, on every port. */
export function allowSelf(workload: Workload): Allowed {
  const targets = [{ ...partyOf(workload), ports: 'all' as const }];
  return { allowance: 'self', cause: workload.record.ref, text: 'its own replicas', targets };
}
