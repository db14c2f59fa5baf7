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
import { canonicalSelector, selectsEverything } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import { contains, prefixLength, readRange } from '../model/range.ts';
import type { ResourceRecord } from '../model/records.ts';
import { formatEntry } from './format.ts';
import { isPortNumber, portNameProblem } from './ports.ts';
import { partyFields, type Spec, type SpecEntry, type SpecPort, specSchema } from './schema.ts';

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
  const parsed = specSchema.safeParse(record.spec);
  const found: Finding[] = [];
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const place = ['spec', ...path.map((part) => (typeof part === 'symbol' ? '' : part))];
      found.push(locate(invalidField(place, message), source, { path: place }));
    }
    return { declarations: [], switches: silent, findings: found };
  }
  const spec = parsed.data;
  const subject = readSubject(spec);
  if ('code' in subject) {
    found.push(locate(subject, source, { path: ['spec'] }));
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

/** The identity of a resource. */
export function resourceRef({ namespace, name }: ResourceRecord): ObjectRef {
  return { group: ourGroup, kind: 'AppConnectivity', namespace, name };
}

function invalidField(path: Path, problem: string): Problem {
  return { code: 'InvalidField', data: { field: path.join('.'), problem } };
}

function readSubject({ workload, selector, talksTo, acceptsFrom }: Spec): SubjectRef | Problem {
  if ((workload === undefined) === (selector === undefined)) {
    return invalidField(['spec'], 'give exactly one of workload and selector');
  }
  if (talksTo === undefined && acceptsFrom === undefined) {
    return { code: 'EmptyDeclaration', data: { key: 'spec' } };
  }
  if (workload !== undefined) {
    const kind = workloadKinds.find((known) => known === workload.kind);
    return kind === undefined
      ? unsupportedKind(['spec', 'workload', 'kind'], workload.kind)
      : { type: 'workload', kind, name: workload.name };
  }
  const canonical = canonicalSelector(selector as object);
  return selectsEverything(canonical)
    ? invalidField(['spec', 'selector'], 'an empty selector matches everything')
    : { type: 'selector', selector: canonical };
}

function unsupportedKind(_path: Path, kind: string): Problem {
  return { code: 'NotSupportedYet', data: { text: `kind ${kind}`, feature: kind } };
}

function readDirection(
  spec: Spec,
  header: { source: ObjectRef; subject: SubjectRef; direction: Direction },
): { declaration?: Declaration; findings: Finding[] } {
  const field = header.direction === 'Egress' ? 'talksTo' : 'acceptsFrom';
  const list = spec[field];
  if (list === undefined) return { findings: [] };
  const at: Position = { path: ['spec', field] };
  const nobody = list.some((entry) => entry.nobody === true);
  if (nobody && list.length === 1 && list[0]?.ports === undefined) {
    return { declaration: { ...header, at, nobody, entries: [] }, findings: [] };
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
  const given = partyFields.filter((field) => written[field] !== undefined);
  if (given.length !== 1) {
    return invalidField(path, `give exactly one of ${partyFields.join(', ')}`);
  }
  if (written.nobody) return { code: 'NoneNotAlone', data: { text: 'nobody: true' } };
  const peer = readPeer(written, path);
  if ('code' in peer) return peer;
  const ports: PortRef[] = [];
  for (const [index, port] of (written.ports ?? []).entries()) {
    const read = readPort(port, peer, [...path, 'ports', index]);
    if ('code' in read) return read;
    ports.push(read);
  }
  return { peer, ports, at: { path }, text: formatEntry(peer, ports) };
}

function readPeer(written: SpecEntry, path: Path): PeerRef | Problem {
  const { service, workload, pods, namespace, cidr, host, entity } = written;
  if (service) return { type: 'service', ...named(service) };
  if (workload) {
    const kind = workloadKinds.find((known): known is WorkloadKind => known === workload.kind);
    if (kind === undefined) return unsupportedKind(path, workload.kind);
    return { type: 'workload', kind, ...named(workload) };
  }
  if (pods) return readPods(pods, path);
  if (namespace) return readNamespace(namespace, path);
  if (cidr) return readBlock(cidr, path);
  if (host)
    return { code: 'NotSupportedYet', data: { text: `host ${host.name}`, feature: 'host' } };
  return readEntity(entity);
}

function named(ref: { name: string; namespace?: string | undefined }) {
  return { name: ref.name, ...(ref.namespace !== undefined && { namespace: ref.namespace }) };
}

function readPods(pods: NonNullable<SpecEntry['pods']>, path: Path): PeerRef | Problem {
  const selector = canonicalSelector(pods.selector as object);
  if (selectsEverything(selector)) {
    return invalidField([...path, 'pods', 'selector'], 'an empty selector matches everything');
  }
  if (pods.namespaceSelector === undefined) return { type: 'pods', selector };
  const namespaceSelector = canonicalSelector(pods.namespaceSelector as object);
  return selectsEverything(namespaceSelector)
    ? invalidField([...path, 'pods', 'namespaceSelector'], 'an empty selector matches everything')
    : { type: 'pods', selector, namespaceSelector };
}

function readNamespace(
  namespace: NonNullable<SpecEntry['namespace']>,
  path: Path,
): PeerRef | Problem {
  if ((namespace.name === undefined) === (namespace.selector === undefined)) {
    return invalidField([...path, 'namespace'], 'give exactly one of name and selector');
  }
  if (namespace.name !== undefined) return { type: 'namespace', name: namespace.name };
  const selector = canonicalSelector(namespace.selector as object);
  return selectsEverything(selector)
    ? invalidField([...path, 'namespace', 'selector'], 'an empty selector matches everything')
    : { type: 'namespaces', selector };
}

function readBlock(cidr: NonNullable<SpecEntry['cidr']>, path: Path): PeerRef | Problem {
  for (const text of [cidr.block, ...(cidr.except ?? [])]) {
    const range = readRange(text);
    if (typeof range !== 'string') {
      return { code: 'InvalidAddress', data: { text, ...range } };
    }
    if (!text.includes('/')) return invalidField([...path, 'cidr'], `write ${text} as ${range}`);
  }
  const except = [...new Set(cidr.except)].sort();
  const outside = except.find(
    (inner) => !contains(cidr.block, inner) || prefixLength(inner) === prefixLength(cidr.block),
  );
  return outside === undefined
    ? { type: 'block', cidr: cidr.block, except }
    : invalidField(
        [...path, 'cidr', 'except'],
        `${outside} is not a smaller block of ${cidr.block}`,
      );
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
      return {
        code: 'NotSupportedYet',
        data: { text: `entity ${entity}`, feature: `entity ${entity}` },
      };
  }
}

function readPort(written: SpecPort, peer: PeerRef, path: Path): PortRef | Problem {
  const { port, endPort, protocol } = written;
  if (typeof port === 'string') {
    const rule = portNameProblem(port);
    if (rule !== undefined) return { code: 'InvalidPort', data: { text: port, port, rule } };
    if (endPort !== undefined) return invalidField(path, 'endPort goes only with a port number');
    if (peer.type === 'block' || peer.type === 'internet') {
      return { code: 'PortNameNeedsPods', data: { text: formatEntry(peer, []), port } };
    }
  } else if (!isPortNumber(port) || (endPort !== undefined && endPort < port)) {
    return invalidField(path, 'endPort must not be smaller than port');
  }
  return {
    port,
    ...(endPort !== undefined && endPort !== port && { endPort }),
    ...(protocol !== undefined && { protocol }),
  };
}
