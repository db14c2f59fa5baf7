import type { z } from 'zod';
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
import { workloadKinds } from '../model/declaration.ts';
import { type Finding, locate, type Problem } from '../model/finding.ts';
import { type ObjectRef, ourGroup } from '../model/identity.ts';
import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import type { ResourceRecord } from '../model/records.ts';
import { explain, quote } from './explain.ts';
import { formatEntry } from './format.ts';
import { suggest } from './keys.ts';
import { type Spec, type SpecEntry, type SpecPort, specSchema } from './schema.ts';

/** What an AppConnectivity resource says. Without `subject` nothing of it could be accepted. */
export interface ResourceIntent {
  readonly subject?: SubjectRef;
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  readonly findings: readonly Finding[];
}

type Path = readonly (string | number)[];

const silent: Switches = { dns: false, self: false };

/**
 * Reads a resource. A direction with an invalid entry is not accepted as a whole; the other
 * direction stands. What the API server's CEL would have refused is refused here too, because
 * `render` reads files that no API server has seen.
 */
export function readResource(record: ResourceRecord): ResourceIntent {
  const source = resourceRef(record);
  const { spec, issues } = parseSpec(record.spec);
  const found = issues.map((issue) => locateIssue(issue, source));
  if (spec === undefined) return { declarations: [], switches: silent, findings: found };
  const subject = readSubject(spec);
  if ('code' in subject) {
    found.push(locate(subject, source, { path: ['spec', 'workload', 'kind'] }));
    return { declarations: [], switches: silent, findings: found };
  }
  const declarations: Declaration[] = [];
  for (const direction of ['Ingress', 'Egress'] as const) {
    const read = readDirection(spec, { source, subject, direction });
    found.push(...read.findings);
    if (read.declaration !== undefined) declarations.push(read.declaration);
  }
  const switches = { dns: spec.dns === 'Deny', self: spec.self === 'Deny' };
  return { subject, declarations, switches, findings: found };
}

type Issue = z.core.$ZodIssue;

/** The spec without its invalid directions; undefined when nothing of it could be accepted. */
function parseSpec(raw: unknown): { spec?: Spec; issues: readonly Issue[] } {
  const parsed = specSchema.safeParse(raw, { error: explain });
  if (parsed.success) return { spec: parsed.data, issues: [] };
  const { issues } = parsed.error;
  const broken = issues.map(({ path }) => path[0]);
  if (broken.some((field) => field !== 'talksTo' && field !== 'acceptsFrom')) return { issues };
  const rest = Object.entries(raw as object).filter(([field]) => !broken.includes(field));
  const valid = specSchema.safeParse(Object.fromEntries(rest));
  return { issues, ...(valid.success && { spec: valid.data }) };
}

function locateIssue(issue: Issue, source: ObjectRef): Finding {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const parts = [...issue.path, ...unknown];
  const path = ['spec', ...parts.map((part) => (typeof part === 'number' ? part : String(part)))];
  return locate(invalidField(path, issue.message), source, { path });
}

/** The identity of a resource. */
export function resourceRef({ namespace, name }: ResourceRecord): ObjectRef {
  return { group: ourGroup, kind: 'AppConnectivity', namespace, name };
}

function invalidField(path: Path, problem: string): Problem {
  return { code: 'InvalidField', data: { field: formatPath(path), problem } };
}

/** `spec.talksTo[0].cidr`, as the API server writes it. */
function formatPath([first, ...rest]: Path): string {
  const parts = rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
  return `${first}${parts.join('')}`;
}

/** Of workload and selector there is one: the schema sees to it. */
function readSubject({ workload, selector = {} }: Spec): SubjectRef | Problem {
  if (workload === undefined) {
    return { type: 'selector', selector: canonicalSelector(selector as LabelSelector) };
  }
  const kind = readKind(workload.kind, ['spec', 'workload', 'kind']);
  return typeof kind === 'string' ? { type: 'workload', kind, name: workload.name } : kind;
}

function readKind(written: string, path: Path): WorkloadKind | Problem {
  const kind = workloadKinds.find((known) => known === written);
  if (kind !== undefined) return kind;
  const suggestion = suggest(written, workloadKinds);
  return suggestion === ''
    ? { code: 'NotSupportedYet', data: { text: `kind ${written}`, feature: `kind ${written}` } }
    : invalidField(path, `${quote(written)} is not a known kind; did you mean ${suggestion}?`);
}

function readDirection(
  spec: Spec,
  header: { source: ObjectRef; subject: SubjectRef; direction: Direction },
): { declaration?: Declaration; findings: Finding[] } {
  const field = header.direction === 'Egress' ? 'talksTo' : 'acceptsFrom';
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
    const entry = readEntry(written, path);
    if ('code' in entry) findings.push(locate(entry, header.source, { path }));
    else entries.push(entry);
  }
  if (findings.length > 0) return { findings };
  return { declaration: { ...header, at, nobody: false, entries }, findings };
}

function readEntry(written: SpecEntry, path: Path): Entry | Problem {
  const peer = readPeer(written, path);
  if ('code' in peer) return peer;
  const ports = (written.ports ?? []).map(readPort);
  return { peer, ports, at: { path }, text: formatEntry(peer, ports) };
}

/** Of the fields that name a party there is one: the schema sees to it. */
function readPeer(written: SpecEntry, path: Path): PeerRef | Problem {
  const { service, workload, pods, namespace, cidr, host, entity } = written;
  if (service) return { type: 'service', ...named(service) };
  if (workload) {
    const kind = readKind(workload.kind, [...path, 'workload', 'kind']);
    return typeof kind === 'string' ? { type: 'workload', kind, ...named(workload) } : kind;
  }
  if (pods) return readPods(pods);
  if (namespace) return readNamespace(namespace);
  if (cidr) return { type: 'block', cidr: cidr.block, except: [...new Set(cidr.except)].sort() };
  if (host) return notYet(`host ${host.name}`, 'host');
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

function readEntity(entity: SpecEntry['entity']): PeerRef | Problem {
  switch (entity) {
    case 'Namespace':
      return { type: 'own' };
    case 'Cluster':
      return { type: 'cluster' };
    case 'Internet':
      return { type: 'internet' };
    default:
      return notYet(`entity ${entity}`, `entity ${entity}`);
  }
}

function notYet(text: string, feature: string): Problem {
  return { code: 'NotSupportedYet', data: { text, feature } };
}

function readPort({ port, endPort, protocol }: SpecPort): PortRef {
  return {
    port,
    ...(endPort !== undefined && endPort !== port && { endPort }),
    ...(protocol !== undefined && { protocol }),
  };
}
