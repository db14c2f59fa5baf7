import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A CIDR block: an address and a prefix length. */
interface Block {
  readonly address: Address;
  readonly length: number;
}

/** The block of one address in canonical form. */
export function blockOf(address: string): string {
  return `${address}/${isVersion6(address) ? 128 : 32}`;
}

/** Why a text is no usable block, and the nearest text that would be one ('' when unknown). */
export interface RangeProblem {
  readonly rule: string;
  readonly canonical: string;
}

/**
 * Reads an address or a block in canonical form (no host bits, RFC 5952 for v6).
 *
 * In: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`, without brackets. Out: the block as CIDR
 * text (a single address gets /32 or /128), or what is wrong. Text that the API server only warns
 * about (host bits, leading zeros, v4-mapped v6) is refused: engines read it differently.
 */
export function readRange(text: string): string | RangeProblem {
  const slash = text.indexOf('/');
  const address = readAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) {
    return { rule: 'it is not an IPv4 or IPv6 address', canonical: '' };
  }
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return { rule: 'write IPv4 as IPv4', canonical: address.toIPv4Address().toString() };
  }
  const most = bitsOf(address);
  const length = slash < 0 ? most : readLength(text.slice(slash + 1), most);
  if (length === undefined) {
    return { rule: `the prefix length must be 0 to ${most}`, canonical: '' };
  }
  const canonical = formatBlock(networkOf({ address, length }));
  const written = slash < 0 ? `${text}/${most}` : text;
  if (written !== canonical) return { rule: 'it must be in canonical form', canonical };
  return canonical;
}

/** A block in canonical form; undefined for what is none. Bits behind the prefix are ignored. */
export function canonicalBlock(text: string): string | undefined {
  if (!text.includes('/')) return undefined;
  const read = readRange(text);
  if (typeof read === 'string') return read;
  return read.canonical === '' ? undefined : read.canonical;
}

/** One address in canonical form; undefined for what is none, and for IPv4 written as IPv6. */
export function canonicalAddress(text: string): string | undefined {
  if (text.includes('/')) return undefined;
  const read = readRange(text);
  const block = typeof read === 'string' ? read : read.canonical;
  const slash = block.indexOf('/');
  return slash < 0 ? undefined : block.slice(0, slash);
}

/** Whether every address of `inner` is in `outer`. Both are CIDR texts; malformed ones hold none. */
export function contains(outer: string, inner: string): boolean {
  return isCovered(inner, [outer]);
}

/** Whether every address of a block is in one of the others. */
export function isCovered(block: string, others: readonly string[]): boolean {
  const span = spanOf(block);
  return span !== undefined && endOfCover(span, others) > span.last;
}

/** The first address, from where a span begins, that is in none of the blocks. */
function endOfCover(span: Span, others: readonly string[]): bigint {
  const spans = others.flatMap((other) => spanOf(other) ?? []).sort(compareSpans);
  let next = span.first;
  for (const { version, first, last } of spans) {
    if (version !== span.version || first > next || last < next) continue;
    next = last + 1n;
  }
  return next;
}

/** The first address of a block that lies in none of the others; undefined where all do. */
export function firstOutside(block: string, others: readonly string[]): string | undefined {
  const span = spanOf(block);
  if (span === undefined) return undefined;
  const next = endOfCover(span, others);
  return next > span.last ? undefined : formatAddress(span.version, next);
}

/**
 * Of each block the first address that lies in no smaller one of them; a block that smaller ones
 * cover whole is left out. Blocks are nested or apart, so whatever is decided by these blocks alone
 * is the same for every address that has the same smallest block around it.
 */
export function representatives(blocks: Iterable<string>): Map<string, string> {
  const spans = readSpans(blocks);
  const found = spans.flatMap(({ text, version, first, last }, index): [string, string][] => {
    let next = first;
    for (let at = index + 1; next <= last; at++) {
      const inner = spans[at];
      if (inner === undefined || inner.version !== version || inner.first > next) break;
      if (inner.last >= next) next = inner.last + 1n;
    }
    return next > last ? [] : [[text, formatAddress(version, next)]];
  });
  return new Map(found);
}

/** The prefix length of a canonical CIDR text. */
export function prefixLength(cidr: string): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}

/** Whether a canonical CIDR text is of IPv6. */
export function isVersion6(cidr: string): boolean {
  return cidr.includes(':');
}

/**
 * Whether a canonical block is larger than any that a cluster has for pods, Services or nodes: taken for
 * one, it would cut off everybody who says `@internet`.
 */
export function isTooWide(cidr: string): boolean {
  return prefixLength(cidr) < 8 && cidr !== 'fc00::/7';
}

/** The block of IPv6 whose addresses have a block of IPv4 after these bytes; none for any other text. */
export function inVersion6(before: readonly number[], block: string): string[] {
  const read = parseBlock(block);
  if (read === undefined || bitsOf(read.address) !== 32) return [];
  const { address, length } = networkOf(read);
  const bytes = [...before, ...address.toByteArray()];
  const rest = Array.from({ length: 16 - bytes.length }, () => 0);
  const whole = ipaddr.fromByteArray([...bytes, ...rest]);
  return [formatBlock({ address: whole, length: 8 * before.length + length })];
}

/** The given blocks without repeats and without those that lie in another one, sorted as text. */
export function outermost(ranges: Iterable<string>): string[] {
  return apart(ranges)
    .map(({ text }) => text)
    .sort();
}

/** The blocks that lie in no other one, in the order of addresses: none of them meets another. */
function apart(ranges: Iterable<string>): (Span & { readonly text: string })[] {
  const kept: (Span & { readonly text: string })[] = [];
  for (const span of readSpans(ranges)) {
    const before = kept.at(-1);
    if (before?.version !== span.version || before.last < span.last) kept.push(span);
  }
  return kept;
}

/**
 * The outermost of some blocks that have addresses in common with another block, or with an address:
 * they are read once, for many questions.
 */
export function meetingIn(blocks: Iterable<string>): (block: string) => string[] {
  const spans = apart(blocks);
  return (block) => {
    const asked = spanOf(block);
    if (asked === undefined) return [];
    const from = lastAtOrBefore(spans, asked);
    const to = lastAtOrBefore(spans, { ...asked, first: asked.last });
    const found = spans.slice(Math.max(from, 0), to + 1);
    return found
      .filter(({ version, last }) => version === asked.version && last >= asked.first)
      .map(({ text }) => text);
  };
}

/** The index of the last of some sorted spans that begins no later; -1 where none does. */
function lastAtOrBefore(spans: readonly Span[], { version, first }: Span): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const each = spans[middle];
    const isAfter =
      each === undefined ||
      each.version > version ||
      (each.version === version && each.first > first);
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

function readSpans(ranges: Iterable<string>): (Span & { readonly text: string })[] {
  const spans = [...new Set(ranges)].flatMap((text) => {
    const span = spanOf(text);
    return span === undefined ? [] : [{ text, ...span }];
  });
  return spans.sort(compareSpans);
}

/** The addresses of a block as numbers, first and last. */
interface Span {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** By family, then where it begins, the larger first: what lies in another comes after it. */
function compareSpans(a: Span, b: Span): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.last > b.last ? -1 : 1;
}

function spanOf(cidr: string): Span | undefined {
  const block = parseBlock(cidr);
  if (block === undefined) return undefined;
  const { address, length } = networkOf(block);
  const first = address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const size = 1n << BigInt(bitsOf(address) - length);
  return { version: address.kind() === 'ipv4' ? 4 : 6, first, last: first + size - 1n };
}

function formatAddress(version: 4 | 6, value: bigint): string {
  const length = version === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

function readAddress(text: string): Address | undefined {
  if (text.includes(':')) {
    return !text.includes('%') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
  }
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? new ipaddr.IPv4(parts) : undefined;
}

function readLength(text: string, most: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

function bitsOf(address: Address): number {
  return address.kind() === 'ipv4' ? 32 : 128;
}

function parseBlock(cidr: string): Block | undefined {
  const slash = cidr.indexOf('/');
  const address = readAddress(slash < 0 ? cidr : cidr.slice(0, slash));
  if (address === undefined) return undefined;
  const length = slash < 0 ? bitsOf(address) : readLength(cidr.slice(slash + 1), bitsOf(address));
  return length === undefined ? undefined : { address, length };
}

function networkOf({ address, length }: Block): Block {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return { address: ipaddr.fromByteArray(bytes), length };
}

function formatBlock({ address, length }: Block): string {
  const text = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  return `${text}/${length}`;
}
