import type { Finding } from '../core/model/finding.ts';
import type { Key } from '../core/model/identity.ts';
import { endedAccess } from '../core/plan/silence.ts';
import { askDeny, asksDeny } from './ask-deny.ts';
import { goes } from './first-deny.ts';
import { type Look, look, type Reconciler } from './look.ts';
import { type Memory, nextPause, stopCodes } from './memory.ts';
import { type Performed, performAll } from './perform.ts';
import { after, done, type Outcome } from './queue/outcome.ts';
import { report } from './report/report.ts';

/** Keys that wait for other writes are looked at again after this pause; those writes wake them. */
const heldPause = { first: 100, longest: 30_000 };
/** What a person, or a kind that is not known whole, holds back is looked at again after this. */
const withheldPause = { first: 1_000, longest: 60_000 };
/** Pods that drain are asked for after this pause, doubling up to the longest. */
const drainPause = { first: 2_000, longest: 60_000 };

/**
 * Brings one key to what the world says now: compile, plan, ask what holds it back, write what
 * differs, report. Everything is read afresh, so running it again, at any time and in any order, is
 * safe.
 */
export async function reconcile(
  reconciler: Reconciler,
  key: Key,
  signal: AbortSignal,
): Promise<Outcome> {
  return run(reconciler, key, signal).finally(() => reconciler.holds.ended(key));
}

async function run(reconciler: Reconciler, key: Key, signal: AbortSignal): Promise<Outcome> {
  const { world, memory, firstDeny, holds } = reconciler;
  firstDeny.note(key);
  const seen = look(reconciler, key);
  const asks = asksDeny(reconciler, seen);
  const deny = asks ? await askDeny(reconciler, seen, signal) : goes;
  const findings = [...seen.findings, ...deny.findings];
  if (deny.wait !== undefined) {
    if (findings.length > 0 || holds.hasUntold()) {
      await tell(reconciler, { ...seen, findings }, false, signal);
    }
    return after(deny.wait);
  }
  const ended = endedAccess(world, key, seen.plan.changes);
  const wrote = seen.plan.changes.some(({ type }) => type !== 'delete');
  // Nobody can find out again whom the writes cut once they are made.
  const tells = deny.findings.length + ended.length > 0;
  if (tells) {
    await tryToTell(reconciler, { ...seen, findings: [...findings, ...ended] }, wrote, signal);
  }
  const fresh = !asks && !tells;
  const performed = await performAll(
    reconciler,
    { seen, fresh, unmanaged: deny.unmanaged },
    signal,
  );
  firstDeny.note(key);
  holds.settle(key);
  const drains = await drain(reconciler, key, performed.needed, signal);
  memory.denyWaits.delete(key);
  const outcome = outcomeOf(memory, key, performed, drains);
  const { last } = performed;
  const told = { ...last, findings: [...foundIn(seen, last), ...deny.findings, ...ended] };
  // What waits must be looked at again, whatever became of the report.
  const say = outcome.kind === 'after' ? tryToTell : tell;
  await say(reconciler, told, wrote, signal);
  return outcome;
}

/** What a run has found: what holds its writes back the last look knows, all else the first one. */
function foundIn(seen: Look, last: Look): Finding[] {
  const isStop = ({ code }: Finding) => stopCodes.has(code);
  return [...seen.findings.filter((each) => !isStop(each)), ...last.findings.filter(isStop)];
}

/** Whichever run tells something next tells of the breakers, too. */
async function tell(
  { world, reporter, memory, holds }: Reconciler,
  { compiled, findings }: Look,
  wrote: boolean,
  signal: AbortSignal,
): Promise<void> {
  const untold = holds.takeUntold();
  const planned = [...findings, ...untold];
  try {
    await report({ world, reporter, memory }, { compiled, planned, wrote }, signal);
  } catch (error) {
    holds.giveBack(untold);
    throw error;
  }
}

/** For what goes on whatever becomes of the report. */
async function tryToTell(
  reconciler: Reconciler,
  seen: Look,
  wrote: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await tell(reconciler, seen, wrote, signal);
  } catch (error) {
    reconciler.log.warn({ key: seen.compiled.key, error: String(error) }, 'not reported');
  }
}

function outcomeOf(
  memory: Memory,
  key: Key,
  { last: { plan }, unfinished }: Performed,
  drains: boolean,
): Outcome {
  const withheld = plan.withheld.length > 0;
  const waits = plan.held || unfinished;
  if (!drains) memory.drainPauses.delete(key);
  if (!waits && !withheld) memory.heldPauses.delete(key);
  if (drains) return after(nextPause(memory.drainPauses, key, drainPause));
  if (waits) return after(nextPause(memory.heldPauses, key, heldPause));
  return withheld ? after(nextPause(memory.heldPauses, key, withheldPause)) : done;
}

/** Whether a workload that is gone still drains: a policy of it stays, or pods of it are left. */
async function drain(
  { world, memory, stillDrains }: Reconciler,
  key: Key,
  needed: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const record = world.workload(key)?.record;
  if (needed || !record?.draining) return needed;
  return !memory.drainPauses.has(key) || (await stillDrains(record, signal));
}
