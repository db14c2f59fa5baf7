import { type Compiled, compile } from '../core/compile/compile.ts';
import { type Finding, finding } from '../core/model/finding.ts';
import { type Key, partsOf, refOf } from '../core/model/identity.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import type { WorkloadRecord } from '../core/model/records.ts';
import { type Change, policyOf } from '../core/plan/change.ts';
import type { Hold } from '../core/plan/hold.ts';
import { type Plan, planKey } from '../core/plan/plan.ts';
import { endedAccess } from '../core/plan/silence.ts';
import { isExemptFromBreaker } from '../core/world/subjects.ts';
import type { World } from '../core/world/world.ts';
import type { Applied } from './apply.ts';
import type { Clock } from './clock.ts';
import { waitFor } from './deny-barrier.ts';
import { type FirstDeny, withUnmanaged } from './first-deny.ts';
import type { Holds } from './holds.ts';
import type { Log } from './log.ts';
import { type Memory, stopCodes } from './memory.ts';
import { after, done, type Outcome } from './queue/outcome.ts';
import { report } from './report/report.ts';
import type { Reporter } from './report/reporter.ts';

/** How long a default-deny waits for the policies of its namespace before it goes in anyway. */
const denyWait = 60_000;
/** A default-deny that waits asks again after this pause, if no write wakes it before. */
const denyPause = { first: 100, longest: 2_000 };
/** Keys that wait for other writes are looked at again after this pause; those writes wake them. */
const heldPause = { first: 100, longest: 30_000 };
/** What a person, or a kind that is not known whole, holds back is looked at again after this. */
const withheldPause = { first: 1_000, longest: 60_000 };
/** Pods that drain are asked for after this pause, doubling up to the longest. */
const drainPause = { first: 2_000, longest: 60_000 };
/** So often one run plans again for steps that wait for its own; no set of shards needs more. */
const mostRounds = 1_000;

export interface Reconciler {
  readonly world: World;
  readonly reporter: Reporter;
  readonly memory: Memory;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly holds: Holds;
  readonly firstDeny: FirstDeny;
  /**
   * Performs one write for a key and takes what came of it into the world. `wanted` tells whether
   * it is still to be made, and is asked after anything that took time before it.
   */
  perform(key: Key, change: Change, wanted: () => boolean, signal: AbortSignal): Promise<Applied>;
  /** What holds a key back has changed. */
  onStop(key: Key): void;
  /** Whether pods of a workload that is gone still run; if none does, the world forgets it. */
  stillDrains(record: WorkloadRecord, signal: AbortSignal): Promise<boolean>;
}

/** What one run of a key knows and has to say. */
interface Run {
  readonly compiled: Compiled;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  readonly hold: Hold;
  /** The losses of its plan are wanted by a mode, and ask no breaker. */
  readonly exempt: boolean;
}

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
  const wait = await askDeny(reconciler, key, seen, signal);
  const findings = [...seen.findings, ...wait.findings];
  if (wait.milliseconds !== undefined) {
    if (findings.length > 0 || holds.hasUntold()) {
      await tell(reconciler, { ...seen, findings }, false, signal);
    }
    return after(wait.milliseconds);
  }
  const ended = endedAccess(world, key, seen.plan.changes);
  const told = { ...seen, findings: [...findings, ...ended] };
  const wrote = seen.plan.changes.some(({ type }) => type !== 'delete');
  // Nobody can find out again whom the writes cut once they are made.
  if (wait.findings.length + ended.length > 0) await tryToTell(reconciler, told, wrote, signal);
  const needed = await performAll(reconciler, key, { ...seen, plan: wait.plan }, signal);
  firstDeny.note(key);
  holds.settle(key);
  const drains = await drain(reconciler, key, needed, signal);
  memory.denyWaits.delete(key);
  const outcome = outcomeOf(memory, key, seen.plan, drains);
  // What waits must be looked at again, whatever became of the report.
  const say = outcome.kind === 'after' ? tryToTell : tell;
  await say(reconciler, told, wrote, signal);
  return outcome;
}

/** Compiles and plans a key, and finds out what holds its plan back. */
function look(reconciler: Reconciler, key: Key): Run {
  const { world, holds } = reconciler;
  const compiled = compile(world, key);
  const free = planKey(world, key, compiled.policies);
  const exempt = isExemptFromBreaker(world, key);
  const { hold, findings } = holds.ask(key, free, exempt);
  noteStop(reconciler, key, findings);
  const plan = planKey(world, key, compiled.policies, hold);
  return { compiled, plan, hold, exempt, findings: [...plan.findings, ...findings] };
}

/** Resources whose edges this key carries tell of it, too. */
function noteStop({ memory, onStop }: Reconciler, key: Key, findings: readonly Finding[]): void {
  const { stops } = memory;
  const stop = findings.find(({ code }) => stopCodes.has(code));
  const changed = stops.get(key)?.code !== stop?.code;
  if (stop === undefined) stops.delete(key);
  else stops.set(key, stop);
  if (changed) onStop(key);
}

/** Whichever run tells something next tells of the breakers, too. */
async function tell(
  { world, reporter, memory, holds }: Reconciler,
  { compiled, findings }: Run,
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
  run: Run,
  wrote: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await tell(reconciler, run, wrote, signal);
  } catch (error) {
    reconciler.log.warn({ key: run.compiled.key, error: String(error) }, 'not reported');
  }
}

function outcomeOf(memory: Memory, key: Key, plan: Plan, drains: boolean): Outcome {
  const withheld = plan.withheld.length > 0;
  if (!drains) memory.drainPauses.delete(key);
  if (!plan.held && !withheld) memory.heldPauses.delete(key);
  if (drains) return after(nextPause(memory.drainPauses, key, drainPause));
  if (plan.held) return after(nextPause(memory.heldPauses, key, heldPause));
  return withheld ? after(nextPause(memory.heldPauses, key, withheldPause)) : done;
}

/** What a default-deny waits for, or the plan with which it goes in. */
interface DenyWaits {
  readonly milliseconds?: number;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

/**
 * A default-deny goes in after the policies that its namespace's workloads need (D after U), but not
 * later than the longest wait: one object that cannot be written never stops the others. Before the
 * first one its pods are looked at, or, while there is nothing to write for the pace, it asks that.
 */
async function askDeny(
  reconciler: Reconciler,
  key: Key,
  { plan }: Run,
  signal: AbortSignal,
): Promise<DenyWaits> {
  const goes = { plan, findings: [] };
  if (partsOf(key).kind !== 'Namespace' || !reconciler.firstDeny.asks(key, plan)) return goes;
  const behind = unwrittenBefore(reconciler, key);
  if (behind === undefined) {
    return { ...goes, milliseconds: nextPause(reconciler.memory.heldPauses, key, denyPause) };
  }
  const { wait, findings, unmanaged } = await reconciler.firstDeny.ask(key, plan, signal);
  if (wait !== undefined) {
    // Its workloads have their time anew when its turn comes.
    reconciler.memory.denyWaits.delete(key);
    return { milliseconds: wait, plan, findings };
  }
  const data = { behind: behind.join(', ') };
  const late = behind.length === 0 ? [] : [finding('DenyWithout', refOf(key), { path: [] }, data)];
  return { plan: withUnmanaged(plan, unmanaged), findings: [...findings, ...late] };
}

/** Whose policies are missing when the wait is over; undefined while it is not. */
function unwrittenBefore(
  { world, memory, clock, log }: Reconciler,
  key: Key,
): string[] | undefined {
  const { namespace } = partsOf(key);
  const wait = memory.denyWaits.get(key) ?? { since: clock.now(), unwritten: new Set() };
  memory.denyWaits.set(key, wait);
  const unwritten = waitFor(world, namespace, wait, (each) => memory.givenUp.has(each));
  if (unwritten.size === 0) return [];
  if (clock.now() - wait.since < denyWait) return undefined;
  const behind = [...unwritten].slice(0, 10);
  log.warn({ key, behind }, 'the default-deny goes in although these have no policy yet');
  return behind;
}

/**
 * Performs a plan, and those that follow from its own writes; true when a policy stays because pods
 * may still need it.
 */
async function performAll(
  reconciler: Reconciler,
  key: Key,
  run: Run,
  signal: AbortSignal,
): Promise<boolean> {
  const { world } = reconciler;
  let { plan } = run;
  for (let round = 0; round < mostRounds; round++) {
    const { needed, made } = await performPlan(reconciler, key, { ...run, plan }, signal);
    if (needed || !plan.more || made === 0) return needed;
    plan = planKey(world, key, compile(world, key).policies, run.hold);
  }
  return false;
}

/**
 * Performs the changes of one plan. Pods are asked for only after a first pause: whoever made them
 * has just gone, and they go after it. The world may change during each call, so every further
 * write, and a delete after its pods were asked for, is looked up again in a plan of that moment.
 */
async function performPlan(
  { world, memory, log, holds, perform }: Reconciler,
  key: Key,
  { plan, hold, exempt }: Run,
  signal: AbortSignal,
): Promise<{ needed: boolean; made: number }> {
  let needed = false;
  let made = 0;
  for (const [index, change] of plan.changes.entries()) {
    const wanted = () => isPlanned(world, key, change, hold);
    const draining = change.type === 'delete' && change.whenPodsAreGone;
    if (draining && !memory.drainPauses.has(key)) needed = true;
    else if (index === 0 || wanted()) {
      const { result } = await perform(key, change, wanted, signal);
      needed ||= result === 'needed';
      if (result !== 'needed') {
        made += 1;
        holds.made(key, change, exempt);
      }
      const policy = nameOfPolicy(policyOf(change));
      log.info({ key, change: change.type, policy, result }, 'policy');
    }
  }
  return { needed, made };
}

/** Whether the world, as it is now, still asks for this very change. */
function isPlanned(world: World, key: Key, change: Change, hold: Hold): boolean {
  const { changes } = planKey(world, key, compile(world, key).policies, hold);
  const name = nameOfPolicy(policyOf(change));
  return changes.some((now) => now.type === change.type && nameOfPolicy(policyOf(now)) === name);
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

/** The pause before a key is looked at again: doubled each time, up to the longest. */
function nextPause(
  pauses: Map<Key, number>,
  key: Key,
  { first, longest }: { first: number; longest: number },
): number {
  const before = pauses.get(key);
  const pause = before === undefined ? first : Math.min(before * 2, longest);
  pauses.set(key, pause);
  return pause;
}
