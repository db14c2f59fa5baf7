import ipaddr from 'ipaddr.js';
import { prefixLength } from '../model/range.ts';
import { notInternet } from '../model/reserved.ts';
import { addressesWhere, type Peer } from './rule.ts';
import type { TruthWorld } from './voices.ts';

/** The addresses of one family from `first` to `last`, both included. */
export interface Span {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** The addresses of a block, or of a single address. */
export function spanOf(block: string): Span {
  const [address = '', length] = block.split('/');
  const bytes = ipaddr.parse(address).toByteArray();
  const bits = bytes.length * 8;
  const size = 1n << BigInt(bits - Number(length ?? bits));
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const first = value - (value % size);
  return { version: bits === 32 ? 4 : 6, first, last: first + size - 1n };
}

function isWithin(small: Span, large: Span): boolean {
  return small.version === large.version && large.first <= small.first && small.last <= large.last;
}

/** The addresses of a block, or a single address, as a peer. */
export function addressesOf(block: string): Peer {
  return addressesBut(block, []);
}

/** The addresses of a block that are in none of the others, as a peer. */
export function addressesBut(block: string, except: readonly string[]): Peer {
  const span = spanOf(block);
  const left = except.map(spanOf);
  return addressesWhere(
    (address) => isWithin(address, span) && !left.some((inner) => isWithin(address, inner)),
  );
}

/** Configured ranges, Nodes' podCIDRs, ServiceCIDRs ("Addresses"). */
export function clusterRangesOf({ settings, ranges }: TruthWorld): string[] {
  return [...settings.clusterRanges, ...ranges.flatMap((record) => record.ranges)];
}

/**
 * Whether a block may be a peer: its prefix length is not 0, and no address of it, without those
 * of `except`, is in a cluster range ("Addresses").
 */
export function isOutsideCluster(
  world: TruthWorld,
  block: string,
  except: readonly string[],
): boolean {
  const meant = subtract(spanOf(block), except.map(spanOf));
  const cluster = clusterRangesOf(world).map(spanOf);
  return (
    prefixLength(block) > 0 && !meant.some((span) => cluster.some((range) => meets(span, range)))
  );
}

/** `@internet`: everything without private and such ranges and without the cluster's own. */
export function internetPeer(world: TruthWorld): Peer {
  const leadsInto = leadingInto([...notInternet, ...clusterRangesOf(world)]);
  return addressesWhere((address) => !leadsInto(address));
}

/** Whether addresses lie in one of some blocks, or NAT64 (RFC 6052) leads from them into one. */
export function leadingInto(blocks: readonly string[]): (address: Span) => boolean {
  const spans = blocks.map(spanOf);
  const isInside = (address: Span) => spans.some((span) => isWithin(address, span));
  return (address) => isInside(address) || isInside(translated(address));
}

const nat64 = spanOf('64:ff9b::/96');

/** Where NAT64 leads to; elsewhere the address itself. */
function translated(address: Span): Span {
  if (!isWithin(address, nat64)) return address;
  const [first, last] = [address.first - nat64.first, address.last - nat64.first];
  return { version: 4, first, last };
}

function meets(a: Span, b: Span): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** What is left of a span without some others. */
function subtract(span: Span, others: readonly Span[]): Span[] {
  return others.reduce<Span[]>(
    (left, other) => left.flatMap((piece) => subtractOne(piece, other)),
    [span],
  );
}

function subtractOne(span: Span, other: Span): Span[] {
  if (!meets(span, other)) return [span];
  const below = { ...span, last: other.first - 1n };
  const above = { ...span, first: other.last + 1n };
  return [below, above].filter(({ first, last }) => first <= last);
}
