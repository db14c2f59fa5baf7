import type { Declaration, SubjectRef, Switches, WorkloadKind } from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceRecord, StrayKey, Texts, WorkloadRecord } from '../model/records.ts';
import {
  acceptsFrom,
  comesLater,
  defaultDeny,
  dns,
  knownKeys,
  self,
  suggest,
  talksTo,
} from './keys.ts';
import { readText } from './text.ts';

/** What the annotations of one object say. */
export interface AnnotationIntent {
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  readonly findings: readonly Finding[];
}

/** What a Namespace says; `deny` is undefined when its label has no valid value. */
export interface NamespaceIntent extends AnnotationIntent {
  readonly deny: ReadonlySet<Direction> | undefined;
}

const declaringKeys: readonly (readonly [string, Direction])[] = [
  [acceptsFrom, 'Ingress'],
  [talksTo, 'Egress'],
];

/** Reads the annotations on a workload's own metadata. */
export function readWorkload(record: WorkloadRecord, clusterDomain: string): AnnotationIntent {
  const { ref, texts } = record;
  const kind = ref.kind as WorkloadKind;
  const subject: SubjectRef = { type: 'workload', kind, name: ref.name };
  const read = readAnnotations(ref, subject, texts, clusterDomain);
  return { ...read, findings: [...read.findings, ...readStrays(ref, record.strays)] };
}

/** Reads the labels and annotations of a Namespace. `none` is Invalid there: use default-deny. */
export function readNamespace(record: NamespaceRecord, clusterDomain: string): NamespaceIntent {
  const { name, texts, labels } = record;
  const ref: ObjectRef = { group: '', kind: 'Namespace', namespace: '', name };
  const read = readAnnotations(ref, { type: 'namespace' }, texts, clusterDomain);
  const findings = [...read.findings, ...unknownLabels(ref, labels)];
  const declarations = read.declarations.filter((declaration) => {
    if (!declaration.nobody) return true;
    const data = { key: String(declaration.at.path.at(-1)), value: 'none', allowed: 'entries' };
    findings.push(finding('InvalidValue', ref, declaration.at, data));
    return false;
  });
  const deny = readDefaultDeny(labels[defaultDeny]);
  if (deny === undefined) {
    const data = {
      key: defaultDeny,
      value: labels[defaultDeny] ?? '',
      allowed: '"true", "false", ingress or egress',
    };
    findings.push(
      finding('InvalidValue', ref, { path: ['metadata', 'labels', defaultDeny] }, data),
    );
  }
  return { switches: read.switches, declarations, findings, deny };
}

/** Keys that stand where nothing reads them, such as a pod template or a Service. */
export function readStrays(object: ObjectRef, strays: readonly StrayKey[]): Finding[] {
  return strays.map(({ key, path }) =>
    finding('MisplacedKey', object, { path }, { key, place: path.slice(0, -2).join('.') }),
  );
}

function readDefaultDeny(value: string | undefined): ReadonlySet<Direction> | undefined {
  switch (value) {
    case undefined:
    case 'false':
      return new Set();
    case 'true':
      return new Set(['Ingress', 'Egress'] as const);
    case 'ingress':
      return new Set(['Ingress'] as const);
    case 'egress':
      return new Set(['Egress'] as const);
    default:
      return undefined;
  }
}

function readAnnotations(
  source: ObjectRef,
  subject: SubjectRef,
  texts: Texts,
  clusterDomain: string,
): AnnotationIntent {
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  for (const [key, direction] of declaringKeys) {
    const text = texts[key];
    if (text === undefined) continue;
    const read = readText({ source, subject, direction, key, text }, clusterDomain);
    findings.push(...read.findings);
    if (read.declaration !== undefined) declarations.push(read.declaration);
  }
  findings.push(...unknownAnnotations(source, texts), ...switchFindings(source, texts));
  const switches = { dns: texts[dns] === 'deny', self: texts[self] === 'deny' };
  return { declarations, switches, findings };
}

function switchFindings(source: ObjectRef, texts: Texts): Finding[] {
  const wrong = [dns, self].filter(
    (key) => texts[key] !== undefined && texts[key] !== 'deny' && texts[key] !== 'allow',
  );
  return wrong.map((key) => {
    const data = { key, value: texts[key] ?? '', allowed: 'deny or allow' };
    return finding('InvalidValue', source, { path: ['metadata', 'annotations', key] }, data);
  });
}

function unknownAnnotations(source: ObjectRef, texts: Texts): Finding[] {
  const { annotations: known } =
    source.kind === 'Namespace' ? knownKeys.namespace : knownKeys.workload;
  return unknownKeys(source, Object.keys(texts), known, 'annotations');
}

function unknownLabels(source: ObjectRef, labels: Readonly<Record<string, string>>): Finding[] {
  const ours = Object.keys(labels).filter((key) => key.startsWith('appconnectivity.dev/'));
  return unknownKeys(source, ours, knownKeys.namespace.labels, 'labels');
}

function unknownKeys(
  source: ObjectRef,
  keys: readonly string[],
  known: readonly string[],
  field: 'annotations' | 'labels',
): Finding[] {
  return keys.flatMap((key) => {
    const at = { path: ['metadata', field, key] };
    if (comesLater(key)) return finding('NotSupportedYet', source, at, { text: key, feature: key });
    if (known.includes(key)) return [];
    return finding('UnknownKey', source, at, { key, suggestion: suggest(key, known) });
  });
}
