import { diffPolicies, type PolicyChange } from '../core/diff/policies.ts';
import { type IsolationBegun, type Side, SidesDiff } from '../core/diff/sides.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import { type ConnectionsList, listConnections, summaryText } from './changes.ts';

/** A policy that differs between the sides. */
export interface ChangedPolicy {
  readonly action: PolicyChange['action'];
  readonly namespace: string;
  readonly name: string;
  readonly change: string;
}

/** All that differs between two sides. */
export interface DiffReport {
  readonly policies: readonly ChangedPolicy[];
  /** Pods and workloads that are on one side only. */
  readonly come: readonly string[];
  readonly gone: readonly string[];
  readonly isolation: readonly IsolationBegun[];
  readonly gained: ConnectionsList;
  readonly lost: ConnectionsList;
}

/** Whether nothing differs at all, be it of no consequence. */
export function isSame({ gained, lost, ...lists }: DiffReport): boolean {
  const { policies, come, gone, isolation } = lists;
  const differing = [policies, come, gone, isolation].some((list) => list.length > 0);
  return !differing && gained.total + lost.total === 0;
}

/** All that differs, as names and counts. */
export function compareSides(before: Side, after: Side): DiffReport {
  const sides = new SidesDiff({ before, after });
  const policies = diffPolicies({ before: before.policies, after: after.policies });
  return {
    policies: policies.map((change) => {
      const { namespace, name } = (change.after ?? (change.before as NetworkPolicy)).metadata;
      return { action: change.action, namespace, name, change: summaryText(change) };
    }),
    ...sides.comeAndGone(),
    isolation: [...sides.isolation()],
    ...listConnections(sides.connections()),
  };
}
