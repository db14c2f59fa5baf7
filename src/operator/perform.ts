import { nameOfPolicy } from '../core/model/policy.ts';
import { type Change, policyOf } from '../core/plan/change.ts';
import { isCertainlyNotMade } from '../kube/errors.ts';
import type { Applied } from './apply.ts';
import { withUnmanaged } from './first-deny.ts';
import { type Look, look, type Reconciler } from './look.ts';

/** So often one run plans again for steps that wait for its own; then others have their turn. */
const mostRounds = 5;

/** What the writes of a run came to. */
export interface Performed {
  /** What the last of them was taken from. */
  readonly last: Look;
  /** A policy stays because pods may still need it. */
  readonly needed: boolean;
  /** More follows from what was written than one run does. */
  readonly unfinished: boolean;
}

/** What is to be performed: a plan as it was looked at. */
interface Planned {
  readonly seen: Look;
  /** Nothing has been awaited since that look, so that it still is of this moment. */
  readonly fresh: boolean;
  /** Pods that a first default-deny names. */
  readonly unmanaged: readonly string[];
}

/** Performs what a look has planned, and what follows from its own writes. */
export async function performAll(
  reconciler: Reconciler,
  planned: Planned,
  signal: AbortSignal,
): Promise<Performed> {
  let now = planned;
  for (let round = 0; round < mostRounds; round++) {
    const { last, needed, made } = await performPlan(reconciler, now, signal);
    if (needed || !now.seen.plan.more || made === 0) return { last, needed, unfinished: false };
    now = { ...now, seen: look(reconciler, now.seen.compiled.key), fresh: true };
  }
  return { last: now.seen, needed: false, unfinished: true };
}

/**
 * Performs the changes of one plan. Pods are asked for only after a first pause: whoever made them
 * has just gone, and they go after it. The world, and what holds a key back, may change during each
 * call, so what is written is the change of that policy in a look of that moment, if there is one.
 */
async function performPlan(
  reconciler: Reconciler,
  { seen, fresh, unmanaged }: Planned,
  signal: AbortSignal,
): Promise<{ last: Look; needed: boolean; made: number }> {
  const { key } = seen.compiled;
  let last = seen;
  let ofThisMoment = fresh;
  let needed = false;
  let made = 0;
  for (const change of seen.plan.changes) {
    const find = () => {
      if (!ofThisMoment) last = look(reconciler, key);
      return withUnmanaged(last.plan, unmanaged).changes.find((now) => isSame(now, change));
    };
    const now = find();
    if (now === undefined) continue;
    if (drains(now) && !reconciler.memory.drainPauses.has(key)) {
      needed = true;
      continue;
    }
    ofThisMoment = false;
    const wanted = () => find() !== undefined;
    const result = await performOne(reconciler, last, now, wanted, signal);
    if (result === 'needed') needed = true;
    else made += 1;
  }
  return { last, needed, made };
}

/** What may have been lost counts: only an answer tells that it was not. */
async function performOne(
  { log, holds, perform }: Reconciler,
  { compiled: { key }, exempt }: Look,
  change: Change,
  wanted: () => boolean,
  signal: AbortSignal,
): Promise<Applied['result']> {
  let sent = !drains(change);
  const asked = () => {
    sent = wanted();
    return sent;
  };
  const { result } = await perform(key, change, asked, signal).catch((error: unknown) => {
    if (sent && !isCertainlyNotMade(error)) holds.made(key, change, exempt);
    throw error;
  });
  if (result !== 'needed') holds.made(key, change, exempt);
  log.info({ key, change: change.type, policy: nameOfPolicy(policyOf(change)), result }, 'policy');
  return result;
}

function isSame(one: Change, other: Change): boolean {
  return one.type === other.type && nameOfPolicy(policyOf(one)) === nameOfPolicy(policyOf(other));
}

function drains(change: Change): boolean {
  return change.type === 'delete' && change.whenPodsAreGone;
}
