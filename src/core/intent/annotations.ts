import type { Declaration, SubjectRef, Switches, WorkloadKind } from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceRecord, StrayKey, Texts, WorkloadRecord } from '../model/records.ts';
import { shortKey } from './accepted.ts';
import { atOnce, fateOf } from './fate.ts';
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
import { type DeclaringText, type ReadText, readText } from './text.ts';

/** What the annotations of one object say. */
export interface AnnotationIntent {
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  readonly findings: readonly Finding[];
  /** Whether a text is invalid, so that what was accepted last decides. */
  readonly refused: boolean;
}

/** What a Namespace says; `deny` is undefined when its label has no valid value. */
export interface NamespaceIntent extends AnnotationIntent {
  readonly deny: ReadonlySet<Direction> | undefined;
}

/** The text that was accepted last of a short key; asked only where the present one is invalid. */
export type LastText = (key: string) => string | undefined;

const nothingAccepted: LastText = () => undefined;

const declaringKeys: readonly (readonly [string, Direction])[] = [
  [acceptsFrom, 'Ingress'],
  [talksTo, 'Egress'],
];

/** Reads the annotations on a workload's own metadata. */
export function readWorkload(
  record: WorkloadRecord,
  clusterDomain: string,
  last = nothingAccepted,
): AnnotationIntent {
  const { ref, texts } = record;
  const kind = ref.kind as WorkloadKind;
  const subject: SubjectRef = { type: 'workload', kind, name: ref.name };
  const read = readAnnotations({ source: ref, subject, texts }, clusterDomain, last);
  return { ...read, findings: [...read.findings, ...readStrays(ref, record.strays)] };
}

/** Reads the labels and annotations of a Namespace. `none` is Invalid there: use default-deny. */
export function readNamespace(
  record: NamespaceRecord,
  clusterDomain: string,
  last = nothingAccepted,
): NamespaceIntent {
  const { name, texts, labels } = record;
  const source: ObjectRef = { group: '', kind: 'Namespace', namespace: '', name };
  const subject: SubjectRef = { type: 'namespace' };
  const read = readAnnotations({ source, subject, texts }, clusterDomain, last);
  const findings = [...read.findings, ...unknownLabels(source, labels)];
  const deny = readDefaultDeny(labels[defaultDeny]);
  if (deny === undefined) {
    const data = {
      key: defaultDeny,
      value: labels[defaultDeny] ?? '',
      allowed: '"true", "false", ingress or egress',
    };
    const at = { path: ['metadata', 'labels', defaultDeny] };
    findings.push(finding('InvalidValue', source, at, data));
  }
  return { ...read, findings, deny };
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

/** An object with our annotations, and whom they speak for. */
interface Annotated {
  readonly source: ObjectRef;
  readonly subject: SubjectRef;
  readonly texts: Texts;
}

function readAnnotations(
  { source, subject, texts }: Annotated,
  clusterDomain: string,
  last: LastText,
): AnnotationIntent {
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  let refused = false;
  for (const [key, direction] of declaringKeys) {
    const text = texts[key];
    if (text === undefined) continue;
    const declaring = { source, subject, direction, key, text };
    const read = readDeclaration(declaring, clusterDomain);
    const standIn = read.declaration ?? readLast(declaring, clusterDomain, last);
    findings.push(...read.findings);
    if (standIn !== undefined) declarations.push(standIn);
    if (read.declaration !== undefined) continue;
    refused = true;
    findings.push(fateOf(source, key, standIn && [standIn]));
  }
  findings.push(...unknownAnnotations(source, texts));
  const switches = { dns: false, self: false };
  for (const name of ['dns', 'self'] as const) {
    const read = readSwitch(source, texts, name, last);
    switches[name] = read.denies;
    findings.push(...read.findings);
    refused ||= read.findings.length > 0;
  }
  return { declarations, switches, findings, refused };
}

function readDeclaration(declaring: DeclaringText, clusterDomain: string): ReadText {
  const read = readText(declaring, clusterDomain);
  const { source, subject, key } = declaring;
  if (subject.type !== 'namespace' || read.declaration?.nobody !== true) return read;
  const data = { key, value: 'none', allowed: 'entries' };
  return { findings: [finding('InvalidValue', source, read.declaration.at, data)] };
}

/** What was accepted last, in place of a text that is invalid. Its entries stand nowhere now. */
function readLast(
  declaring: DeclaringText,
  clusterDomain: string,
  last: LastText,
): Declaration | undefined {
  const text = last(shortKey(declaring.key));
  if (text === undefined) return undefined;
  const { declaration } = readDeclaration({ ...declaring, text }, clusterDomain);
  return declaration && atOnce(declaration);
}

/** A switch that cannot be read stays what it was accepted as; without that, it denies nothing. */
function readSwitch(
  source: ObjectRef,
  texts: Texts,
  name: keyof Switches,
  last: LastText,
): { denies: boolean; findings: Finding[] } {
  const key = name === 'dns' ? dns : self;
  const value = texts[key];
  if (value === undefined || value === 'deny' || value === 'allow') {
    return { denies: value === 'deny', findings: [] };
  }
  const at = { path: ['metadata', 'annotations', key] };
  const denies = last(name) === 'deny';
  const data = { key, value, allowed: 'deny or allow' };
  const stands = finding('LastAcceptedStands', source, at, { key, text: 'deny' });
  const wrong = finding('InvalidValue', source, at, data);
  return { denies, findings: denies ? [wrong, stands] : [wrong] };
}

function unknownAnnotations(source: ObjectRef, texts: Texts): Finding[] {
  const known = knownKeys.workload.annotations;
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
