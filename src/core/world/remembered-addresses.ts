import { type KnownAddresses, readAddresses } from '../intent/kept-addresses.ts';
import { addressesAnnotation } from '../model/names.ts';
import type { AddressesRecord, PolicyRecord } from '../model/records.ts';
import type { World } from './world.ts';

/**
 * The addresses that the live policies remember, by name: those of all of them added up, since two
 * policies are written at two times. One that is live in any of them is live; of several ends of grace
 * the latest counts. Only what we wrote is believed (`remembers`).
 */
export function rememberedAddresses(world: World): Map<string, AddressesRecord> {
  const found = new Map<string, Map<string, number>>();
  for (const [, state] of world.namespaces()) {
    for (const record of state.policies.values()) {
      for (const known of knownIn(record)) addTo(found, known);
    }
  }
  return new Map([...found].map(([of, ends]) => [of, recordOf(of, ends)]));
}

function knownIn({ policy, remembers }: PolicyRecord): KnownAddresses[] {
  const text = policy.metadata.annotations?.[addressesAnnotation];
  return remembers === true && text !== undefined ? readAddresses(text) : [];
}

function addTo(
  found: Map<string, Map<string, number>>,
  { of, addresses, until }: KnownAddresses,
): void {
  const ends = found.get(of) ?? new Map<string, number>();
  found.set(of, ends);
  for (const address of addresses) {
    const end = until[address] ?? Number.POSITIVE_INFINITY;
    ends.set(address, Math.max(end, ends.get(address) ?? 0));
  }
}

function recordOf(of: string, ends: ReadonlyMap<string, number>): AddressesRecord {
  const fading = [...ends].filter(([, end]) => Number.isFinite(end)).sort();
  const addresses = [...ends.keys()].sort();
  return { kind: 'Addresses', of, addresses, until: Object.fromEntries(fading) };
}
