import { readAddresses } from '../intent/kept-addresses.ts';
import { addressesAnnotation } from '../model/names.ts';
import type { PolicyPeer } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { PolicyRecord } from '../model/records.ts';

/**
 * Whether a peer of a live policy is an address that was in grace when the policy was written: that it
 * goes was said beforehand, with its time. Else a host that many name and that moves would look like
 * the loss of many rules at once, which is what the breaker stops.
 */
export function fadedIn({ policy, remembers }: PolicyRecord): (peer: PolicyPeer) => boolean {
  const text = policy.metadata.annotations?.[addressesAnnotation];
  if (remembers !== true || text === undefined) return () => false;
  const known = readAddresses(text);
  const live = known.flatMap(({ addresses, until }) =>
    addresses.filter((each) => !(each in until)),
  );
  const faded = new Set(known.flatMap(({ until }) => Object.keys(until)).map(blockOf));
  for (const address of live) faded.delete(blockOf(address));
  return ({ ipBlock }) => ipBlock !== undefined && faded.has(ipBlock.cidr);
}
