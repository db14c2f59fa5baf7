import type { PeerRef, PortRef, WorkloadKind } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import { readRange } from '../model/range.ts';
import { suggest } from './keys.ts';
import { parsePort } from './ports.ts';

/** An entry that was read: the party and at most one port. */
export interface ParsedEntry {
  readonly peer: PeerRef;
  readonly ports: readonly PortRef[];
}

/** Long and short kind names as kubectl knows them, in lower case. */
const kinds: Readonly<Record<string, 'Service' | 'Namespace' | WorkloadKind>> = {
  svc: 'Service',
  service: 'Service',
  services: 'Service',
  ns: 'Namespace',
  namespace: 'Namespace',
  namespaces: 'Namespace',
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  daemonsets: 'DaemonSet',
};

const laterKinds: ReadonlySet<string> = new Set([
  ...['host', 'job', 'jobs', 'cj', 'cronjob', 'cronjobs', 'rs', 'replicaset', 'replicasets'],
  ...['rc', 'replicationcontroller', 'replicationcontrollers', 'po', 'pod', 'pods', 'rollout'],
]);

const parties: Readonly<Record<string, PeerRef>> = {
  '@namespace': { type: 'own' },
  '@cluster': { type: 'cluster' },
  '@internet': { type: 'internet' },
};

const laterParties: readonly string[] = [
  '@kube-apiserver',
  '@dns',
  '@nodes',
  '@ingress',
  '@monitoring',
];

/**
 * Reads one entry of an annotation, such as `cart.billing:80/tcp`.
 *
 * In: the entry without surrounding white space, not empty, not `none`; the cluster's DNS domain.
 * Out: the party and its port, or the one problem that was met first.
 */
export function parseEntry(text: string, clusterDomain: string): ParsedEntry | Problem {
  if (text.includes('://')) {
    const rule = 'it is a URL; write the party and its port, such as cart:80';
    return { code: 'InvalidName', data: { text, part: text, rule } };
  }
  const parts = splitPort(text);
  if ('code' in parts) return parts;
  const peer = parsePeer(parts.head, text, clusterDomain);
  if ('code' in peer) return peer;
  if (parts.tail === undefined) return { peer, ports: [] };
  const port = parsePort(parts.tail, text);
  if ('code' in port) return port;
  if (typeof port.port === 'string' && (peer.type === 'block' || peer.type === 'internet')) {
    return { code: 'PortNameNeedsPods', data: { text, port: port.port } };
  }
  return { peer, ports: [port] };
}

/** Splits `[2001:db8::/32]:443` and `cart:443` alike; the tail is undefined without a `:`. */
function splitPort(text: string): { head: string; tail?: string } | Problem {
  const close = text.startsWith('[') ? text.indexOf(']') : -1;
  if (text.startsWith('[') && close < 0) {
    return addressProblem(text, 'the closing "]" is missing', '');
  }
  const colon = text.indexOf(':', close + 1);
  if (close >= 0 && close !== text.length - 1 && colon !== close + 1) {
    return addressProblem(text, 'after "]" comes nothing or ":" and a port', '');
  }
  if (colon < 0) return { head: text };
  if (close < 0 && text.indexOf(':', colon + 1) >= 0) return unbracketed(text);
  return { head: text.slice(0, colon), tail: text.slice(colon + 1) };
}

function unbracketed(text: string): Problem {
  const range = readRange(text);
  const address = typeof range === 'string' || range.canonical !== '';
  return address
    ? addressProblem(text, 'IPv6 goes in brackets', `[${text}]`)
    : {
        code: 'InvalidPort',
        data: { text, port: text, rule: 'an entry has one ":" and one port' },
      };
}

function parsePeer(head: string, text: string, clusterDomain: string): PeerRef | Problem {
  if (head.startsWith('@')) return parseParty(head, text);
  if (head.startsWith('[')) return parseAddress(head.slice(1, -1), text, true);
  if (/^\d+\.\d+\.\d+\.\d+(\/.*)?$/.test(head)) return parseAddress(head, text, false);
  const slash = head.indexOf('/');
  if (slash < 0) return parseNamed('name', head, text, clusterDomain);
  return parseQualified(head.slice(0, slash), head.slice(slash + 1), text, clusterDomain);
}

function parseParty(head: string, text: string): PeerRef | Problem {
  const party = parties[head];
  if (party !== undefined && Object.hasOwn(parties, head)) return party;
  if (laterParties.includes(head))
    return { code: 'NotSupportedYet', data: { text, feature: head } };
  const suggestion = suggest(head, [...Object.keys(parties), ...laterParties]);
  return { code: 'InvalidParty', data: { text, suggestion } };
}

function parseAddress(address: string, text: string, bracketed: boolean): PeerRef | Problem {
  const range = readRange(address);
  if (typeof range !== 'string') {
    const canonical =
      bracketed && range.canonical !== '' ? `[${range.canonical}]` : range.canonical;
    return addressProblem(text, range.rule, canonical);
  }
  if (bracketed && !range.includes(':')) {
    return addressProblem(text, 'brackets are for IPv6 only', address);
  }
  return { type: 'block', cidr: range, except: [] };
}

function addressProblem(text: string, rule: string, canonical: string): Problem {
  return { code: 'InvalidAddress', data: { text, rule, canonical } };
}

function parseQualified(
  word: string,
  rest: string,
  text: string,
  clusterDomain: string,
): PeerRef | Problem {
  const lower = word.toLowerCase();
  const kind = Object.hasOwn(kinds, lower) ? kinds[lower] : undefined;
  if (kind === undefined) {
    if (laterKinds.has(lower))
      return { code: 'NotSupportedYet', data: { text, feature: `${word}/` } };
    const suggestion = suggest(lower, [...Object.keys(kinds), ...laterKinds]);
    return { code: 'InvalidKind', data: { text, kind: word, suggestion } };
  }
  if (kind === 'Namespace') {
    const problem = namespaceNameProblem(rest);
    return problem === undefined
      ? { type: 'namespace', name: rest }
      : { code: 'InvalidName', data: { text, part: rest, rule: problem } };
  }
  const named = parseNamed(kind === 'Service' ? 'service' : 'name', rest, text, clusterDomain);
  if ('code' in named || kind === 'Service') return named;
  const { name, namespace } = named;
  return { type: 'workload', kind, name, ...(namespace !== undefined && { namespace }) };
}

/** `name` or `name.namespace`, with an optional `.svc` or `.svc.<cluster domain>` behind both. */
function parseNamed(
  type: 'name' | 'service',
  written: string,
  text: string,
  clusterDomain: string,
): Extract<PeerRef, { type: 'name' | 'service' }> | Problem {
  const short = withoutSuffix(written, clusterDomain);
  const dot = short.lastIndexOf('.');
  const name = dot < 0 ? short : short.slice(0, dot);
  const namespace = dot < 0 ? undefined : short.slice(dot + 1);
  const problem =
    nameProblem(name) ?? (namespace === undefined ? undefined : namespaceNameProblem(namespace));
  if (problem !== undefined)
    return { code: 'InvalidName', data: { text, part: written, rule: problem } };
  return { type, name, ...(namespace !== undefined && { namespace }) };
}

function withoutSuffix(written: string, clusterDomain: string): string {
  for (const suffix of [`.svc.${clusterDomain}.`, `.svc.${clusterDomain}`, '.svc']) {
    const rest = written.slice(0, -suffix.length);
    if (written.endsWith(suffix) && rest.includes('.')) return rest;
  }
  return written;
}

/** The rule of a DNS-1123 subdomain (object names, up to 253 characters) that a name breaks. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the name is missing';
  if (name.length > 253) return 'a name has at most 253 characters';
  const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
  return name.split('.').every((part) => label.test(part))
    ? undefined
    : 'a name has lower-case letters, digits, "-" and ".", and begins and ends with a letter or digit';
}

/** The rule of a DNS-1123 label (namespace names, up to 63 characters) that a name breaks. */
export function namespaceNameProblem(name: string): string | undefined {
  if (name === '') return 'the namespace is missing';
  if (name.length > 63) return 'the name of a namespace has at most 63 characters';
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)
    ? undefined
    : 'the name of a namespace has lower-case letters, digits and "-" only';
}
