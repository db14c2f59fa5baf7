import { formatAddresses, type KnownAddresses, readAddresses } from '../intent/kept-addresses.ts';
import { addressesAnnotation } from '../model/names.ts';
import { withChecksum } from '../model/ownership.ts';
import type { NetworkPolicy, PolicyPeer } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { PolicyRecord } from '../model/records.ts';

/**
 * Whether a peer of a live policy is an address that was in grace when the policy was written: that it
 * goes was said beforehand, with its time. Else a host that many name and that moves would look like
 * the loss of many rules at once, which is what the breaker stops.
 */
export function fadedIn(record: PolicyRecord): (peer: PolicyPeer) => boolean {
  const known = knownIn(record);
  const live = known.flatMap(({ addresses, until }) =>
    addresses.filter((each) => !(each in until)),
  );
  const faded = new Set(known.flatMap(({ until }) => Object.keys(until)).map(blockOf));
  for (const address of live) faded.delete(blockOf(address));
  return ({ ipBlock }) => ipBlock !== undefined && faded.has(ipBlock.cidr);
}

/**
 * A policy that keeps the rules of a live one, and with them what that said of addresses in grace: else
 * their end, once nothing holds it back, would look like a loss that nobody had announced.
 */
export function withFading(policy: NetworkPolicy, live: PolicyRecord): NetworkPolicy {
  const own = new Map(addressesIn(policy).map((known) => [known.of, known]));
  for (const { of, until } of knownIn(live)) {
    const said = own.get(of) ?? { of, addresses: [], until: {} };
    const left = Object.entries(until).filter(([each]) => !said.addresses.includes(each));
    if (left.length === 0) continue;
    const addresses = [...said.addresses, ...left.map(([each]) => each)].sort();
    own.set(of, { ...said, addresses, until: { ...said.until, ...Object.fromEntries(left) } });
  }
  const { metadata } = policy;
  const text = formatAddresses([...own.values()]) ?? '';
  if (text === (metadata.annotations?.[addressesAnnotation] ?? '')) return policy;
  const annotations = { ...metadata.annotations, [addressesAnnotation]: text };
  return withChecksum({ ...policy, metadata: { ...metadata, annotations } });
}

function knownIn({ policy, remembers }: PolicyRecord): KnownAddresses[] {
  return remembers === true ? addressesIn(policy) : [];
}

function addressesIn({ metadata }: NetworkPolicy): KnownAddresses[] {
  const text = metadata.annotations?.[addressesAnnotation];
  return text === undefined ? [] : readAddresses(text);
}
