import { type KnownAddresses, readAddresses } from '../intent/kept-addresses.ts';
import { compareText } from '../model/labels.ts';
import { addressesAnnotation } from '../model/names.ts';
import type { AddressesRecord, PolicyRecord } from '../model/records.ts';
import type { World } from './world.ts';

/**
 * The addresses that the live policies remember, by name, and the API server's ports: those of all of
 * them added up, since two policies are written at two times. One that is live in any of them is live;
 * of several ends of grace the latest counts. Only what we wrote is believed (`remembers`).
 */
export function rememberedAddresses(world: World): Map<string, AddressesRecord> {
  const found = new Map<string, AddedUp>();
  for (const [, state] of world.namespaces()) {
    for (const record of state.policies.values()) {
      for (const known of knownIn(record)) addTo(found, known);
    }
  }
  return new Map([...found].map(([of, added]) => [of, recordOf(of, added)]));
}

/** The end of each address, and the ports by their texts. */
interface AddedUp {
  readonly ends: Map<string, number>;
  readonly ports: Map<string, NonNullable<KnownAddresses['ports']>[number]>;
}

function knownIn({ policy, remembers }: PolicyRecord): KnownAddresses[] {
  const text = policy.metadata.annotations?.[addressesAnnotation];
  return remembers === true && text !== undefined ? readAddresses(text) : [];
}

function addTo(
  found: Map<string, AddedUp>,
  { of, addresses, until, ports = [] }: KnownAddresses,
): void {
  const added = found.get(of) ?? { ends: new Map(), ports: new Map() };
  found.set(of, added);
  for (const address of addresses) {
    const end = until[address] ?? Number.POSITIVE_INFINITY;
    added.ends.set(address, Math.max(end, added.ends.get(address) ?? 0));
  }
  for (const each of ports) added.ports.set(`${each.protocol}/${each.port}`, each);
}

function recordOf(of: string, { ends, ports }: AddedUp): AddressesRecord {
  const fading = [...ends].filter(([, end]) => Number.isFinite(end)).sort();
  const addresses = [...ends.keys()].sort();
  const known = { of, addresses, until: Object.fromEntries(fading) };
  if (ports.size === 0) return { kind: 'Addresses', ...known };
  const sorted = [...ports].sort(([a], [b]) => compareText(a, b)).map(([, port]) => port);
  return { kind: 'Addresses', ...known, ports: sorted };
}
