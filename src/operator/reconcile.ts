import { type Compiled, compile } from '../core/compile/compile.ts';
import { type Key, keyOf, partsOf } from '../core/model/identity.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import { type Change, isReadyForDeny, type Plan, planKey } from '../core/plan/plan.ts';
import type { EventNote } from '../core/status/events.ts';
import { messageOf } from '../core/status/messages.ts';
import type { World } from '../core/world/world.ts';
import type { Applied } from './apply.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Memory } from './memory.ts';
import { after, done, type Outcome, terminal } from './queue/outcome.ts';
import { type Reporter, reportEvents, reportStatus } from './report.ts';

/** How long a default-deny waits for the policies of its namespace before it goes in anyway. */
const denyWait = 60_000;
/** How soon a held key is looked at again (milliseconds). */
const heldPause = 100;
/** Pods that drain are asked for after this pause, doubling up to the longest. */
const drainPause = { first: 2_000, longest: 60_000 };

export interface Reconciler {
  readonly world: World;
  readonly reporter: Reporter;
  readonly memory: Memory;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Performs one write for a key and takes what came of it into the world. */
  perform(key: Key, change: Change, signal: AbortSignal): Promise<Applied>;
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
  if (plan.changes.length > 0 && mustWait(reconciler, key)) return after(heldPause);
  const needed = await performAll(reconciler, key, plan, signal);
  await report(reconciler, compiled, plan, signal);
  const [conflict] = plan.findings;
  if (conflict !== undefined) return terminal(new Error(messageOf(conflict)));
  if (needed) return after(nextDrainPause(memory, key));
  memory.drainPauses.delete(key);
  return plan.held ? after(heldPause) : done;
}

/** The default-deny of a namespace goes in after the policies that its workloads need (D after U). */
function mustWait({ world, memory, clock, log }: Reconciler, key: Key): boolean {
  const { kind, namespace } = partsOf(key);
  if (kind !== 'Namespace') return false;
  const ready = isReadyForDeny(world, namespace, (each) => compile(world, each).policies);
  const since = memory.denyWaits.get(key) ?? clock.now();
  const late = clock.now() - since >= denyWait;
  if (ready || late) {
    memory.denyWaits.delete(key);
    if (!ready)
      log.warn({ key }, 'the default-deny goes in although some policies are not written');
    return false;
  }
  memory.denyWaits.set(key, since);
  return true;
}

/**
 * Performs a plan; true when a policy stays because pods may still need it. Pods are asked for only
 * after a first pause: whoever made them has just gone, and they go after it.
 */
async function performAll(
  { log, memory, perform }: Reconciler,
  key: Key,
  { changes }: Plan,
  signal: AbortSignal,
): Promise<boolean> {
  let needed = false;
  for (const change of changes) {
    if (change.type === 'delete' && change.whenPodsAreGone && !memory.drainPauses.has(key)) {
      needed = true;
      continue;
    }
    const applied = await perform(key, change, signal);
    needed ||= applied.result === 'needed';
    log.info(
      { key, change: change.type, policy: nameOf(change), result: applied.result },
      'policy',
    );
  }
  return needed;
}

function nameOf(change: Change): string {
  const { metadata } = change.type === 'delete' ? change.live.policy : change.policy;
  return `${metadata.namespace}/${metadata.name}`;
}

function nextDrainPause({ drainPauses }: Memory, key: Key): number {
  const before = drainPauses.get(key);
  const pause = before === undefined ? drainPause.first : Math.min(before * 2, drainPause.longest);
  drainPauses.set(key, pause);
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
  const { policies } = carrier === compiled.key ? compiled : compile(world, carrier);
  const { changes, held, findings } = planKey(world, carrier, policies);
  const missing = subject?.type === 'workload' && policies.length === 0;
  return {
    programmed: changes.length === 0 && !held && findings.length === 0 && !missing,
    policies,
  };
}

function uidIn(world: World, { regarding }: EventNote): string | undefined {
  const key = keyOf(regarding);
  return world.workload(key)?.record.uid ?? world.resource(key)?.record.uid;
}
