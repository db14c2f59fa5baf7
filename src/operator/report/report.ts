import type { Compiled } from '../../core/compile/compile.ts';
import { judgeKey } from '../../core/judge/key.ts';
import type { JudgedEdge } from '../../core/model/edge-state.ts';
import type { Finding } from '../../core/model/finding.ts';
import { type Key, keyOf, partsOf } from '../../core/model/identity.ts';
import { isOurs } from '../../core/model/ownership.ts';
import { attentionOf } from '../../core/status/attention.ts';
import { type EventNote, eventsOf } from '../../core/status/events.ts';
import { eachOnce } from '../../core/status/resource-status.ts';
import { hasEdges } from '../../core/world/judged.ts';
import type { World } from '../../core/world/world.ts';
import type { Memory } from '../memory.ts';
import type { Contribution } from '../metrics/tally.ts';
import { reportAttention } from './attention.ts';
import { reportEvents } from './events.ts';
import type { Reporter } from './reporter.ts';
import { reportStatus } from './status.ts';

/** What one run of a key has come to. */
export interface Run {
  readonly compiled: Compiled;
  /** What is to be said about its writes. */
  readonly planned: readonly Finding[];
  /** It wrote policies, so that it is judged again once its neighbours have settled. */
  readonly wrote: boolean;
}

/**
 * Tells people how a key stands: Events, the status of a resource, and what of a workload needs a
 * person. Only what differs is written. A workload whose policies were just written is judged in the
 * run that follows when things have settled: one write for the policy, and at most one to say how
 * its edges stand.
 */
export async function report(
  {
    world,
    reporter,
    memory,
  }: {
    readonly world: World;
    readonly reporter: Reporter;
    readonly memory: Pick<Memory, 'sentEvents' | 'stops'>;
  },
  { compiled, planned, wrote }: Run,
  signal: AbortSignal,
): Promise<void> {
  const { key } = compiled;
  const findings = [...planned, ...compiled.findings];
  if (!wrote || !isJudgedAgain(world, key)) {
    await reportEdges(reporter, world, { compiled, findings, wrote, stops: memory.stops }, signal);
  }
  const uidOf = (note: EventNote) => uidIn(world, note);
  await reportEvents(
    reporter,
    memory.sentEvents,
    { key, notes: eventsOf(findings) },
    uidOf,
    signal,
  );
}

interface Told extends Omit<Run, 'planned'> {
  readonly findings: readonly Finding[];
  readonly stops: Memory['stops'];
}

async function reportEdges(
  reporter: Reporter,
  world: World,
  { compiled, findings, wrote, stops }: Told,
  signal: AbortSignal,
): Promise<void> {
  const { key, policies } = compiled;
  const { own, added } = judgeKey(world, compiled);
  reporter.count(key, contributionOf(world, compiled, own, findings));
  const resource = world.resource(key);
  if (resource !== undefined) {
    const { record } = resource;
    await reportStatus(reporter, world, { record, compiled, edges: own, stops }, signal);
  }
  if (wrote || policies.length === 0 || partsOf(key).kind === 'Namespace') return;
  const text = attentionOf([...own, ...added], findings);
  await reportAttention(reporter, world, policies, text, signal);
}

/** A workload that says something has edges, so that its own write has it judged once more. */
function isJudgedAgain(world: World, key: Key): boolean {
  const state = world.state(partsOf(key).namespace);
  const workload = state?.workloads.get(key);
  return state !== undefined && workload !== undefined && hasEdges(world, state, workload);
}

/** A flow that both of its ends declare is counted where it goes out. */
function contributionOf(
  world: World,
  { key }: Compiled,
  judged: readonly JudgedEdge[],
  findings: readonly Finding[],
): Contribution {
  const counted = eachOnce(judged).filter(
    ({ edge, alsoDeclaredBy }) => edge.direction === 'Egress' || alsoDeclaredBy.length === 0,
  );
  const live = world.state(partsOf(key).namespace)?.policiesFor(key) ?? [];
  return {
    edges: counted.map(({ state }) => state.state),
    findings: findings.map(({ code }) => code),
    policies: [...live].filter(isOurs).length,
  };
}

function uidIn(world: World, { regarding }: EventNote): string | undefined {
  const key = keyOf(regarding);
  const { kind, namespace } = partsOf(key);
  if (kind === 'Namespace') return world.state(namespace)?.object?.record.uid;
  if (kind === 'Service') return world.state(namespace)?.services.get(regarding.name)?.uid;
  return world.workload(key)?.record.uid ?? world.resource(key)?.record.uid;
}
