import { mode } from '../intent/keys.ts';
import { type Finding, type FindingData, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { modeLabel, sharingPods } from '../world/subjects.ts';

/** What is written for a subject in audit, and what would be. */
interface Audited {
  readonly policies: readonly NetworkPolicy[];
  readonly wouldBe: readonly NetworkPolicy[];
  readonly findings: readonly Finding[];
}

/** The policies of a subject in audit: only the one that keeps its pods exempt, where it needs one. */
export function inAudit(
  object: ObjectRef,
  by: FindingData['InAudit']['by'],
  enforced: readonly NetworkPolicy[],
  exempt?: NetworkPolicy,
): Audited {
  const policies = exempt === undefined ? [] : [exempt];
  const [first] = enforced;
  if (first === undefined) return { policies, wouldBe: [], findings: [] };
  const data = {
    by,
    isolated: inWords(first.spec.policyTypes ?? []),
    kept: exempt?.metadata.name ?? '',
  };
  const findings = [finding('InAudit', object, { path: [] }, data)];
  return { policies, wouldBe: enforced, findings };
}

/** What puts a subject in audit: its own annotation, its namespace's label, or the settings. */
export function auditedBy(
  state: NamespaceState,
  workload?: Workload,
): FindingData['InAudit']['by'] {
  if (workload?.intent.audits) return 'workload';
  return modeLabel(state) === 'audit' ? 'namespace' : 'cluster';
}

/** That a workload in audit is not exempt, since what keeps it so would open the pods of others. */
export function sharesPods(state: NamespaceState, workload: Workload): Finding[] {
  const others = sharingPods(state, workload.key, workload.record.selector).map(({ key }) => key);
  const data = { workload: workload.key, others: others.sort().join(', ') };
  const at = { path: ['metadata', 'annotations', mode] };
  return [finding('AuditSharesPods', workload.record.ref, at, data)];
}

/** Directions as a sentence names them. */
export function inWords(directions: Iterable<string>): string {
  return [...directions].map((direction) => direction.toLowerCase()).join(' and ');
}
