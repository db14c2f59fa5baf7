import { denyName, policyName } from '../compile/policy.ts';
import { type Finding, finding } from '../model/finding.ts';
import { type Key, keyOfIdentity, partsOf, refOf } from '../model/identity.ts';
import { type LabelSelector, selectorText } from '../model/labels.ts';
import { isOurs, withChecksum } from '../model/ownership.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';

/** The names that are tried for one policy; so many strangers in a row are no accident. */
const mostAttempts = 16;

export interface Placed {
  readonly policies: readonly NetworkPolicy[];
  readonly findings: readonly Finding[];
}

/**
 * Gives wanted policies their names beside what is live: the first name of theirs that is free, or
 * is ours and was written for this key. Somebody else's object is never written over, and never
 * leaves a workload less protected.
 */
export function placeWanted(
  key: Key,
  wanted: readonly NetworkPolicy[],
  live: ReadonlyMap<string, PolicyRecord>,
): Placed {
  const policies: NetworkPolicy[] = [];
  const findings: Finding[] = [];
  for (const [index, policy] of wanted.entries()) {
    const { name: first, namespace } = policy.metadata;
    const name = freeName(key, policy, { count: wanted.length, index }, live);
    if (name === first) policies.push(policy);
    else {
      const data = { policy: `${namespace}/${first}`, instead: name ?? '' };
      findings.push(finding('NameConflict', refOf(key), { path: [] }, data));
      if (name !== undefined) policies.push(named(policy, name));
    }
  }
  return { policies, findings };
}

/** The wanted policies as they would be if the workload selected by another selector. */
export function selectingBy(
  key: Key,
  wanted: readonly NetworkPolicy[],
  podSelector: LabelSelector,
): NetworkPolicy[] {
  return wanted.map((policy, index) => {
    const name = policyName(key, podSelector, { count: wanted.length, index });
    return named({ ...policy, spec: { ...policy.spec, podSelector } }, name);
  });
}

/** The selector of a policy as text, equal for selectors of equal meaning. */
export function podsText({ spec }: NetworkPolicy): string {
  return selectorText(spec.podSelector ?? {});
}

/**
 * Whether a live policy of a subject is one of those that it wants, or an earlier generation of them.
 * The name counts before the selector, which somebody may have edited.
 */
export function isOfPresent(live: NetworkPolicy, wanted: readonly NetworkPolicy[]): boolean {
  const selector = podsText(live);
  return wanted.some(
    (each) => each.metadata.name === live.metadata.name || podsText(each) === selector,
  );
}

function freeName(
  key: Key,
  policy: NetworkPolicy,
  place: { count: number; index: number },
  live: ReadonlyMap<string, PolicyRecord>,
): string | undefined {
  const { kind, namespace } = partsOf(key);
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const name =
      attempt === 0
        ? policy.metadata.name
        : kind === 'Namespace'
          ? denyName(namespace, attempt)
          : policyName(key, policy.spec.podSelector ?? {}, { ...place, attempt });
    if (isFree(key, live.get(name))) return name;
  }
  return undefined;
}

function isFree(key: Key, record: PolicyRecord | undefined): boolean {
  if (record === undefined || record.applied) return true;
  return isOurs(record) && keyOfIdentity(record.policy) === key;
}

function named(policy: NetworkPolicy, name: string): NetworkPolicy {
  return withChecksum({ ...policy, metadata: { ...policy.metadata, name } });
}
