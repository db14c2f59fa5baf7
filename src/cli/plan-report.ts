import { diffConnections } from '../core/diff/connections.ts';
import { diffPolicies, type PolicyChange } from '../core/diff/policies.ts';
import { livePolicies, type Replay, replayPlan } from '../core/diff/replay.ts';
import type { Finding, FindingCode } from '../core/model/finding.ts';
import { keyOf } from '../core/model/identity.ts';
import { identityAnnotation } from '../core/model/names.ts';
import { type NetworkPolicy, nameOfPolicy } from '../core/model/policy.ts';
import { policyOf } from '../core/plan/change.ts';
import { messageOf, severityOf } from '../core/status/messages.ts';
import type { Severity } from '../core/status/sentences/sentence.ts';
import type { World } from '../core/world/world.ts';
import { type ConnectionsList, listConnections, summaryText } from './changes.ts';
import { distinctFindings } from './findings.ts';
import { UsageError } from './manifests.ts';

/** A policy that the operator would write or delete. */
export interface PlannedPolicy {
  readonly action: 'create' | 'update' | 'delete';
  readonly namespace: string;
  readonly name: string;
  /** `Kind/name` of what it is for. */
  readonly for: string;
  /** What differs, in a few words. */
  readonly change: string;
  /** Writes that it takes in a safe order; of several, the last gives what is told here. */
  readonly writes: number;
}

/** Something that needs a person. */
export interface PlannedFinding {
  readonly object: string;
  readonly severity: Severity;
  readonly code: FindingCode | 'Unreadable';
  readonly message: string;
}

/** What the operator would do, and what that means. */
export interface PlanReport {
  readonly policies: readonly PlannedPolicy[];
  readonly gained: ConnectionsList;
  readonly lost: ConnectionsList;
  readonly findings: readonly PlannedFinding[];
}

/**
 * Plans every key of a world against its own live policies. **Changes `world`** into what the
 * cluster would be. Throws UsageError where the plan does not come to an end.
 */
export function planWorld(world: World): PlanReport {
  const before = livePolicies(world);
  const replay = replayPlan(world);
  if (replay.unsettled.length > 0) throw endless(replay);
  const sets = { before, after: livePolicies(world) };
  const writes = countWrites(replay);
  return {
    policies: diffPolicies(sets).map((change) => describePolicy(change, writes)),
    ...listConnections(diffConnections(world, sets)),
    findings: distinctFindings(replay.findings).flatMap(describeFinding),
  };
}

function endless({ unsettled }: Replay): UsageError {
  const keys = unsettled.slice(0, 5).join(', ');
  return new UsageError(
    `the plan does not come to an end: ${keys} would be written again and again; this is a bug, please report it with these objects`,
  );
}

function countWrites({ writes }: Replay): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const change of writes) {
    const name = nameOfPolicy(policyOf(change));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function describePolicy(change: PolicyChange, writes: ReadonlyMap<string, number>): PlannedPolicy {
  const { action, before, after } = change;
  const policy = (after ?? before) as NetworkPolicy;
  const { namespace, name, annotations } = policy.metadata;
  return {
    ...{ action, namespace, name },
    for: annotations?.[identityAnnotation] ?? '',
    change: summaryText(change),
    writes: writes.get(nameOfPolicy(policy)) ?? 1,
  };
}

/** Notices need nobody. */
function describeFinding({ object, code, data }: Finding): PlannedFinding[] {
  const severity = severityOf(code);
  if (severity === 'notice') return [];
  return [{ object: keyOf(object), severity, code, message: messageOf({ code, data } as Finding) }];
}
