import { type Key, keyOfIdentity, partsOf } from '../model/identity.ts';
import { isWorkloadKind } from '../model/kinds.ts';
import { selectorText } from '../model/labels.ts';
import { isOurs } from '../model/ownership.ts';
import type { PolicyRecord } from '../model/records.ts';
import type { NamespaceState, Workload } from './namespace-state.ts';

/**
 * The workload for which a live policy of ours was written that does not select by its selector any
 * more: it is gone, or selects others now. Such a policy stays for as long as pods match it, whosever.
 */
export function leftBehindBy(state: NamespaceState, record: PolicyRecord): Key | undefined {
  const key = isOurs(record) ? keyOfIdentity(record.policy) : undefined;
  if (key === undefined || !isWorkloadKind(partsOf(key).kind)) {
    return undefined;
  }
  const workload = state.workloads.get(key);
  const present = workload !== undefined && !workload.record.draining;
  return present && selectsBy(workload, record) ? undefined : key;
}

/**
 * The other workloads of which a policy that was left behind selects this one's pods. A workload that
 * is gone and had this very selector hands its pods over, and is none of them.
 */
export function leftBehindOn(state: NamespaceState, workload: Workload): Key[] {
  const keys = state.policySelectors.matching(workload.record.labels).flatMap((record) => {
    // Its own policy is what most pods have, and told apart at once.
    if (keyOfIdentity(record.policy) === workload.key) return [];
    const key = leftBehindBy(state, record);
    if (key === undefined) return [];
    const gone = state.workloads.get(key)?.record.draining ?? true;
    return gone && selectsBy(workload, record) ? [] : [key];
  });
  return [...new Set(keys)];
}

function selectsBy({ record }: Workload, { policy }: PolicyRecord): boolean {
  const { podSelector = {} } = policy.spec;
  return selectorText(podSelector) === JSON.stringify(record.selector);
}
