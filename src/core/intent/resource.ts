import { canonicalJson } from '../model/canonical-json.ts';
import type {
  Declaration,
  Entry,
  PeerRef,
  PortRef,
  Position,
  SubjectRef,
  Switches,
  WorkloadKind,
} from '../model/declaration.ts';
import { nothingDenied, switchesWhere } from '../model/declaration.ts';
import { type Finding, locate, type Problem } from '../model/finding.ts';
import { type ObjectRef, ourGroup } from '../model/identity.ts';
import { nameOfKind, optionalKinds } from '../model/kinds.ts';
import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import type { ResourceRecord } from '../model/records.ts';
import type { Language } from '../model/settings.ts';
import { type KeptSpec, type ListField, listFieldOf, subjectSpec } from './accepted.ts';
import { hostProblem } from './entry.ts';
import { quote } from './explain.ts';
import { atOnce, fateOf } from './fate.ts';
import { formatEntry } from './format.ts';
import { findEmptySubject, findIdle } from './idle.ts';
import { suggest } from './keys.ts';
import {
  formatPath,
  invalidField,
  listFields,
  locateIssue,
  type Path,
  parseSpec,
} from './parse-spec.ts';
import type { Spec, SpecEntry, SpecPort } from './schema.ts';
import { mostCharacters } from './text.ts';

/** What an AppConnectivity resource says. Without `subject` nothing of it could be accepted. */
export interface ResourceIntent {
  readonly subject?: SubjectRef;
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  readonly findings: readonly Finding[];
  /** Whether something of it is invalid, so that what was accepted last decides. */
  readonly refused: boolean;
}

/**
 * What was accepted last of a resource; asked only where it is invalid now. With a field, the spec
 * that has it, about this subject; without a subject, whatever it was that a policy remembers.
 */
export type LastSpec = (
  subject: SubjectRef | undefined,
  field: ListField | undefined,
) => KeptSpec | undefined;

const nothingAccepted: LastSpec = () => undefined;

/** What a spec says on its own, and which of its directions are refused. */
interface ReadSpec extends Omit<ResourceIntent, 'refused'> {
  readonly refused: readonly ListField[];
}

/**
 * Reads a resource. A direction with an invalid entry is not accepted as a whole: what was accepted
 * of it last stands in, or nothing; the other direction stands. Where it is not even clear for whom
 * the resource speaks, all of it stands as it was accepted last. What the API server's CEL would
 * have refused is refused here too, because `render` reads files that no API server has seen.
 */
export function readResource(
  record: ResourceRecord,
  language: Language,
  last = nothingAccepted,
): ResourceIntent {
  const read = readSpec(record, language);
  if (read.subject === undefined) {
    const kept = last(undefined, undefined);
    return standInWhole(record, read, kept && readSpec({ ...record, spec: kept }, language));
  }
  const declarations = [...read.declarations];
  const findings = [...read.findings];
  for (const field of read.refused) {
    const list = last(read.subject, field)?.[field];
    const spec = { ...subjectSpec(read.subject), [field]: list };
    const standIns = list === undefined ? [] : readSpec({ ...record, spec }, language).declarations;
    declarations.push(...standIns.map(atOnce));
    const fate = standIns.length > 0 ? standIns : undefined;
    findings.push(fateOf(resourceRef(record), `spec.${field}`, fate));
  }
  return { ...read, declarations, findings, refused: read.refused.length > 0 };
}

function standInWhole(
  record: ResourceRecord,
  read: ReadSpec,
  kept: ReadSpec | undefined,
): ResourceIntent {
  const stands = kept?.subject !== undefined;
  const fate = fateOf(resourceRef(record), 'spec', stands ? kept.declarations : undefined);
  const findings = [...read.findings, fate];
  if (!stands) return { ...read, findings, refused: true };
  return { ...kept, declarations: kept.declarations.map(atOnce), findings, refused: true };
}

function readSpec(record: ResourceRecord, language: Language): ReadSpec {
  const source = resourceRef(record);
  const { spec, issues, broken } = parseSpec(record.spec);
  const found = issues.map((issue) => locateIssue(issue, source));
  const nothing = {
    declarations: [],
    switches: nothingDenied,
    findings: found,
    refused: listFields,
  };
  if (spec === undefined) return nothing;
  const subject = readSubject(spec, language);
  if ('code' in subject) {
    found.push(locate(subject, source, { path: ['spec', 'workload', 'kind'] }));
    return nothing;
  }
  found.push(...findEmptySubject(subject, source));
  const declarations: Declaration[] = [];
  const refused = [...broken];
  for (const direction of ['Ingress', 'Egress'] as const) {
    const field = listFieldOf(direction);
    if (broken.includes(field)) continue;
    const read = readDirection(spec, { source, subject, direction }, language);
    found.push(...read.findings);
    if (read.declaration !== undefined) declarations.push(read.declaration);
    else if (read.findings.length > 0) refused.push(field);
  }
  const said = { dns: spec.dns, self: spec.self, ...spec.auto };
  const switches = switchesWhere((each) => said[each] === 'Deny');
  return { subject, declarations, switches, findings: found, refused };
}

/** The identity of a resource. */
export function resourceRef({ namespace, name }: ResourceRecord): ObjectRef {
  return { group: ourGroup, kind: 'AppConnectivity', namespace, name };
}

/** Of workload and selector there is one: the schema sees to it. */
function readSubject({ workload, selector = {} }: Spec, language: Language): SubjectRef | Problem {
  if (workload === undefined) {
    return { type: 'selector', selector: canonicalSelector(selector as LabelSelector) };
  }
  const kind = readKind(workload.kind, ['spec', 'workload', 'kind'], language);
  return typeof kind === 'string' ? { type: 'workload', kind, name: workload.name } : kind;
}

/** A kind as manifests write it, by the group and kind that the configuration knows it as. */
function readKind(
  written: string,
  path: Path,
  { workloadKinds }: Language,
): WorkloadKind | Problem {
  const found = workloadKinds.find(({ kind }) => kind === written);
  if (found !== undefined) return nameOfKind(found.group, found.kind);
  if (optionalKinds.some(({ kind }) => kind === written)) {
    return { code: 'KindNotRead', data: { text: formatPath(path), kind: written } };
  }
  const known = workloadKinds.map(({ kind }) => kind);
  const suggestion = suggest(written, known);
  const remedy =
    suggestion === '' ? `there are ${known.join(', ')}` : `did you mean ${suggestion}?`;
  return invalidField(path, `${quote(written)} is not a kind of workload; ${remedy}`);
}

function readDirection(
  spec: Spec,
  header: { source: ObjectRef; subject: SubjectRef; direction: Direction },
  language: Language,
): { declaration?: Declaration; findings: Finding[] } {
  const field = listFieldOf(header.direction);
  const list = spec[field];
  if (list === undefined) return { findings: [] };
  const at: Position = { path: ['spec', field] };
  if (list.some(({ nobody }) => nobody)) {
    return { declaration: { ...header, at, nobody: true, entries: [] }, findings: [] };
  }
  const entries: Entry[] = [];
  const findings: Finding[] = [];
  for (const [index, written] of list.entries()) {
    const path = ['spec', field, index];
    const entry = readEntry(written, path, language);
    if ('code' in entry) findings.push(locate(entry, header.source, { path }));
    else entries.push(entry);
  }
  const { length } = canonicalJson(entries.map(({ written }) => written));
  if (length > mostCharacters) {
    const data = { length, most: mostCharacters };
    findings.push(locate({ code: 'TextTooLong', data }, header.source, at));
  }
  if (findings.length > 0) return { findings };
  const declaration: Declaration = { ...header, at, nobody: false, entries };
  return { declaration, findings: findIdle(declaration) };
}

function readEntry(written: SpecEntry, path: Path, language: Language): Entry | Problem {
  const peer = readPeer(written, path, language);
  if ('code' in peer) return peer;
  const ports = (written.ports ?? []).map(readPort);
  const { description: _, ...kept } = written;
  return { peer, ports, at: { path }, text: formatEntry(peer, ports), written: kept };
}

/** Of the fields that name a party there is one: the schema sees to it. */
function readPeer(written: SpecEntry, path: Path, language: Language): PeerRef | Problem {
  const { service, workload, pods, namespace, cidr, host, entity } = written;
  if (service) return { type: 'service', ...named(service) };
  if (workload) {
    const kind = readKind(workload.kind, [...path, 'workload', 'kind'], language);
    return typeof kind === 'string' ? { type: 'workload', kind, ...named(workload) } : kind;
  }
  if (pods) return readPods(pods);
  if (namespace) return readNamespace(namespace);
  if (cidr) return { type: 'block', cidr: cidr.block, except: [...new Set(cidr.except)].sort() };
  if (host) return readHost(host.name, path, language);
  return readEntity(entity);
}

function named(ref: { name: string; namespace?: string | undefined }) {
  return { name: ref.name, ...(ref.namespace !== undefined && { namespace: ref.namespace }) };
}

function readPods({ selector, namespaceSelector }: NonNullable<SpecEntry['pods']>): PeerRef {
  return {
    type: 'pods',
    selector: canonicalSelector(selector as LabelSelector),
    ...(namespaceSelector !== undefined && {
      namespaceSelector: canonicalSelector(namespaceSelector as LabelSelector),
    }),
  };
}

function readNamespace({ name, selector }: NonNullable<SpecEntry['namespace']>): PeerRef {
  return name === undefined
    ? { type: 'namespaces', selector: canonicalSelector(selector as LabelSelector) }
    : { type: 'namespace', name };
}

function readEntity(entity: SpecEntry['entity']): PeerRef {
  switch (entity) {
    case undefined:
    case 'Namespace':
      return { type: 'own' };
    case 'Cluster':
      return { type: 'cluster' };
    case 'Internet':
      return { type: 'internet' };
    default:
      return { type: 'party', party: entity };
  }
}

/** What the schema cannot say of a host, since the configuration decides it. */
function readHost(name: string, path: Path, { clusterDomain }: Language): PeerRef | Problem {
  const rule = hostProblem(name, clusterDomain);
  return rule === undefined
    ? { type: 'host', name }
    : invalidField([...path, 'host', 'name'], rule);
}

function readPort({ port, endPort, protocol }: SpecPort): PortRef {
  return {
    port,
    ...(endPort !== undefined && endPort !== port && { endPort }),
    ...(protocol !== undefined && { protocol }),
  };
}
