import type { PortRef } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import { type Protocol, protocols } from '../model/policy.ts';

/**
 * Reads what follows the first `:` of an entry: `80`, `8000-8100`, `http`, each with an optional
 * `/tcp`, `/udp` or `/sctp`. `text` is the whole entry, for the message.
 */
export function parsePort(tail: string, text: string): PortRef | Problem {
  const slash = tail.indexOf('/');
  const port = slash < 0 ? tail : tail.slice(0, slash);
  const protocol = slash < 0 ? undefined : readProtocol(tail.slice(slash + 1));
  if (slash >= 0 && protocol === undefined) {
    return { code: 'InvalidProtocol', data: { text, protocol: tail.slice(slash + 1) } };
  }
  const number = readPort(port);
  if (typeof number === 'string')
    return { code: 'InvalidPort', data: { text, port, rule: number } };
  return { ...number, ...(protocol && { protocol }) };
}

function readProtocol(text: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.toLowerCase() === text.toLowerCase());
}

/** The port, or the rule that it breaks. */
function readPort(text: string): PortRef | string {
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range !== null) return readPortRange(Number(range[1]), Number(range[2]));
  if (/^\d+$/.test(text)) {
    return isPortNumber(Number(text)) ? { port: Number(text) } : 'a port is 1 to 65535';
  }
  return portNameProblem(text) ?? { port: text };
}

function readPortRange(port: number, endPort: number): PortRef | string {
  if (!isPortNumber(port) || !isPortNumber(endPort)) return 'a port is 1 to 65535';
  if (endPort < port) return 'a range goes from the smaller port to the larger';
  return endPort === port ? { port } : { port, endPort };
}

export function isPortNumber(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

/** The rule of IANA_SVC_NAME (RFC 6335 section 5.1) that a port name breaks, if any. */
export function portNameProblem(name: string): string | undefined {
  if (name === '') return 'after ":" comes a port number, a range such as 8000-8100, or a name';
  if (name.length > 15) return 'a port name has at most 15 characters';
  if (!/^[a-z0-9-]+$/.test(name) || !/[a-z]/.test(name)) {
    return 'a port name has lower-case letters, digits and "-", with at least one letter';
  }
  if (/^-|-$|--/.test(name)) return 'a port name has no "-" at its ends and no two in a row';
  return undefined;
}
