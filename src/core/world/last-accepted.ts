import { type Kept, type KeptSpec, type ListField, readKept } from '../intent/accepted.ts';
import type { LastSpec } from '../intent/resource.ts';
import type { LastText } from '../intent/switches.ts';
import type { SubjectRef } from '../model/declaration.ts';
import { type Key, keyOf, keyOfIdentity } from '../model/identity.ts';
import { compareText, type LabelSelector, selectorText } from '../model/labels.ts';
import { acceptedAnnotation } from '../model/names.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord, ResourceRecord, WorkloadRecord } from '../model/records.ts';
import type { NamespaceState } from './namespace-state.ts';

/*
 * The live policies as the memory of what was accepted. Everything here is a function of the
 * policies as they are now, whatever order they came in: of several that remember a text, the one
 * that is preferred counts, then the one of smallest name.
 */

/** What a live policy remembers, whoever wrote it. */
export function keptIn({ metadata }: NetworkPolicy): Kept {
  return readKept(metadata.annotations?.[acceptedAnnotation]);
}

/** The last accepted annotations of a workload: its own policies remember them. */
export function lastOfWorkload(
  state: NamespaceState | undefined,
  { ref, selector }: WorkloadRecord,
): LastText {
  const own = state?.policiesFor(keyOf(ref)) ?? [];
  return (key) => firstOf(own, selecting(selector), ({ own: texts }) => texts[key]);
}

/** The last accepted annotations of a Namespace: its default-deny, else any policy that has them. */
export function lastOfNamespace(state: NamespaceState | undefined, name: string): LastText {
  const self = keyOf({ kind: 'Namespace', namespace: '', name });
  const isDeny = ({ policy }: PolicyRecord) => keyOfIdentity(policy) === self;
  return (key) => firstOf(state?.policies.values() ?? [], isDeny, (kept) => kept.namespace[key]);
}

/**
 * What was accepted last of a resource. A direction that is invalid is looked for where it would be
 * written: a text about another subject is not what these pods were allowed. Where the resource
 * does not say any more for whom it speaks, every policy of the namespace is asked.
 */
export function lastOfResource(
  state: NamespaceState | undefined,
  record: ResourceRecord,
): LastSpec {
  const { name } = record;
  const self = keyOf(record);
  return (subject, field) => {
    const spec = ({ resources }: Kept) => resources[name];
    const read = (kept: Kept) => withField(spec(kept), field);
    if (state === undefined) return undefined;
    if (subject === undefined) {
      const isOwn = ({ policy }: PolicyRecord) => keyOfIdentity(policy) === self;
      return firstOf(state.policies.values(), isOwn, read);
    }
    // Of a workload's selector a resource knows nothing: any of its policies is as good.
    const prefers = subject.type === 'selector' ? selecting(subject.selector) : () => false;
    // They also carry what resources with selectors said of it, which is not the same as naming it.
    const readAbout = (kept: Kept) => (spec(kept)?.[subject.type] ? read(kept) : undefined);
    return firstOf(state.policiesFor(carrierOf(record, subject)), prefers, readAbout);
  };
}

function withField(spec: KeptSpec | undefined, field: ListField | undefined): KeptSpec | undefined {
  return field === undefined || spec?.[field] !== undefined ? spec : undefined;
}

/** The key whose policy holds what a resource says of this subject. */
function carrierOf(record: ResourceRecord, subject: SubjectRef): Key {
  if (subject.type !== 'workload') return keyOf(record);
  return keyOf({ kind: subject.kind, namespace: record.namespace, name: subject.name });
}

/** The policy for the pods that are meant now, rather than one of an older selector. */
function selecting(selector: LabelSelector): (record: PolicyRecord) => boolean {
  const wanted = JSON.stringify(selector);
  return ({ policy }) => selectorText(policy.spec.podSelector ?? {}) === wanted;
}

function firstOf<Found>(
  records: Iterable<PolicyRecord>,
  prefers: (record: PolicyRecord) => boolean,
  read: (kept: Kept) => Found | undefined,
): Found | undefined {
  let best: { rank: string; found: Found } | undefined;
  for (const record of records) {
    if (record.remembers !== true) continue;
    const rank = `${prefers(record) ? 0 : 1}${record.policy.metadata.name}`;
    if (best !== undefined && compareText(best.rank, rank) < 0) continue;
    const found = read(keptIn(record.policy));
    if (found !== undefined) best = { rank, found };
  }
  return best?.found;
}

/** The objects of whose texts a policy may remember something: for whom it is, and whom it names. */
export function rememberedIn(policy: NetworkPolicy): Set<Key> {
  const { namespace } = policy.metadata;
  const { namespace: texts, resources } = keptIn(policy);
  const keys = new Set<Key>();
  const own = keyOfIdentity(policy);
  if (own !== undefined) keys.add(own);
  if (Object.keys(texts).length > 0) {
    keys.add(keyOf({ kind: 'Namespace', namespace: '', name: namespace }));
  }
  for (const name of Object.keys(resources)) {
    keys.add(keyOf({ kind: 'AppConnectivity', namespace, name }));
  }
  return keys;
}
