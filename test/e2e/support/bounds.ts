import type { Party } from '../../../src/core/reach/party.ts';
import { endsOf, violation } from '../../support/ends.ts';
import type { Moment } from './history.ts';
import type { LivePolicy } from './policies.ts';

/**
 * Every moment at which an end allowed less than what it allows before and after, or more than what
 * it allows before or after: the flow, and the write that did it.
 */
export function violationsOf(
  before: readonly LivePolicy[],
  moments: readonly Moment[],
  parties: readonly Party[],
): string[] {
  const ends = (policies: readonly LivePolicy[]) => endsOf(policies, new Map(), parties);
  const [old, next] = [ends(before), ends(moments.at(-1)?.after ?? [])];
  return moments.flatMap(({ type, policy, after }) => {
    const found = violation(ends(after), old, next, () => true);
    if (found === undefined) return [];
    const [direction, near, far, ...what] = found.split(' ');
    const names = [near, far].map((index) => JSON.stringify(parties[Number(index)]));
    return [
      `${type} ${policy.metadata.name}: ${direction} of ${names.join(' towards ')} ${what.join(' ')}`,
    ];
  });
}
