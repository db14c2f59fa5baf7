import ipaddr from 'ipaddr.js';
import type { PolicyPeer } from '../model/policy.ts';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Range {
  readonly base: Address;
  readonly prefix: number;
}

/** A well-formed ipBlock: `range` without what lies in any of `except`. */
export interface Block {
  readonly range: Range;
  readonly except: readonly Range[];
}

/**
 * The address that `text` spells, a v4-mapped v6 address as the v4 address that it means;
 * undefined when malformed. Only four decimal parts are IPv4: `010.0.0.1` is 8.0.0.1 to some
 * network plugins and 10.0.0.1 to others, so it is nobody's address here. Never throws.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
  }
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/**
 * The ipBlock in parsed form; undefined when its cidr or any of its exceptions is malformed (the
 * API server refuses the policy then, so no part of the block is to be trusted). Never throws.
 */
export function parseBlock({
  cidr,
  except,
}: NonNullable<PolicyPeer['ipBlock']>): Block | undefined {
  const range = parseRange(cidr);
  const exceptions = (except ?? []).map(parseRange).filter((parsed) => parsed !== undefined);
  if (range === undefined || exceptions.length !== (except ?? []).length) return undefined;
  return { range, except: exceptions };
}

/** Whether the block holds the address. A block never holds an address of the other family. */
export function holdsAddress({ range, except }: Block, address: Address): boolean {
  return lies(address, range) && !except.some((exception) => lies(address, exception));
}

function lies(address: Address, { base, prefix }: Range): boolean {
  return address.kind() === base.kind() && address.match(base, prefix);
}

/** Bits behind the prefix are ignored, as `net.ParseCIDR` does. */
function parseRange(cidr: string): Range | undefined {
  const [, text = '', digits = ''] = /^([^%/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const base = parseAddress(text);
  if (base === undefined) return undefined;
  const given = Number(digits);
  if (base.kind() === 'ipv4' && text.includes(':')) return mappedRange(text, base, given);
  return given <= (base.kind() === 'ipv4' ? 32 : 128) ? { base, prefix: given } : undefined;
}

/** A range written as v4-mapped v6: within ::ffff:0:0/96 it is a v4 range, wider it is v6. */
function mappedRange(text: string, base: Address, prefix: number): Range | undefined {
  if (prefix > 128) return undefined;
  return prefix >= 96 ? { base, prefix: prefix - 96 } : { base: ipaddr.IPv6.parse(text), prefix };
}
