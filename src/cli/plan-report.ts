import { diffConnections } from '../core/diff/connections.ts';
import { diffPolicies, type PolicyChange, summarizeChange } from '../core/diff/policies.ts';
import { livePolicies, type Replay, replayPlan } from '../core/diff/replay.ts';
import type { Finding, FindingCode } from '../core/model/finding.ts';
import { keyOf } from '../core/model/identity.ts';
import { identityAnnotation } from '../core/model/names.ts';
import { type NetworkPolicy, nameOfPolicy } from '../core/model/policy.ts';
import { policyOf } from '../core/plan/change.ts';
import { isNoPort, type PortSet } from '../core/reach/port-set.ts';
import { messageOf, severityOf } from '../core/status/messages.ts';
import type { Severity } from '../core/status/sentences/sentence.ts';
import type { World } from '../core/world/world.ts';
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

/** A pair whose ports open or close; a workload by its key, or addresses outside by a word. */
export interface PlannedConnection {
  readonly from: string;
  readonly to: string;
  readonly ports: PortSet;
}

/** Connections of one kind: the first of them, and how many there are. */
export interface PlannedConnections {
  readonly total: number;
  readonly listed: readonly PlannedConnection[];
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
  readonly gained: PlannedConnections;
  readonly lost: PlannedConnections;
  readonly findings: readonly PlannedFinding[];
}

/** So many connections gained and lost are listed; all are counted. */
export const mostListed = 10_000;

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
    ...describeConnections(diffConnections(world, sets)),
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
    change: formatSummary(change),
    writes: writes.get(nameOfPolicy(policy)) ?? 1,
  };
}

function formatSummary(change: PolicyChange): string {
  const { isolates, isolatesNoMore, selector, peers, ports } = summarizeChange(change);
  const parts = [
    ...isolates.map((direction) => `+${direction}`),
    ...isolatesNoMore.map((direction) => `-${direction}`),
    ...(selector ? ['other pods'] : []),
    ...signed(peers, 'peer'),
    ...signed(ports, 'port'),
  ];
  return parts.length === 0 ? 'labels or annotations' : parts.join(', ');
}

function signed({ added, removed }: { added: number; removed: number }, noun: string): string[] {
  const nounOf = (count: number) => (count === 1 ? noun : `${noun}s`);
  return [
    ...(added > 0 ? [`+${added} ${nounOf(added)}`] : []),
    ...(removed > 0 ? [`-${removed} ${nounOf(removed)}`] : []),
  ];
}

function describeConnections(
  changes: ReturnType<typeof diffConnections>,
): Pick<PlanReport, 'gained' | 'lost'> {
  const gained = { total: 0, listed: [] as PlannedConnection[] };
  const lost = { total: 0, listed: [] as PlannedConnection[] };
  for (const { from, to, ...sets } of changes) {
    for (const [kind, ports] of [
      [gained, sets.gained],
      [lost, sets.lost],
    ] as const) {
      if (isNoPort(ports)) continue;
      kind.total++;
      if (kind.listed.length < mostListed) kind.listed.push({ from, to, ports });
    }
  }
  return { gained, lost };
}

/** Notices need nobody. */
function describeFinding({ object, code, data }: Finding): PlannedFinding[] {
  const severity = severityOf(code);
  if (severity === 'notice') return [];
  return [{ object: keyOf(object), severity, code, message: messageOf({ code, data } as Finding) }];
}
