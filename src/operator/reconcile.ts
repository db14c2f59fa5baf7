import { type Compiled, compile } from '../core/compile/compile.ts';
import { type Key, keyOf, partsOf } from '../core/model/identity.ts';
import { type NetworkPolicy, nameOfPolicy } from '../core/model/policy.ts';
import { type Change, policyOf } from '../core/plan/change.ts';
import { type Plan, planKey } from '../core/plan/plan.ts';
import type { EventNote } from '../core/status/events.ts';
import { messageOf } from '../core/status/messages.ts';
import type { World } from '../core/world/world.ts';
import type { Applied } from './apply.ts';
import type { Clock } from './clock.ts';
import { waitFor } from './deny-barrier.ts';
import type { Log } from './log.ts';
import type { Memory } from './memory.ts';
import { after, done, type Outcome, terminal } from './queue/outcome.ts';
import { type Reporter, reportEvents, reportStatus } from './report.ts';

/** How long a default-deny waits for the policies of its namespace before it goes in anyway. */
const denyWait = 60_000;
/** A default-deny that waits asks again after this pause, if no write wakes it before. */
const denyPause = { first: 100, longest: 2_000 };
/** Keys that wait for a default-deny are looked at again after this pause; its write wakes them. */
const heldPause = { first: 100, longest: 30_000 };
/** Pods that drain are asked for after this pause, doubling up to the longest. */
const drainPause = { first: 2_000, longest: 60_000 };

export interface Reconciler {
  readonly world: World;
  readonly reporter: Reporter;
  readonly memory: Memory;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /**
   * Performs one write for a key and takes what came of it into the world. `wanted` tells whether
   * it is still to be made, and is asked after anything that took time before it.
   */
  perform(key: Key, change: Change, wanted: () => boolean, signal: AbortSignal): Promise<Applied>;
}

/**
 * Brings one key to what the world says now: compile, plan, write what differs, report. Everything
 * is read afresh, so running it again, at any time and in any order, is safe.
 */
export async function reconcile(
  reconciler: Reconciler,
  key: Key,
  signal: AbortSignal,
): Promise<Outcome> {
  const { world, memory } = reconciler;
  const compiled = compile(world, key);
  const plan = planKey(world, key, compiled.policies);
  if (mustWait(reconciler, key, plan)) return after(nextPause(memory.heldPauses, key, denyPause));
  const needed = await performAll(reconciler, key, plan, signal);
  memory.denyWaits.delete(key);
  if (!needed) memory.drainPauses.delete(key);
  if (!plan.held) memory.heldPauses.delete(key);
  const outcome = outcomeOf(memory, key, plan, needed);
  try {
    await report(reconciler, compiled, plan, signal);
  } catch (error) {
    // What waits must be looked at again, whatever became of the report.
    if (outcome.kind !== 'after') throw error;
    reconciler.log.warn({ key, error: String(error) }, 'not reported');
  }
  return outcome;
}

function outcomeOf(memory: Memory, key: Key, { held, findings }: Plan, needed: boolean): Outcome {
  if (needed) return after(nextPause(memory.drainPauses, key, drainPause));
  if (held) return after(nextPause(memory.heldPauses, key, heldPause));
  const [conflict] = findings;
  return conflict === undefined ? done : terminal(new Error(messageOf(conflict)));
}

/**
 * The default-deny of a namespace goes in after the policies that its workloads need (D after U),
 * but not later than the longest wait: one object that cannot be written never stops the others.
 */
function mustWait({ world, memory, clock, log }: Reconciler, key: Key, { changes }: Plan): boolean {
  const { kind, namespace } = partsOf(key);
  if (kind !== 'Namespace' || changes.length === 0) return false;
  const wait = memory.denyWaits.get(key) ?? { since: clock.now(), unwritten: new Set() };
  memory.denyWaits.set(key, wait);
  const unwritten = waitFor(world, namespace, wait);
  if (unwritten.size === 0) return false;
  if (clock.now() - wait.since < denyWait) return true;
  const behind = [...unwritten].slice(0, 10);
  log.warn({ key, behind }, 'the default-deny goes in although these have no policy yet');
  return false;
}

/**
 * Performs a plan; true when a policy stays because pods may still need it. Pods are asked for only
 * after a first pause: whoever made them has just gone, and they go after it. The world may change
 * during each call, so every further write, and a delete after its pods were asked for, is looked
 * up again in a plan of that moment.
 */
async function performAll(
  { world, log, memory, perform }: Reconciler,
  key: Key,
  { changes }: Plan,
  signal: AbortSignal,
): Promise<boolean> {
  let needed = false;
  for (const [index, change] of changes.entries()) {
    const draining = change.type === 'delete' && change.whenPodsAreGone;
    const wanted = () => isPlanned(world, key, change);
    if (draining && !memory.drainPauses.has(key)) needed = true;
    else if (index === 0 || wanted()) {
      const applied = await perform(key, change, wanted, signal);
      needed ||= applied.result === 'needed';
      const { result } = applied;
      log.info(
        { key, change: change.type, policy: nameOfPolicy(policyOf(change)), result },
        'policy',
      );
    }
  }
  return needed;
}

/** Whether the world, as it is now, still asks for this very change. */
function isPlanned(world: World, key: Key, change: Change): boolean {
  const { changes } = planKey(world, key, compile(world, key).policies);
  const name = nameOfPolicy(policyOf(change));
  return changes.some((now) => now.type === change.type && nameOfPolicy(policyOf(now)) === name);
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

async function report(
  { world, reporter, memory }: Reconciler,
  compiled: Compiled,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const resource = world.resource(compiled.key);
  if (resource !== undefined) {
    const { record } = resource;
    const known = programmedOf(world, compiled);
    await reportStatus(reporter, world, { record, compiled }, known, signal);
  }
  const uidOf = (note: EventNote) => uidIn(world, note);
  const all = { ...compiled, findings: [...compiled.findings, ...plan.findings] };
  await reportEvents(reporter, memory.sentEvents, all, uidOf, signal);
}

/** The policy that carries a resource's edges is its own, or that of the workload it names. */
function programmedOf(
  world: World,
  compiled: Compiled,
): { programmed: boolean; policies: readonly NetworkPolicy[] } {
  const { namespace } = partsOf(compiled.key);
  const subject = world.resource(compiled.key)?.intent.subject;
  const carrier =
    subject?.type === 'workload'
      ? keyOf({ kind: subject.kind, namespace, name: subject.name })
      : compiled.key;
  const { policies, wouldBe } = carrier === compiled.key ? compiled : compile(world, carrier);
  const { changes, held, findings } = planKey(world, carrier, policies);
  const missing = subject?.type === 'workload' && policies.length + wouldBe.length === 0;
  return {
    programmed: changes.length === 0 && !held && findings.length === 0 && !missing,
    policies,
  };
}

function uidIn(world: World, { regarding }: EventNote): string | undefined {
  const key = keyOf(regarding);
  return world.workload(key)?.record.uid ?? world.resource(key)?.record.uid;
}
