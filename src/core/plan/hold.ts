import { summaryOf } from '../compile/summary.ts';
import { keyOfIdentity } from '../model/identity.ts';
import { summaryAnnotation } from '../model/names.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { closesOne, keepingAll } from './bridge.ts';
import { type Change, isLoss } from './change.ts';
import { saysTheSame } from './compare.ts';
import { withFading } from './faded.ts';
import { keepsAll } from './grants.ts';
import type { Plan } from './plan.ts';

/** What must not be written now; what is added goes on. */
export interface Hold {
  /** Deletions, and what live policies would lose. */
  readonly losses?: boolean;
  /** Everything. */
  readonly all?: boolean;
}

/**
 * The plan without what is held back. An update that also adds something adds it and keeps the
 * rest: then every end allows all of its old and its new word, and nothing else.
 */
export function holdBack(plan: Plan, { losses = false, all = false }: Hold): Plan {
  if (all) return { ...plan, changes: [], withheld: plan.changes };
  if (!losses) return plan;
  const withheld = plan.changes.filter(isLoss);
  if (withheld.length === 0) return plan;
  const changes = plan.changes.flatMap((change) => (isLoss(change) ? addition(change) : change));
  return { ...plan, changes, withheld, more: false };
}

function addition(change: Change): Change[] {
  if (change.type !== 'update') return [];
  const { live, policy } = change;
  const adds = !keepsAll(policy, live.policy) || closesOne(policy, live.policy);
  if (!adds) return [];
  const kept = summarized(withFading(keepingAll(live.policy, policy), live));
  if (saysTheSame(live.policy, kept)) return [];
  return [{ type: 'update', policy: kept, live, loses: 'nothing' }];
}

/** The policy with a summary of what it allows, which is more than its word. */
function summarized(policy: NetworkPolicy): NetworkPolicy {
  const key = keyOfIdentity(policy);
  if (key === undefined) return policy;
  const { metadata, spec } = policy;
  const annotations = { ...metadata.annotations, [summaryAnnotation]: summaryOf(key, spec) };
  return { ...policy, metadata: { ...metadata, annotations } };
}
