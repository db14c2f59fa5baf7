import type { PartyName, PeerRef, PortRef, WorkloadKind } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import { type KindOfWorkload, nameOfKind, optionalKinds } from '../model/kinds.ts';
import { readRange } from '../model/range.ts';
import type { Language } from '../model/settings.ts';
import { partyTexts } from './format.ts';
import { suggest } from './keys.ts';
import { parsePort } from './ports.ts';
import { isSelected, parseSelected } from './selected.ts';

/** An entry that was read: the party and at most one port. */
export interface ParsedEntry {
  readonly peer: PeerRef;
  readonly ports: readonly PortRef[];
}

const parties: Readonly<Record<string, PeerRef>> = {
  '@namespace': { type: 'own' },
  '@cluster': { type: 'cluster' },
  '@internet': { type: 'internet' },
  ...Object.fromEntries(
    Object.entries(partyTexts).map(([party, word]) => [
      word,
      { type: 'party', party: party as PartyName },
    ]),
  ),
};

/**
 * Reads one entry of an annotation, such as `cart.billing:80/tcp`.
 *
 * In: the entry without surrounding white space, not empty, not `none`; what it is read by.
 * Out: the party and its port, or the one problem that was met first.
 */
export function parseEntry(text: string, language: Language): ParsedEntry | Problem {
  if (text.includes('://')) {
    const rule = 'it is a URL; write the party and its port, such as cart:80';
    return { code: 'InvalidName', data: { text, part: text, rule } };
  }
  const parts = splitPort(text);
  if ('code' in parts) return parts;
  const peer = parsePeer(parts.head, text, language);
  if ('code' in peer) return peer;
  if (parts.tail === undefined) return { peer, ports: [] };
  const port = parsePort(parts.tail, text);
  if ('code' in port) return port;
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

function parsePeer(head: string, text: string, language: Language): PeerRef | Problem {
  if (head.startsWith('@')) return parseParty(head, text);
  if (head.startsWith('[')) return parseAddress(head.slice(1, -1), text, true);
  if (/^\d+\.\d+\.\d+\.\d+(\/.*)?$/.test(head)) return parseAddress(head, text, false);
  if (isSelected(head)) return parseSelected(head, text);
  const slash = head.indexOf('/');
  if (slash < 0) return parseNamed('name', head, text, language.clusterDomain);
  return parseQualified(head.slice(0, slash), head.slice(slash + 1), text, language);
}

function parseParty(head: string, text: string): PeerRef | Problem {
  const party = parties[head];
  if (party !== undefined && Object.hasOwn(parties, head)) return party;
  return { code: 'InvalidParty', data: { text, suggestion: suggest(head, Object.keys(parties)) } };
}

function parseAddress(address: string, text: string, bracketed: boolean): PeerRef | Problem {
  const range = readRange(address);
  if (typeof range !== 'string') {
    const { rule, canonical } = range;
    return addressProblem(text, rule, canonical.includes(':') ? `[${canonical}]` : canonical);
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
  language: Language,
): PeerRef | Problem {
  const kind = kindOf(word.toLowerCase(), text, language);
  if (typeof kind !== 'string') return kind;
  if (kind === 'Host') return parseHost(rest, text, language.clusterDomain);
  if (kind === 'Namespace') {
    const problem = namespaceNameProblem(rest);
    return problem === undefined
      ? { type: 'namespace', name: rest }
      : { code: 'InvalidName', data: { text, part: rest, rule: problem } };
  }
  const named = parseNamed(
    kind === 'Service' ? 'service' : 'name',
    rest,
    text,
    language.clusterDomain,
  );
  if ('code' in named || kind === 'Service') return named;
  const { name, namespace } = named;
  return { type: 'workload', kind, name, ...(namespace !== undefined && { namespace }) };
}

/** What stands before the slash and is no kind of workload. */
export const otherKinds: Readonly<Record<string, 'Service' | 'Namespace' | 'Host'>> = {
  ...{ svc: 'Service', service: 'Service', services: 'Service' },
  ...{ ns: 'Namespace', namespace: 'Namespace', namespaces: 'Namespace', host: 'Host' },
};

/** What stands before the slash: a kind as kubectl takes it, also with its group behind a dot. */
function kindOf(word: string, text: string, { workloadKinds }: Language): WorkloadKind | Problem {
  const other = Object.hasOwn(otherKinds, word) ? otherKinds[word] : undefined;
  if (other !== undefined) return other;
  const isCalled = ({ words, group }: KindOfWorkload) =>
    words.some((each) => each === word || `${each}.${group}` === word);
  const kind = workloadKinds.find(isCalled);
  if (kind !== undefined) return nameOfKind(kind.group, kind.kind);
  const optional = optionalKinds.find(isCalled);
  if (optional !== undefined) return { code: 'KindNotRead', data: { text, kind: optional.kind } };
  const known = [...Object.keys(otherKinds), ...workloadKinds.flatMap(({ words }) => words)];
  return { code: 'InvalidKind', data: { text, kind: word, suggestion: suggest(word, known) } };
}

function parseHost(name: string, text: string, clusterDomain: string): PeerRef | Problem {
  const rule = hostProblem(name, clusterDomain);
  return rule === undefined
    ? { type: 'host', name }
    : { code: 'InvalidName', data: { text, part: name, rule } };
}

/** The rule that the name of a host outside the cluster breaks: RFC 1123, fully qualified. */
export function hostProblem(name: string, clusterDomain: string): string | undefined {
  if (name.includes('*')) return 'a wildcard has no addresses; name each host';
  if (typeof readRange(name) === 'string') return 'it is an address; write it without "host/"';
  const labels = name.split('.');
  const isLabel = (label: string) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label);
  if (labels.length < 2 || !labels.every(isLabel) || name.length > 253) {
    return 'a host is a DNS name in lower case with a dot in it, without scheme, port or path, such as api.stripe.com';
  }
  return name.endsWith(`.${clusterDomain}`) || name.endsWith('.svc')
    ? 'it is a name of the cluster itself; write the Service, such as cart.billing'
    : undefined;
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
