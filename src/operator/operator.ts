import type { Key } from '../core/model/identity.ts';
import type { PolicyRecord, WorldRecord } from '../core/model/records.ts';
import type { Settings } from '../core/model/settings.ts';
import { judgedWith } from '../core/world/affected.ts';
import { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import { isRetriable, KubeError } from '../kube/errors.ts';
import { type Applied, UnsafeWriteError } from './apply.ts';
import type { Clock } from './clock.ts';
import { type ClusterWatch, createClusterWatch } from './cluster-watch.ts';
import type { Log } from './log.ts';
import { createMemory } from './memory.ts';
import type { Metrics } from './metrics.ts';
import { type Failure, type Outcome, retry, terminal } from './queue/outcome.ts';
import { createWorkQueue, type WorkQueue } from './queue/queue.ts';
import { type Reconciler, reconcile } from './reconcile.ts';
import type { Change } from './watch/store.ts';

export interface OperatorOptions {
  readonly settings: Settings;
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Milliseconds since the epoch, for times that people read. */
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names this process in Events. */
  readonly instance: string;
  readonly concurrency: number;
  /** Reconciles begun per second, at most. */
  readonly rate: number;
}

export interface Operator {
  start(): void;
  /** Resolves when every kind has been seen and the first sweep has been queued. */
  whenReady(): Promise<void>;
  /** Why it is not ready; none means ready. */
  notReady(): readonly string[];
  /** Resolves when nothing waits or runs; for tests and one-shot use. */
  idle(): Promise<void>;
  /** Ends the watches, lets running writes finish until the deadline; true when they did. */
  stop(deadlineMilliseconds: number): Promise<boolean>;
}

/** Changes of edge states are looked at together, this long (milliseconds) after the first. */
const judgePause = 100;

/**
 * The operator: watches fill the world, the world names the keys that a change affects, the queue
 * runs them, and each run reads the world afresh. Nothing is written before every kind has been
 * seen whole.
 */
export function createOperator(options: OperatorOptions): Operator {
  const world = new World(options.settings);
  const queue = createQueue(options, (key, signal) => reconcile(reconciler, key, signal));
  const writing: Writing = new Map();
  const reconciler = createReconciler(options, world, queue, writing);
  const waiting = new Set<Key>();
  let swept = false;
  const watch = watchInto(
    options,
    ({ keys, reason }) => {
      for (const key of keys) {
        if (swept) queue.add(key, { priority: 'change', reason });
        else waiting.add(key);
      }
    },
    world,
    writing,
  );
  options.metrics.observeQueue(queue);

  function sweep(): void {
    swept = true;
    for (const key of world.keys()) waiting.add(key);
    options.log.info({ keys: waiting.size }, 'every kind has been seen; the first sweep begins');
    for (const key of waiting) queue.add(key, { priority: 'sweep', reason: 'start' });
    waiting.clear();
  }

  let ready = Promise.resolve();
  return {
    start: () => {
      watch.start();
      ready = watch.whenSynced().then(sweep);
    },
    whenReady: () => ready,
    notReady: () => watch.unsynced().map((kind) => `not yet seen: ${kind}`),
    idle: () => queue.idle(),
    stop: async (deadline) => {
      watch.stop();
      return queue.close(deadline);
    },
  };
}

function createQueue(
  { clock, random, concurrency, rate, metrics, log }: OperatorOptions,
  work: (key: Key, signal: AbortSignal) => Promise<Outcome>,
): WorkQueue<Key> {
  return createWorkQueue<Key>({
    work: (key, { signal }) => work(key, signal),
    ...{ clock, random, concurrency, classify },
    rate: { starts: rate, interval: 1000 },
    observer: {
      ...metrics.queueObserver,
      finished: (run) => {
        metrics.queueObserver.finished?.(run);
        if ('error' in run.outcome) logFailure(log, run.key, run.outcome);
      },
    },
  });
}

function createReconciler(
  { client, clock, log, wallClock, instance, metrics }: OperatorOptions,
  world: World,
  queue: WorkQueue<Key>,
  writing: Writing,
): Reconciler {
  return {
    ...{ world, client, clock, log, memory: createMemory() },
    reporter: { client, wallClock, instance },
    onApplying: (change) => writing.set(nameOf(change), false),
    onApplied: (key, change, applied) => {
      if (applied.result !== 'needed') metrics.onPolicy(change.type);
      if (writing.get(nameOf(change)) === false) learn(world, applied);
      writing.delete(nameOf(change));
      for (const judged of judgedWith(world, key)) {
        queue.addAfter(judged, judgePause, { priority: 'background', reason: 'judge' });
      }
    },
  };
}

function watchInto(
  { client, clock, random, metrics, log }: OperatorOptions,
  onKeys: (affected: { keys: ReadonlySet<Key>; reason: string }) => void,
  world: World,
  writing: Writing,
): ClusterWatch {
  return createClusterWatch({
    ...{ client, clock, random },
    onChange: (change) =>
      onKeys({ keys: takeIn(world, writing, change), reason: change.record.kind }),
    onReport: (resource, report) => {
      metrics.onWatch(resource, report);
      const fields = { resource: resource.plural, ...report };
      if (report.failure === undefined) log.debug(fields, 'watch');
      else log.warn(fields, 'watch');
    },
    onProblem: ({ plural }, { key, error }) =>
      log.error({ resource: plural, object: key, error: messageOf(error) }, 'object not read'),
  });
}

/** Takes a change into the world. What our own write has told already affects nobody again. */
function takeIn(
  world: World,
  writing: Writing,
  { kind, record }: Change<WorldRecord>,
): ReadonlySet<Key> {
  if (record.kind === 'NetworkPolicy') {
    const name = nameOf({ policy: record.policy });
    if (writing.has(name)) writing.set(name, true);
  }
  if (kind === 'delete') return world.remove(record);
  if (record.kind === 'NetworkPolicy') {
    const { namespace, name } = record.policy.metadata;
    const known = world.state(namespace)?.policies.get(name);
    if (known?.resourceVersion === record.resourceVersion) return new Set();
  }
  return world.put(record);
}

/**
 * The policies that are being written, and whether the watch has told of them meanwhile. It may tell
 * of our write, and of what somebody did right after it, before the answer comes in: that answer is
 * then old, and the watch alone counts.
 */
type Writing = Map<string, boolean>;

function nameOf(change: Pick<PolicyRecord, 'policy'> | { readonly live: PolicyRecord }): string {
  const { namespace, name } = ('live' in change ? change.live : change).policy.metadata;
  return `${namespace}/${name}`;
}

/** A write's own answer is news, where it is sooner than the watch's. */
function learn(world: World, applied: Applied): void {
  if (applied.result === 'written') world.put(applied.record);
  if (applied.result === 'deleted') world.remove(applied.record);
}

function classify(error: unknown): Failure {
  if (error instanceof UnsafeWriteError) return terminal(error);
  if (!(error instanceof KubeError)) return retry(error);
  const wait = error.retryAfterSeconds;
  if (isRetriable(error)) return retry(error, wait === undefined ? undefined : wait * 1000);
  return error.status === 400 || error.status === 422 ? terminal(error) : retry(error);
}

function logFailure(log: Log, key: Key, outcome: { kind: string; error: unknown }): void {
  const fields = { key, error: messageOf(outcome.error) };
  if (outcome.kind === 'terminal') log.error(fields, 'given up until it changes');
  else log.warn(fields, 'failed; it will be tried again');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
