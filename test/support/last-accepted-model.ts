import { readNamespace, readWorkload } from '../../src/core/intent/annotations.ts';
import {
  acceptsFrom,
  auto,
  dns,
  mode,
  monitorsFrom,
  self,
  talksTo,
} from '../../src/core/intent/keys.ts';
import { readResource } from '../../src/core/intent/resource.ts';
import { autoAllowances, type SubjectRef } from '../../src/core/model/declaration.ts';
import { kindOfName, nameOfKind } from '../../src/core/model/kinds.ts';
import { type Direction, directions, type NetworkPolicy } from '../../src/core/model/policy.ts';
import type {
  NamespaceRecord,
  ResourceRecord,
  Texts,
  WorkloadRecord,
  WorldRecord,
} from '../../src/core/model/records.ts';
import { worldlySettings } from './settings-arbitraries.ts';
import { identityOfPolicy } from './spoil.ts';
import { identityOf } from './worlds.ts';

type Spec = Readonly<Record<string, unknown>>;

const keyIn = { Egress: talksTo, Ingress: acceptsFrom } as const;
const fieldIn = { Egress: 'talksTo', Ingress: 'acceptsFrom' } as const;

/**
 * What a person would keep in mind: the last text of each source and direction that was valid when
 * everything was written, and that was in some policy then. It knows no annotation of a policy.
 */
export class LastAcceptedModel {
  #texts = new Map<string, Texts>();
  #specs = new Map<string, Spec>();

  /** The record with every invalid text replaced by what was accepted last; else left as it is. */
  replace(record: WorldRecord): WorldRecord {
    if (record.kind === 'AppConnectivity') return { ...record, spec: this.#specOf(record) };
    if (record.kind !== 'Workload' && record.kind !== 'Namespace') return record;
    return { ...record, texts: this.#textsOf(record) };
  }

  /** Everything was written: `records` are all there are, `policies` all that are live now. */
  wrote(records: readonly WorldRecord[], policies: readonly NetworkPolicy[]): void {
    const texts = new Map<string, Texts>();
    const specs = new Map<string, Spec>();
    for (const record of records) {
      if (record.kind === 'AppConnectivity') {
        const spec = this.#accepted(record);
        if (spec !== undefined && hasCarrier(record, spec, policies)) {
          specs.set(identityOf(record), spec);
        }
      } else if (record.kind === 'Workload' || record.kind === 'Namespace') {
        const now = validTexts({ ...record, texts: this.#textsOf(record) });
        texts.set(identityOf(record), carriedTexts(record, now, policies));
      }
    }
    this.#texts = texts;
    this.#specs = specs;
  }

  #textsOf(record: WorkloadRecord | NamespaceRecord): Texts {
    const valid = validTexts(record);
    const last = this.#texts.get(identityOf(record)) ?? {};
    return Object.fromEntries(
      Object.entries(record.texts).map(([key, text]) => [key, valid[key] ?? last[key] ?? text]),
    );
  }

  #specOf(record: ResourceRecord): unknown {
    const { subject } = readResource(record, worldlySettings);
    const last = this.#specs.get(identityOf(record));
    if (subject === undefined) return last ?? record.spec;
    const spec = record.spec as Spec;
    const stands = last !== undefined && isAbout(last, subject);
    const fields = Object.entries(spec).map(([field, value]) => {
      const invalid = directions.some((each) => fieldIn[each] === field && !isValid(record, each));
      return [field, invalid && stands ? (last[field] ?? value) : value];
    });
    return Object.fromEntries(fields) as unknown;
  }

  /** What is accepted of a resource now, as a spec of its own. */
  #accepted(record: ResourceRecord): Spec | undefined {
    const now = { ...record, spec: this.#specOf(record) };
    const valid = directions.filter((direction) => isValid(now, direction));
    if (valid.length === 0) return undefined;
    const lists = Object.values(fieldIn);
    const dropped = lists.filter((field) => !valid.some((each) => fieldIn[each] === field));
    const kept = Object.entries(now.spec as Spec).filter(
      ([field]) => !dropped.some((d) => d === field),
    );
    return Object.fromEntries(kept);
  }
}

function isValid(record: ResourceRecord, direction: Direction): boolean {
  return readResource(record, worldlySettings).declarations.some(
    (each) => each.direction === direction,
  );
}

/** Of another workload a text says nothing; a selector may change and stay the same resource's. */
function isAbout(last: Spec, subject: SubjectRef): boolean {
  if (subject.type === 'selector') return 'selector' in last;
  const { workload } = last as { workload?: { kind: string; name: string } };
  if (subject.type !== 'workload') return false;
  return workload?.kind === kindOfName(subject.kind).kind && workload.name === subject.name;
}

function hasCarrier(
  { namespace, name }: ResourceRecord,
  spec: Spec,
  policies: readonly NetworkPolicy[],
): boolean {
  const { workload } = spec as { workload?: { kind: string; name: string } };
  const carrier = workload
    ? `${nameOf(workload.kind)}/${workload.name}`
    : `AppConnectivity/${name}`;
  return policies.some((policy) => identityOfPolicy(policy) === `${namespace}/${carrier}`);
}

function validTexts(record: WorkloadRecord | NamespaceRecord): Texts {
  const { declarations } =
    record.kind === 'Workload'
      ? readWorkload(record, worldlySettings)
      : readNamespace(record, worldlySettings);
  const valid = Object.entries(record.texts).filter(([key, text]) => {
    if (key === auto) return deniedBy(text) !== undefined;
    if (key === dns || key === self) return text === 'deny' || text === 'allow';
    if (key === mode) return record.kind === 'Workload' && (text === 'audit' || text === 'enforce');
    if (key === monitorsFrom) return !/[^-a-z, ]/.test(text);
    return declarations.some(({ direction }) => keyIn[direction] === key);
  });
  return Object.fromEntries(valid);
}

/** A switch that allows is as good as none: nothing is kept of it. */
function carriedTexts(
  record: WorkloadRecord | NamespaceRecord,
  texts: Texts,
  policies: readonly NetworkPolicy[],
): Texts {
  const carriers =
    record.kind === 'Workload'
      ? policies.filter((each) => `${identityOfPolicy(each)}` === ownIdentity(record))
      : policies.filter(({ metadata }) => metadata.namespace === record.name);
  const carries = (key: string, text: string) => {
    if (key === dns || key === self) return text === 'deny' && carriers.length > 0;
    if (key === auto) return (deniedBy(text) ?? []).length > 0 && carriers.length > 0;
    if (key === mode) return text === 'audit' && carriers.length > 0;
    if (record.kind === 'Workload') return carriers.length > 0;
    const direction = key === talksTo ? 'Egress' : 'Ingress';
    return carriers.some(
      (each) =>
        identityOfPolicy(each) === `${record.name}/Namespace/${record.name}` ||
        each.spec.policyTypes?.includes(direction),
    );
  };
  return Object.fromEntries(Object.entries(texts).filter(([key, text]) => carries(key, text)));
}

function ownIdentity({ ref }: WorkloadRecord): string {
  return `${ref.namespace}/${nameOfKind(ref.group, ref.kind)}/${ref.name}`;
}

/** A kind as identities name it, by the kind alone, as a resource writes it. */
function nameOf(written: string): string {
  const known = worldlySettings.workloadKinds.find(({ kind }) => kind === written);
  return known === undefined ? written : nameOfKind(known.group, known.kind);
}

/** What a text of `auto` denies; undefined for one that is none. */
function deniedBy(text: string): readonly string[] | undefined {
  if (text === 'deny') return autoAllowances;
  if (text === 'allow') return [];
  const stay = text.split(',').map((word) => word.trim());
  const known: readonly string[] = autoAllowances;
  return stay.every((word) => known.includes(word))
    ? known.filter((word) => !stay.includes(word))
    : undefined;
}
