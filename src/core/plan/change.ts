import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';

/**
 * One write.
 *
 *   type    loses                                      whenPodsAreGone
 *   create  nothing                                    -
 *   update  whether a grant or a direction goes        -
 *           other than addresses that were in grace
 *   delete  always                                     its workload is gone or selects other pods now,
 *                                                      and pods may still drain: not before they went
 */
export type Change =
  | { readonly type: 'create'; readonly policy: NetworkPolicy }
  | {
      readonly type: 'update';
      readonly policy: NetworkPolicy;
      readonly live: PolicyRecord;
      readonly loses: boolean;
    }
  | { readonly type: 'delete'; readonly live: PolicyRecord; readonly whenPodsAreGone: boolean };

/** The policy that a change writes or deletes. */
export function policyOf(change: Change): NetworkPolicy {
  return change.type === 'delete' ? change.live.policy : change.policy;
}

/** Whether something that the live policies say goes: what the breaker counts and holds. */
export function isLoss(change: Change): boolean {
  return change.type === 'delete' || (change.type === 'update' && change.loses);
}
