import type { AddressesRecord, ApiServerRecord } from '../../core/model/records.ts';
import { apiServer } from '../../core/world/outside.ts';

/** Addresses of the API server that it has left, each with the end of its grace (milliseconds since the epoch). */
export type Retired = ReadonlyMap<string, number>;

/** More would only be there if its slices were rewritten without end. */
const mostRetired = 64;

/**
 * The addresses that are in grace now. In: those that were dialled before and are now, as the
 * EndpointSlices tell. An address that comes back is not retired any more; one that goes is, for the
 * grace time: what has a connection to it, or an old endpoint in its cache, keeps it. Beyond the bound
 * those go that would go first. No end is later than one grace from now: not one that somebody else wrote
 * into a policy, nor one of before the clock was set back.
 */
export function retire(
  retired: Retired,
  { before, present }: { before: Iterable<string>; present: ReadonlySet<string> },
  { now, grace }: { now: number; grace: number },
): Retired {
  const end = Math.ceil((now + grace) / 1000) * 1000;
  const left = [...before].map((address) => [address, end] as const);
  const all = new Map([...left, ...retired]);
  const believed = [...all].map(([address, until]) => [address, Math.min(until, end)] as const);
  const kept = believed.filter(([address, until]) => until > now && !present.has(address));
  return new Map(kept.sort(([, a], [, b]) => b - a).slice(0, mostRetired));
}

export function recordOfRetired(
  retired: Retired,
  ports: ApiServerRecord['ports'] = [],
): AddressesRecord {
  const sorted = [...retired].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...{ kind: 'Addresses', of: apiServer },
    addresses: sorted.map(([address]) => address),
    until: Object.fromEntries(sorted),
    ...(ports.length > 0 && { ports }),
  };
}
