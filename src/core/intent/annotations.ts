import type { Declaration, SubjectRef, Switches } from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { nameOfKind } from '../model/kinds.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceRecord, StrayKey, Texts, WorkloadRecord } from '../model/records.ts';
import type { Language, Mode } from '../model/settings.ts';
import { shortKey } from './accepted.ts';
import { atOnce, fateOf } from './fate.ts';
import {
  acceptsFrom,
  allowDeletionsUntil,
  confirm,
  defaultDeny,
  knownKeys,
  mode as modeKey,
  prefix,
  suggest,
  talksTo,
} from './keys.ts';
import { readMonitorsFrom } from './monitors-from.ts';
import { type LastText, readSwitches } from './switches.ts';
import { type DeclaringText, type ReadText, readText } from './text.ts';
import { readTime } from './time.ts';

/** What the annotations of one object say. */
export interface AnnotationIntent {
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  /** Whether it says that isolating what the cluster itself needs is meant. */
  readonly confirms: boolean;
  readonly findings: readonly Finding[];
  /** Whether a text is invalid, so that what was accepted last decides. */
  readonly refused: boolean;
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
  /** Until when the breaker lets everything through (milliseconds since the epoch). */
  readonly deletionsUntil?: number;
  /** The namespaces whose monitors count here as its own do. */
  readonly monitorsFrom: readonly string[];
}

/** A key, and the values that it may have. */
type Choice = readonly [key: string, values: readonly string[]];

const wouldBreakParty = 'would-break-party';
const modes: readonly Mode[] = ['audit', 'enforce'];
const choices: readonly Choice[] = [[confirm, [wouldBreakParty]]];
const nothingAccepted: LastText = () => undefined;

const declaringKeys: readonly (readonly [string, Direction])[] = [
  [acceptsFrom, 'Ingress'],
  [talksTo, 'Egress'],
];

/** Reads the annotations on a workload's own metadata. */
export function readWorkload(
  record: WorkloadRecord,
  language: Language,
  last = nothingAccepted,
): WorkloadIntent {
  const { ref, texts } = record;
  const kind = nameOfKind(ref.group, ref.kind);
  const subject: SubjectRef = { type: 'workload', kind, name: ref.name };
  const read = readAnnotations({ source: ref, subject, texts }, language, last);
  const findings = [
    ...read.findings,
    ...unknownKeys(ref, Object.keys(texts), 'annotations', 'workload'),
    ...wrongValues(ref, texts, [[modeKey, modes]], 'annotations'),
    ...readStrays(ref, record.strays),
  ];
  const wrong = readMode(texts[modeKey]) === 'invalid';
  const mode = wrong ? last(shortKey(modeKey)) : texts[modeKey];
  if (wrong && mode !== undefined) {
    const at = { path: ['metadata', 'annotations', modeKey] };
    findings.push(finding('LastAcceptedStands', ref, at, { key: modeKey, text: mode }));
  }
  return { ...read, findings, audits: mode === 'audit', refused: read.refused || wrong };
}

/** Reads the labels and annotations of a Namespace. `none` is Invalid there: use default-deny. */
export function readNamespace(
  record: NamespaceRecord,
  language: Language,
  last = nothingAccepted,
): NamespaceIntent {
  const { name, texts, labels } = record;
  const source: ObjectRef = { group: '', kind: 'Namespace', namespace: '', name };
  const subject: SubjectRef = { type: 'namespace' };
  const read = readAnnotations({ source, subject, texts }, language, last);
  const monitors = readMonitorsFrom(source, texts, last);
  const findings = [
    ...read.findings,
    ...monitors.findings,
    ...unknownKeys(source, Object.keys(texts), 'annotations', 'namespace'),
    ...unknownKeys(source, Object.keys(labels).filter(isOurKey), 'labels', 'namespace'),
    ...wrongValues(source, labels, [[modeKey, modes]], 'labels'),
  ];
  const until = texts[allowDeletionsUntil];
  const deletionsUntil = until === undefined ? undefined : readTime(until);
  if (until !== undefined && deletionsUntil === undefined) findings.push(noTime(source, until));
  const deny = readDefaultDeny(labels[defaultDeny]);
  if (deny === 'invalid') {
    const data = {
      key: defaultDeny,
      value: labels[defaultDeny] ?? '',
      allowed: '"true", "false", ingress or egress',
    };
    const at = { path: ['metadata', 'labels', defaultDeny] };
    findings.push(finding('InvalidValue', source, at, data));
  }
  return {
    ...{ ...read, findings, deny, mode: readMode(labels[modeKey]), monitorsFrom: monitors.names },
    refused: read.refused || monitors.findings.length > 0,
    ...(deletionsUntil !== undefined && { deletionsUntil }),
  };
}

/** A text that is no time releases nothing. */
function noTime(source: ObjectRef, value: string): Finding {
  const key = allowDeletionsUntil;
  const data = { key, value, allowed: 'an RFC 3339 time, such as 2026-11-25T18:00:00Z' };
  return finding('InvalidValue', source, { path: ['metadata', 'annotations', key] }, data);
}

/** Keys that stand where nothing reads them, such as a pod template, a Service or the labels of a workload. */
export function readStrays(object: ObjectRef, strays: readonly StrayKey[]): Finding[] {
  const known: readonly string[] = knownKeys.workload.annotations;
  return strays.map(({ key, path }) => {
    if (!known.includes(key)) return unknownKey(object, key, path, 'workload');
    const depth = path.at(-2) === 'labels' ? -1 : -2;
    const place = path.slice(0, depth).join('.');
    return finding('MisplacedKey', object, { path }, { key, place });
  });
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

function isOurKey(key: string): boolean {
  return key.startsWith(prefix);
}

function readMode(value: string | undefined): Labelled<Mode> {
  if (value === undefined) return 'absent';
  return value === 'enforce' || value === 'audit' ? value : 'invalid';
}

/** An object with our annotations, and whom they speak for. */
interface Annotated {
  readonly source: ObjectRef;
  readonly subject: SubjectRef;
  readonly texts: Texts;
}

function readAnnotations(
  { source, subject, texts }: Annotated,
  language: Language,
  last: LastText,
): AnnotationIntent {
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  let refused = false;
  for (const [key, direction] of declaringKeys) {
    const text = texts[key];
    if (text === undefined) continue;
    const declaring = { source, subject, direction, key, text };
    const read = readDeclaration(declaring, language);
    const standIn = read.declaration ?? readLast(declaring, language, last);
    findings.push(...read.findings);
    if (standIn !== undefined) declarations.push(standIn);
    if (read.declaration !== undefined) continue;
    refused = true;
    findings.push(fateOf(source, key, standIn && [standIn]));
  }
  const switches = readSwitches(source, texts, last);
  findings.push(...switches.findings);
  refused ||= switches.findings.length > 0;
  findings.push(...wrongValues(source, texts, choices, 'annotations'));
  const confirms = texts[confirm] === wouldBreakParty;
  return { declarations, switches: switches.read, findings, refused, confirms };
}

function readDeclaration(declaring: DeclaringText, language: Language): ReadText {
  const read = readText(declaring, language);
  const { source, subject, key } = declaring;
  if (subject.type !== 'namespace' || read.declaration?.nobody !== true) return read;
  const data = { key, value: 'none', allowed: 'entries' };
  return { findings: [finding('InvalidValue', source, read.declaration.at, data)] };
}

/** What was accepted last, in place of a text that is invalid. Its entries stand nowhere now. */
function readLast(
  declaring: DeclaringText,
  language: Language,
  last: LastText,
): Declaration | undefined {
  const text = last(shortKey(declaring.key));
  if (text === undefined) return undefined;
  const { declaration } = readDeclaration({ ...declaring, text }, language);
  return declaration && atOnce(declaration);
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

type Field = 'annotations' | 'labels';

/** Keys that are not read where they stand. */
function unknownKeys(
  source: ObjectRef,
  keys: readonly string[],
  field: Field,
  on: keyof typeof knownKeys,
): Finding[] {
  const known: readonly string[] = knownKeys[on][field];
  const unknown = keys.filter((key) => !known.includes(key));
  return unknown.map((key) => unknownKey(source, key, ['metadata', field, key], on));
}

/**
 * Says where the key would be read, or else which one may be meant. Mode and default-deny of a namespace
 * are labels, since whoever may label it is not whoever may edit in it.
 */
function unknownKey(
  source: ObjectRef,
  key: string,
  path: readonly string[],
  on: keyof typeof knownKeys,
): Finding {
  const { annotations, labels } = knownKeys[on];
  const places: readonly (readonly [string, readonly string[], string])[] = [
    ['annotation', annotations, ''],
    ['label', labels, ''],
    ['annotation', knownKeys.namespace.annotations, ' of its Namespace'],
    ['label', knownKeys.namespace.labels, ' of its Namespace'],
  ];
  const place = places.find(([, keys]) => keys.includes(key));
  const suggestion =
    place === undefined
      ? suggest(key, [...annotations, ...labels])
      : `the ${place[0]} ${key}${place[2]}`;
  return finding('UnknownKey', source, { path }, { key, suggestion });
}
