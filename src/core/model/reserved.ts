import { inVersion6 } from './range.ts';

/**
 * What `@internet` leaves out besides the cluster's own ranges: private (RFC 1918), CGNAT (RFC
 * 6598), loopback, link-local and multicast; ULA (RFC 4193) and their IPv6 counterparts.
 */
export const notInternet: readonly string[] = [
  ...['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.168.0.0/16', '224.0.0.0/4'],
  ...['::1/128', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
];

/** 64:ff9b::/96. */
const nat64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/**
 * The blocks, and those of them that are IPv4 once more as what NAT64 makes of them: an address in such
 * a block leads where the IPv4 address does (RFC 6052). That no translator may pass private ones on is
 * written there too; some do, to reach what has IPv4 only. Texts that are no blocks stay as they are.
 */
export function alsoThroughNat64(blocks: readonly string[]): string[] {
  return [...blocks, ...blocks.flatMap((block) => inVersion6(nat64, block))];
}

/**
 * Those of `notInternet`, and the reserved (RFC 6890), with site-local (RFC 3879) and the prefix that
 * networks have for translations of their own (RFC 8215), of which nobody else knows what is behind.
 */
const local: readonly string[] = [
  ...[...notInternet, '0.0.0.0/8', '240.0.0.0/4', '::/128'],
  ...['fec0::/10', '64:ff9b:1::/48'],
];

/** What 6to4 makes of a block of IPv4: all that is behind those addresses (RFC 3056). */
function through6to4(block: string): string[] {
  return inVersion6([0x20, 0x02], block);
}

/** Addresses that lead nowhere outside the cluster, also where they are written as IPv6. */
export const internal: readonly string[] = [
  ...alsoThroughNat64(local),
  ...local.flatMap(through6to4),
];
