import { formatTime } from '../intent/time.ts';
import type { Edge } from '../model/edge.ts';

/**
 * The addresses that a host has now, with the end of those that go; empty where an edge leads to none.
 * It has no time that passes: a status with it is written anew when the addresses are others, and then
 * their policy is, too.
 */
export function tellAddresses({ targets }: Edge): string {
  const known = targets.flatMap(({ learnt }) => learnt ?? []);
  const texts = known.map(({ address, until }) =>
    until === undefined ? address : `${address} (in grace until ${formatTime(until)})`,
  );
  return texts.length === 0 ? '' : `at ${texts.join(', ')}`;
}
