import type { Problem } from '../model/finding.ts';
import { blockOf } from '../model/range.ts';
import type { AddressesRecord } from '../model/records.ts';
import type { World } from '../world/world.ts';
import type { Parties } from './peers.ts';

/**
 * The known addresses of a DNS name outside the cluster. Those that lead into the cluster, or nowhere
 * outside of it, give no peer: whoever answers for the name must not open the cluster's own pods.
 */
export function resolveHost(world: World, host: string, text: string): Parties {
  const { addresses: known, until, why, full } = world.outside.learntOf(host) ?? unknown;
  if (known.length === 0) {
    const data = { text, host, ...(why !== undefined && { why }) };
    return { parties: [], problems: [{ code: 'HostNotResolved', data }] };
  }
  const inside = known.filter((address) => world.rangeSources.isInside(address));
  const parties = known
    .filter((address) => !inside.includes(address))
    .map((address) => {
      const end = until[address];
      const learnt = { address, ...(end !== undefined && { until: end }) };
      return { peer: { ipBlock: { cidr: blockOf(address) } }, learnt };
    });
  const problems: Problem[] = [];
  if (inside.length > 0) {
    const data = { text, host, addresses: inside.join(', ') };
    problems.push({ code: 'InternalAddress', data });
  }
  if (full) {
    problems.push({ code: 'TooManyAddresses', data: { text, host, most: parties.length } });
  }
  return { parties, problems };
}

const unknown: Omit<AddressesRecord, 'kind' | 'of'> = { addresses: [], until: {} };
