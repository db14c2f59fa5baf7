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
  if (isOpen(live, direction)) return asBridge(target, direction);
  const rules = rulesIn(live, direction);
  return withRules(
    target,
    direction,
    rules.filter((rule) => !admitsEveryone(rule)),
  );
}

/** Whether a policy admits everyone in a direction on purpose: a bridge, or an exemption. */
function isOpen(policy: NetworkPolicy, direction: Direction): boolean {
  const meant = isExempt(policy) || bridgedIn(policy).includes(direction);
  return meant && rulesIn(policy, direction).some(admitsEveryone);
}

/** Whether `next` closes a direction that `before` holds open on purpose. */
export function closesOne(before: NetworkPolicy, next: NetworkPolicy): boolean {
  return directions.some(
    (direction) =>
      isOpen(before, direction) &&
      isolates(next, direction) &&
      !rulesIn(next, direction).some(admitsEveryone),
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
        isolates(next, direction) && !isOpen(before, direction)
          ? withRules(target, direction, mergedIn(before, next, direction))
          : keepLive(target, before, direction),
      next,
    );
}

/** The directions of which a policy is marked as the bridge. */
export function bridgedIn({ metadata }: NetworkPolicy): string[] {
  return (metadata.annotations?.[bridgeAnnotation] ?? '').split(',');
}
