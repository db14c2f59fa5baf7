import type { Declaration, SubjectRef, Switches, WorkloadKind } from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceRecord, StrayKey, Texts, WorkloadRecord } from '../model/records.ts';
import type { Mode } from '../model/settings.ts';
import {
  acceptsFrom,
  comesLater,
  confirm,
  defaultDeny,
  dns,
  knownKeys,
  mode as modeKey,
  prefix,
  self,
  suggest,
  talksTo,
} from './keys.ts';
import { readText } from './text.ts';

/** What the annotations of one object say. */
export interface AnnotationIntent {
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  /** Whether it says that isolating what the cluster itself needs is meant. */
  readonly confirms: boolean;
  readonly findings: readonly Finding[];
}

/** What a workload says; `audits` that it is in audit, whatever its namespace is. */
export interface WorkloadIntent extends AnnotationIntent {
  readonly audits: boolean;
}

/**
 * What a label says. Absent leaves the matter to the configuration; a value that is none changes
 * nothing about what is live.
 */
export type Labelled<Value> = Value | 'absent' | 'invalid';

/** What a Namespace says. */
export interface NamespaceIntent extends AnnotationIntent {
  readonly deny: Labelled<ReadonlySet<Direction>>;
  readonly mode: Labelled<Mode>;
}

/** A key, and the values that it may have. */
type Choice = readonly [key: string, values: readonly string[]];

const wouldBreakParty = 'would-break-party';
const modes: readonly Mode[] = ['audit', 'enforce'];
const choices: readonly Choice[] = [
  [dns, ['deny', 'allow']],
  [self, ['deny', 'allow']],
  [confirm, [wouldBreakParty]],
];

const declaringKeys: readonly (readonly [string, Direction])[] = [
  [acceptsFrom, 'Ingress'],
  [talksTo, 'Egress'],
];

/** Reads the annotations on a workload's own metadata. */
export function readWorkload(record: WorkloadRecord, clusterDomain: string): WorkloadIntent {
  const { ref, texts } = record;
  const kind = ref.kind as WorkloadKind;
  const subject: SubjectRef = { type: 'workload', kind, name: ref.name };
  const read = readAnnotations(ref, subject, texts, clusterDomain);
  const findings = [
    ...read.findings,
    ...unknownKeys(ref, Object.keys(texts), knownKeys.workload.annotations, 'annotations'),
    ...wrongValues(ref, texts, [[modeKey, modes]], 'annotations'),
    ...readStrays(ref, record.strays),
  ];
  return { ...read, findings, audits: texts[modeKey] === 'audit' };
}

/** Reads the labels and annotations of a Namespace. `none` is Invalid there: use default-deny. */
export function readNamespace(record: NamespaceRecord, clusterDomain: string): NamespaceIntent {
  const { name, texts, labels } = record;
  const ref: ObjectRef = { group: '', kind: 'Namespace', namespace: '', name };
  const read = readAnnotations(ref, { type: 'namespace' }, texts, clusterDomain);
  const findings = [
    ...read.findings,
    ...unknownOnNamespace(ref, texts, labels),
    ...wrongValues(ref, labels, [[modeKey, modes]], 'labels'),
  ];
  const declarations = read.declarations.filter((declaration) => {
    if (!declaration.nobody) return true;
    const data = { key: String(declaration.at.path.at(-1)), value: 'none', allowed: 'entries' };
    findings.push(finding('InvalidValue', ref, declaration.at, data));
    return false;
  });
  const deny = readDefaultDeny(labels[defaultDeny]);
  if (deny === 'invalid') {
    const data = {
      key: defaultDeny,
      value: labels[defaultDeny] ?? '',
      allowed: '"true", "false", ingress or egress',
    };
    findings.push(
      finding('InvalidValue', ref, { path: ['metadata', 'labels', defaultDeny] }, data),
    );
  }
  return { ...read, declarations, findings, deny, mode: readMode(labels[modeKey]) };
}

/** Keys that stand where nothing reads them, such as a pod template or a Service. */
export function readStrays(object: ObjectRef, strays: readonly StrayKey[]): Finding[] {
  return strays.map(({ key, path }) =>
    finding('MisplacedKey', object, { path }, { key, place: path.slice(0, -2).join('.') }),
  );
}

function readDefaultDeny(value: string | undefined): Labelled<ReadonlySet<Direction>> {
  switch (value) {
    case undefined:
      return 'absent';
    case 'false':
      return new Set();
    case 'true':
      return new Set(['Ingress', 'Egress'] as const);
    case 'ingress':
      return new Set(['Ingress'] as const);
    case 'egress':
      return new Set(['Egress'] as const);
    default:
      return 'invalid';
  }
}

function readMode(value: string | undefined): Labelled<Mode> {
  if (value === undefined) return 'absent';
  return value === 'enforce' || value === 'audit' ? value : 'invalid';
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
  findings.push(...wrongValues(source, texts, choices, 'annotations'));
  const switches = { dns: texts[dns] === 'deny', self: texts[self] === 'deny' };
  return { declarations, switches, findings, confirms: texts[confirm] === wouldBreakParty };
}

/** The values other than those that a key may have. */
function wrongValues(
  source: ObjectRef,
  texts: Texts,
  choices: readonly Choice[],
  field: 'annotations' | 'labels',
): Finding[] {
  return choices.flatMap(([key, values]) => {
    const value = texts[key];
    if (value === undefined || values.includes(value)) return [];
    const data = { key, value, allowed: values.join(' or ') };
    return finding('InvalidValue', source, { path: ['metadata', field, key] }, data);
  });
}

/** The mode of a namespace is a label, since whoever may label it is not whoever may edit in it. */
function unknownOnNamespace(source: ObjectRef, texts: Texts, labels: Texts): Finding[] {
  const ours = Object.keys(labels).filter((key) => key.startsWith(prefix));
  const annotations = Object.keys(texts).filter((key) => key !== modeKey);
  const { annotations: known, labels: knownLabels } = knownKeys.namespace;
  const misplaced = texts[modeKey] === undefined ? [] : [modeKey];
  return [
    ...unknownKeys(source, annotations, known, 'annotations'),
    ...unknownKeys(source, ours, knownLabels, 'labels'),
    ...misplaced.map((key) => {
      const data = { key, suggestion: `the label ${key}` };
      return finding('UnknownKey', source, { path: ['metadata', 'annotations', key] }, data);
    }),
  ];
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
