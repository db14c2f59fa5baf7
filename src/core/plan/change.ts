import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';

/**
 * What of a live policy an update ends: nothing; addresses that were in grace, as the policy had said,
 * and nothing else; or anything that was declared.
 */
export type Losing = 'nothing' | 'faded' | 'declared';

/**
 * One write.
 *
 *   type    loses                                      whenPodsAreGone
 *   create  nothing                                    -
 *   update  see `Losing`                               -
 *   delete  always                                     its workload is gone or selects other pods now,
 *                                                      and pods may still drain: not before they went
 */
export type Change =
  | { readonly type: 'create'; readonly policy: NetworkPolicy }
  | {
      readonly type: 'update';
      readonly policy: NetworkPolicy;
      readonly live: PolicyRecord;
      readonly loses: Losing;
    }
  | { readonly type: 'delete'; readonly live: PolicyRecord; readonly whenPodsAreGone: boolean };

/** The policy that a change writes or deletes. */
export function policyOf(change: Change): NetworkPolicy {
  return change.type === 'delete' ? change.live.policy : change.policy;
}

/** Whether something that the live policies say goes: what is held while it is not sure that it should. */
export function isLoss(change: Change): boolean {
  return change.type === 'delete' || (change.type === 'update' && change.loses !== 'nothing');
}

/** Whether it goes without having been said beforehand: what the breaker counts. */
export function isCounted(change: Change): boolean {
  return isLoss(change) && (change.type !== 'update' || change.loses !== 'faded');
}
