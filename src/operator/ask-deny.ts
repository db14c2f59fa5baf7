import { finding } from '../core/model/finding.ts';
import { type Key, partsOf, refOf } from '../core/model/identity.ts';
import { listUnwritten } from '../core/plan/plan.ts';
import { beginWait, isBehind } from './deny-barrier.ts';
import { type DenyAnswer, goes, mostNamed } from './first-deny.ts';
import type { Look, Reconciler } from './look.ts';
import { nextPause } from './memory.ts';

/** How long a default-deny waits for the policies of its namespace before it goes in anyway. */
const denyWait = 60_000;
/** A default-deny that waits asks again after this pause, if no write wakes it before. */
const denyPause = { first: 100, longest: 2_000 };

/** Whether a look is at a default-deny with something to ask before it is written. */
export function asksDeny({ firstDeny }: Reconciler, { compiled: { key }, plan }: Look): boolean {
  return partsOf(key).kind === 'Namespace' && firstDeny.asks(key, plan);
}

/**
 * A default-deny goes in after the policies that its namespace's workloads need (D after U), but not
 * later than the longest wait: one object that cannot be written never stops the others. Before the
 * first one its pods are looked at, or, while there is nothing to write for the pace, it asks that.
 * That takes time, so whoever has spoken meanwhile is waited for as well; pods are not listed again.
 */
export async function askDeny(
  reconciler: Reconciler,
  { compiled: { key }, plan }: Look,
  signal: AbortSignal,
): Promise<DenyAnswer> {
  const { world, memory, clock, firstDeny } = reconciler;
  const { namespace } = partsOf(key);
  const wait = memory.denyWaits.get(key) ?? beginWait(world, namespace, clock.now());
  memory.denyWaits.set(key, wait);
  const pause = () => ({ ...goes, wait: nextPause(memory.heldPauses, key, denyPause) });
  const mayWait = () => clock.now() - wait.since < denyWait;
  const isGivenUp = (each: Key) => memory.givenUp.has(each);
  if (mayWait() && isBehind(world, wait, isGivenUp)) return pause();
  const answer = wait.answer ?? (await firstDeny.ask(key, plan, signal));
  if (answer.wait !== undefined || plan.changes.length === 0) {
    // Its workloads have their time anew when its turn has come.
    memory.denyWaits.delete(key);
    return answer;
  }
  wait.answer = answer;
  // Nobody waits for those that were given up, but they are cut as well.
  const behind = listUnwritten(world, namespace);
  wait.unwritten = new Set(behind.filter((each) => !isGivenUp(each)));
  if (wait.unwritten.size > 0 && mayWait()) return pause();
  if (behind.length === 0) return answer;
  const named = behind.slice(0, mostNamed);
  reconciler.log.warn(
    { key, behind: named },
    'the default-deny goes in although these have no policy yet',
  );
  const late = finding('DenyWithout', refOf(key), { path: [] }, { behind: named.join(', ') });
  return { ...answer, findings: [...answer.findings, late] };
}
