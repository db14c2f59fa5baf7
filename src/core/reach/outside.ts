import { contains, isCovered, readRange, representatives } from '../model/range.ts';
import { notInternet } from '../model/reserved.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { policySet } from './policy-set.ts';
import type { Peer, Rule } from './rules.ts';

/** Addresses outside of which the rules of an end say the same, and one that stands for them. */
export interface OutsideClass {
  readonly name: string;
  readonly address: string;
  readonly end: Endpoint;
}

const families = [
  { everything: '0.0.0.0/0', word: 'IPv4', version6: false },
  { everything: '::/0', word: 'IPv6', version6: true },
] as const;

const nobody = policySet(new Map(), []);

/**
 * All addresses, in classes that these rules cannot tell apart. A block stands for its addresses
 * without those of smaller blocks that the rules name; what no block holds is `internet (IPv4)`
 * where all private ranges are blocks of their own, else `outside (IPv4)`; likewise for IPv6. The
 * addresses of `inside`, canonical CIDR texts, are in none of the classes.
 */
export function outsideClasses(
  rules: Iterable<Rule>,
  inside: readonly string[] = [],
): OutsideClass[] {
  const named = [...rules].flatMap(({ peers = [] }) => peers.flatMap(blocksOf));
  const everything = families.map((family) => family.everything);
  const apart = new Set(inside);
  const wide = inside.filter((block) => !/\/(32|128)$/.test(block));
  return [...representatives(new Set([...named, ...everything, ...inside]))]
    .filter(([block]) => !apart.has(block) && !wide.some((each) => contains(each, block)))
    .map(([block, address]) => ({
      name: nameOf(block, named),
      address,
      end: endpointOf(nobody, { address }),
    }));
}

function blocksOf(peer: Peer): string[] {
  if (!('block' in peer)) return [];
  const { range, except } = peer.block;
  return [range, ...except].map(({ base, prefix }) => canonical(`${base.toString()}/${prefix}`));
}

/** Bits behind the prefix mean nothing, so that two texts may be one block. */
function canonical(text: string): string {
  const read = readRange(text);
  return typeof read === 'string' ? read : read.canonical;
}

function nameOf(block: string, named: readonly string[]): string {
  const family = families.find(({ everything }) => everything === block);
  if (family === undefined) return block;
  const others = named.filter((each) => each !== block);
  const reserved = notInternet.filter((range) => range.includes(':') === family.version6);
  const internet = reserved.every((range) => isCovered(range, others));
  return `${internet ? 'internet' : 'outside'} (${family.word})`;
}
