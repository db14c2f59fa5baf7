import type { Problem } from '../model/finding.ts';
import { blockOf, internal, overlaps } from '../model/range.ts';
import type { World } from '../world/world.ts';
import type { Parties } from './peers.ts';

/**
 * The known addresses of a DNS name outside the cluster. Those that lead into the cluster, or nowhere
 * outside of it, give no peer: whoever answers for the name must not open the cluster's own pods.
 */
export function resolveHost(world: World, host: string, text: string): Parties {
  const known = world.outside.addressesOf(host);
  if (known.length === 0) {
    return { parties: [], problems: [{ code: 'HostNotResolved', data: { text, host } }] };
  }
  const ranges = [...internal, ...world.clusterRanges];
  const inside = known.filter((address) =>
    ranges.some((range) => overlaps(range, blockOf(address))),
  );
  const parties = known
    .filter((address) => !inside.includes(address))
    .map((address) => ({ peer: { ipBlock: { cidr: blockOf(address) } } }));
  if (inside.length === 0) return { parties, problems: [] };
  const data = { text, host, addresses: inside.join(', ') };
  const problem: Problem = { code: 'InternalAddress', data };
  return { parties, problems: [problem] };
}
