import { canonicalJson, isObject, readJsonObject } from '../model/canonical-json.ts';
import { compareText } from '../model/labels.ts';
import { canonicalAddress } from '../model/range.ts';
import type { AddressesRecord } from '../model/records.ts';
import { formatPorts, readPorts } from './template-ports.ts';
import { formatTime, readTime } from './time.ts';

/** What is known of one host, or of the API server, which has ports of its own. */
export type KnownAddresses = Pick<AddressesRecord, 'of' | 'addresses' | 'until' | 'ports'>;

/** Beside accepted texts of at most 128 KiB there is room for so much in 256 KiB of annotations. */
const mostCharacters = 64 * 1024;
/** An address without a time: nothing says that it goes. */
const live = 'live';
/** Where the ports stand, among the addresses. */
const portsKey = 'ports';
/** As many as an EndpointSlice may have. */
const mostPorts = 100;

/**
 * The text of the annotation: JSON with sorted keys, each address of each name with `live` or the end
 * of its grace, and its ports. It has no time that passes, so that it stays the same as long as the
 * addresses do. Undefined when nothing is known. What does not fit, in the order of names, is left out:
 * that costs these addresses in a restart without DNS, where all would cost the policy.
 */
export function formatAddresses(all: readonly KnownAddresses[]): string | undefined {
  const kept: Record<string, Readonly<Record<string, string>>> = {};
  let length = 2;
  for (const { of, addresses, until, ports = [] } of [...all].sort((a, b) =>
    compareText(a.of, b.of),
  )) {
    const ends = addresses.map((address) => [address, formatEnd(until[address])] as const);
    const text = formatPorts(ports.slice(0, mostPorts));
    const each = { ...Object.fromEntries(ends), ...(text !== '' && { [portsKey]: text }) };
    length += canonicalJson({ [of]: each }).length;
    if (addresses.length > 0 && length <= mostCharacters) kept[of] = each;
  }
  return Object.keys(kept).length === 0 ? undefined : canonicalJson(kept);
}

function formatEnd(until: number | undefined): string {
  return until === undefined ? live : formatTime(until);
}

/** Reads the annotation. What has not the right shape was not written by us, and is nothing. */
export function readAddresses(text: string): KnownAddresses[] {
  return Object.entries(readJsonObject(text)).flatMap(([of, each]) => {
    if (!isObject(each)) return [];
    const ports = readKeptPorts(each[portsKey]);
    const until: Record<string, number> = {};
    const addresses = Object.entries(each).flatMap(([address, end]) => {
      const time = typeof end === 'string' && end !== live ? readTime(end) : undefined;
      if (canonicalAddress(address) !== address || (end !== live && time === undefined)) return [];
      if (time !== undefined) until[address] = time;
      return [address];
    });
    const known = { of, addresses: addresses.sort(), until };
    return addresses.length === 0 ? [] : [ports.length === 0 ? known : { ...known, ports }];
  });
}

function readKeptPorts(text: unknown): NonNullable<KnownAddresses['ports']> {
  const ports = typeof text === 'string' ? readPorts(text) : [];
  return ports.slice(0, mostPorts).map(({ port, protocol }) => ({ port, protocol }));
}
