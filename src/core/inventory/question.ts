import { quote } from '../intent/explain.ts';
import { suggest } from '../intent/keys.ts';
import { type Protocol, protocols } from '../model/policy.ts';
import { parseAddress } from '../reach/addresses.ts';

/** A party as somebody named it. */
export type PartyName =
  | { readonly type: 'address'; readonly address: string }
  | {
      readonly type: 'object';
      readonly namespace: string;
      /** A kind in small letters and singular, `svc` and the like spelled out; undefined: any. */
      readonly kind: string | undefined;
      readonly name: string;
    };

/** A port as somebody named it: a number, or the name of a Service's or a container's port. */
export interface PortName {
  readonly port?: number | string;
  readonly protocol?: Protocol;
}

/** One sentence: what cannot be understood or found, and what would be right. */
export interface Unknown {
  readonly error: string;
}

const shortKinds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ svc: 'service', po: 'pod', deploy: 'deployment', sts: 'statefulset', ds: 'daemonset' },
    ...{ rs: 'replicaset', rc: 'replicationcontroller', cj: 'cronjob' },
  }),
);
const usualKinds = [
  ...['service', 'pod', 'deployment', 'statefulset', 'daemonset', 'replicaset', 'job', 'cronjob'],
  ...['replicationcontroller', ...shortKinds.keys()],
];

/**
 * Reads `ns/kind/name`, `Kind/ns/name`, `ns/name`, `kind/name`, `name` or an address. `kinds` are those, in small
 * letters, of the workloads that are there beside the usual ones; `namespace` is of names that give
 * none.
 */
export function readParty(
  text: string,
  namespace: string,
  kinds: ReadonlySet<string>,
): PartyName | Unknown {
  const address = /^\[(.*:.*)\]$/.exec(text)?.[1] ?? text;
  if (parseAddress(address) !== undefined) return { type: 'address', address };
  if (isBlock(text)) return { error: `${quote(text)} is a block; name one address of it` };
  if (text.includes(':')) return { error: portApart(text) };
  const parts = text.split('/');
  if (parts.length > 3 || parts.some((part) => part === '')) return { error: shape(text) };
  const [first = '', second = '', third] = parts;
  if (third !== undefined) {
    // As answers name it; no namespace begins with a capital letter.
    const named = /^[A-Z]/.test(first) ? kindNamed(first, kinds) : undefined;
    if (named !== undefined) {
      return { type: 'object', namespace: second, kind: named, name: third };
    }
    const kind = kindNamed(second, kinds);
    if (kind === undefined) return unknownKind(second, text, kinds);
    return { type: 'object', namespace: first, kind, name: third };
  }
  if (parts.length === 1) return { type: 'object', namespace, kind: undefined, name: first };
  const kind = kindNamed(first, kinds);
  return kind === undefined
    ? { type: 'object', namespace: first, kind: undefined, name: second }
    : { type: 'object', namespace, kind, name: second };
}

/** Takes `TO:PORT/PROTO` apart; an IPv6 address with a port stands in brackets. */
export function splitPort(text: string): { party: string; port: PortName } | Unknown {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return withPort(bracketed[1] ?? '', bracketed[2], text);
  if (parseAddress(text) !== undefined) return { party: text, port: {} };
  const at = isBlock(text) ? -1 : text.indexOf(':');
  return at < 0 ? { party: text, port: {} } : withPort(text.slice(0, at), text.slice(at + 1), text);
}

function isBlock(text: string): boolean {
  const [, address, prefix] = /^([^/]*)\/(\d+)$/.exec(text) ?? [];
  return prefix !== undefined && parseAddress(address ?? '') !== undefined;
}

function withPort(party: string, written: string | undefined, text: string) {
  if (written === undefined) return { party, port: {} };
  const [name = '', protocol, more] = written.split('/');
  if (more !== undefined || (name === '' && protocol === undefined)) {
    return { error: portShape(text) };
  }
  const port = readPort(name === '' ? undefined : name, protocol);
  return 'error' in port ? { error: `${port.error} (in ${quote(text)})` } : { party, port };
}

/** Reads a port and a protocol, each of which may be absent. */
export function readPort(
  port: string | number | undefined,
  protocol: string | undefined,
): PortName | Unknown {
  const spoken = protocol?.toUpperCase();
  const known = protocols.find((each) => each === spoken);
  if (spoken !== undefined && known === undefined) {
    return { error: `${quote(protocol)} is no protocol; there are TCP, UDP and SCTP` };
  }
  const said = { ...(known !== undefined && { protocol: known }) };
  if (port === undefined) return said;
  const number = typeof port === 'number' ? port : /^\d+$/.test(port) ? Number(port) : undefined;
  if (number !== undefined) {
    if (Number.isInteger(number) && number >= 1 && number <= 65_535)
      return { ...said, port: number };
    return { error: `${quote(port)} is no port; ports are 1 to 65535` };
  }
  if (/^[a-z0-9-]*[a-z][a-z0-9-]*$/.test(`${port}`)) return { ...said, port };
  return { error: `${quote(port)} is no port; write a number or the name of a port` };
}

function kindNamed(word: string, kinds: ReadonlySet<string>): string | undefined {
  const small = word.toLowerCase();
  const whole = shortKinds.get(small) ?? small;
  const known = (kind: string) => kinds.has(kind) || usualKinds.includes(kind);
  if (known(whole)) return whole;
  const single = whole.replace(/s$/, '');
  return known(single) ? single : undefined;
}

function unknownKind(word: string, text: string, kinds: ReadonlySet<string>): Unknown {
  const meant = suggest(word.toLowerCase(), [...usualKinds, ...kinds]);
  const remedy = meant === '' ? '; write namespace/kind/name' : `; did you mean ${meant}?`;
  return { error: `${quote(word)} in ${quote(text)} is no kind that is known here${remedy}` };
}

function portApart(text: string): string {
  return `${quote(text)} has a port in it; a port stands behind TO, in port of a question, or in ports of an assertion`;
}

function shape(text: string): string {
  return `${quote(text)} names nobody; write namespace/kind/name, such as shop/deployment/web or shop/svc/web, or an address`;
}

function portShape(text: string): string {
  return `${quote(text)} is not understood; a port is written :80, :80/UDP, :http or, for every one of UDP, :/UDP`;
}
