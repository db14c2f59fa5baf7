import { bridgeAnnotation } from '../model/names.ts';
import { type Direction, directions, isExempt, type NetworkPolicy } from '../model/policy.ts';
import { admitsEveryone, isolates, mergedIn, rulesIn, withRules } from './grants.ts';

/*
 * A bridge is a policy that allows all in a direction, while its siblings are still to be written or
 * already gone: without it, the first of several policies would cut what the others allow.
 */

/** Whether a policy is marked as the bridge of a direction, and still is one. */
export function isBridge(policy: NetworkPolicy, direction: Direction): boolean {
  return bridgedIn(policy).includes(direction) && rulesIn(policy, direction).some(admitsEveryone);
}

/** The policy as the bridge of a direction: it allows all there, and says so. */
export function asBridge(policy: NetworkPolicy, direction: Direction): NetworkPolicy {
  const marks = directions.filter((each) => each === direction || bridgedIn(policy).includes(each));
  const annotations = { ...policy.metadata.annotations, [bridgeAnnotation]: marks.join() };
  const open = withRules(policy, direction, [{}]);
  return { ...open, metadata: { ...open.metadata, annotations } };
}

/**
 * The policy with what the live one says in a direction. Where that admits everyone on purpose, it
 * goes on as a bridge; what admits everyone by a hand edit does not.
 */
export function keepLive(
  target: NetworkPolicy,
  live: NetworkPolicy,
  direction: Direction,
): NetworkPolicy {
  const rules = rulesIn(live, direction);
  const open = (isBridge(live, direction) || isExempt(live)) && rules.some(admitsEveryone);
  if (open) return asBridge(target, direction);
  return withRules(
    target,
    direction,
    rules.filter((rule) => !admitsEveryone(rule)),
  );
}

/**
 * `next` with what it would lose of `before`: its directions, with the rules they have, and the
 * rules that it lacks. At every end that is a part of before-or-next, and all of both.
 */
export function keepingAll(before: NetworkPolicy, next: NetworkPolicy): NetworkPolicy {
  return directions
    .filter((direction) => isolates(before, direction))
    .reduce(
      (target, direction) =>
        isolates(next, direction)
          ? withRules(target, direction, mergedIn(before, next, direction))
          : keepLive(target, before, direction),
      next,
    );
}

/** The directions of which a policy is marked as the bridge. */
export function bridgedIn({ metadata }: NetworkPolicy): string[] {
  return (metadata.annotations?.[bridgeAnnotation] ?? '').split(',');
}
