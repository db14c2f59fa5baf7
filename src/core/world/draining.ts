import { prefix } from '../intent/keys.ts';
import { readPorts } from '../intent/template-ports.ts';
import { keyOf, keyOfIdentity, refOf } from '../model/identity.ts';
import { isWorkloadKind } from '../model/kinds.ts';
import { canonicalSelector, compareText, selectsEverything } from '../model/labels.ts';
import { portsAnnotation } from '../model/names.ts';
import { isOurs } from '../model/ownership.ts';
import type { PolicyRecord, Texts, WorkloadRecord } from '../model/records.ts';
import { keptIn } from './last-accepted.ts';

/**
 * The workload for which a live policy of ours was written, read back from it: for one that is gone
 * while its pods may still run, so that it stays a subject and a peer with what it said. Its labels
 * are those that its selector demands by value; that it ran on the host's network is not known any
 * more. Undefined for a policy that is not ours, not a workload's, or that selects every pod.
 */
export function drainingRecord(record: PolicyRecord): WorkloadRecord | undefined {
  const { policy } = record;
  const key = isOurs(record) ? keyOfIdentity(policy) : undefined;
  const ref = key && refOf(key);
  if (ref === undefined || !isWorkloadKind(ref.kind)) return undefined;
  const selector = canonicalSelector(policy.spec.podSelector ?? {});
  if (selectsEverything(selector)) return undefined;
  return {
    ...({ kind: 'Workload', ref, uid: '', selector } as const),
    labels: selector.matchLabels ?? {},
    ports: readPorts(policy.metadata.annotations?.[portsAnnotation] ?? ''),
    hostNetwork: false,
    texts: textsIn(record),
    strays: [],
    draining: true,
  };
}

/**
 * The workloads for which these live policies were written, each read back from the last one that was
 * made for it: pods of an earlier selector may drain as well. Of one second, the greatest name counts.
 */
export function drainingRecords(policies: Iterable<PolicyRecord>): WorkloadRecord[] {
  const oldestFirst = [...policies].sort(
    (a, b) =>
      compareText(a.created ?? '', b.created ?? '') ||
      compareText(a.policy.metadata.name, b.policy.metadata.name),
  );
  const records = oldestFirst.flatMap((policy) => drainingRecord(policy) ?? []);
  return [...new Map(records.map((record) => [keyOf(record.ref), record])).values()];
}

/** What the workload said itself, where the policy says so in our words. */
function textsIn({ policy, remembers }: PolicyRecord): Texts {
  const texts = remembers === true ? keptIn(policy).own : {};
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${prefix}${key}`, text]));
}
