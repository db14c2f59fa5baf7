import { type Compiled, compile } from '../core/compile/compile.ts';
import type { Finding } from '../core/model/finding.ts';
import type { Key } from '../core/model/identity.ts';
import type { WorkloadRecord } from '../core/model/records.ts';
import type { Change } from '../core/plan/change.ts';
import { type Plan, planKey } from '../core/plan/plan.ts';
import { isExemptFromBreaker } from '../core/world/subjects.ts';
import type { World } from '../core/world/world.ts';
import type { Applied } from './apply.ts';
import type { Clock } from './clock.ts';
import type { FirstDeny } from './first-deny.ts';
import type { Holds } from './holds.ts';
import type { Log } from './log.ts';
import { type Memory, stopCodes } from './memory.ts';
import type { Reporter } from './report/reporter.ts';

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

/** What one look at a key knows and has to say. */
export interface Look {
  readonly compiled: Compiled;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** The losses of its plan are wanted by a mode, and ask no breaker. */
  readonly exempt: boolean;
}

/** Compiles and plans a key, and finds out what holds its plan back. */
export function look(reconciler: Reconciler, key: Key): Look {
  const { world, holds } = reconciler;
  const compiled = compile(world, key);
  const free = planKey(world, key, compiled.policies);
  const exempt = isExemptFromBreaker(world, key);
  const { hold, findings } = holds.ask(key, free, exempt);
  noteStop(reconciler, key, findings);
  const isFree = !hold.all && !hold.losses;
  const plan = isFree ? free : planKey(world, key, compiled.policies, hold);
  return { compiled, plan, exempt, findings: [...plan.findings, ...findings] };
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
