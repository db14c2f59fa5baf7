import { type Key, keyOf, keyOfIdentity, partsOf } from '../core/model/identity.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../core/model/records.ts';
import type { Settings } from '../core/model/settings.ts';
import { saysTheSame } from '../core/plan/compare.ts';
import { type Change as PolicyChange, policyOf } from '../core/plan/plan.ts';
import { judgedWith } from '../core/world/affected.ts';
import { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import { isRetriable, KubeError } from '../kube/errors.ts';
import type { Resource } from '../kube/resources.ts';
import { type Applied, performChange, UnsafeWriteError } from './apply.ts';
import type { Clock } from './clock.ts';
import { type ClusterWatch, createClusterWatch } from './cluster-watch.ts';
import type { Log } from './log.ts';
import { createMemory, type Memory } from './memory.ts';
import type { Metrics } from './metrics.ts';
import { type Failure, type Outcome, retry, terminal } from './queue/outcome.ts';
import { createWorkQueue, type WorkQueue } from './queue/queue.ts';
import { type Reconciler, reconcile } from './reconcile.ts';
import type { Change } from './watch/store.ts';

/** What a watch tells of. */
type Told = Change<WorldRecord>;

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
  /** The API server answers again after an outage: what failed in it need not wait any longer. */
  recover(): void;
  /** Resolves when nothing waits or runs; for tests and one-shot use. */
  idle(): Promise<void>;
  /** Ends the watches, lets running writes finish until the deadline; true when they did. */
  stop(deadlineMilliseconds: number): Promise<boolean>;
}

/** Changes of edge states are looked at together, this long (milliseconds) after the first. */
const judgePause = 100;

/** After an outage, what failed in it is tried again within this time (milliseconds). */
const recoverySpread = 5_000;

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
  let swept = false;
  const watch = watchInto(options, (change) => {
    if (!swept) fill(world, change);
    else {
      const { kind: reason } = change.record;
      for (const key of takeIn(world, writing, change)) {
        queue.add(key, { priority: 'change', reason });
      }
    }
  });
  options.metrics.observeQueue(queue);

  function sweep(): void {
    swept = true;
    const keys = everyKey(world);
    options.log.info({ keys: keys.size }, 'every kind has been seen; the first sweep begins');
    for (const key of keys) queue.add(key, { priority: 'sweep', reason: 'start' });
  }

  let ready = Promise.resolve();
  return {
    start: () => {
      watch.start();
      ready = watch.whenSynced().then(sweep);
    },
    whenReady: () => ready,
    notReady: () => watch.unsynced().map((kind) => `not known whole: ${kind}`),
    recover: () => {
      options.log.info({}, 'the API server answers again; what failed is tried again now');
      queue.retryWithin(recoverySpread);
    },
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
  const memory = createMemory();
  const wake = (keys: ReadonlySet<Key>) => {
    for (const key of keys) queue.add(key, { reason: 'lost answer' });
  };
  return {
    ...{ world, clock, log, memory },
    reporter: { client, wallClock, instance },
    perform: async (key, change, wanted, signal) => {
      const perform = () => performChange(client, change, wanted, signal);
      const applied = await write(writing, change, perform, wake);
      if (applied.result.result !== 'needed') metrics.onPolicy(change.type);
      if (!applied.told) learn(world, applied.result);
      for (const judged of judgedWith(world, key)) {
        queue.addAfter(judged, judgePause, { priority: 'background', reason: 'judge' });
      }
      for (const woken of waitingFor(memory, key)) queue.add(woken, { reason: 'order' });
      return applied.result;
    },
  };
}

/**
 * Who waited for a write of this key: a default-deny for the policies of its namespace, and the
 * other way round those that may only go, or lose a direction, once the default-deny has changed.
 */
function waitingFor({ denyWaits, heldPauses }: Memory, key: Key): Key[] {
  const { kind, namespace } = partsOf(key);
  if (kind === 'Namespace') {
    return [...heldPauses.keys()].filter((held) => partsOf(held).namespace === namespace);
  }
  const deny = keyOf({ kind: 'Namespace', namespace: '', name: namespace });
  const [first] = denyWaits.get(deny)?.unwritten ?? [];
  return first === key ? [deny] : [];
}

function watchInto(
  { client, clock, random, metrics, log }: OperatorOptions,
  onChange: (change: Told) => void,
): ClusterWatch {
  const absent = new Set<Resource>();
  return createClusterWatch({
    ...{ client, clock, random, onChange },
    onReport: (resource, report) => {
      metrics.onWatch(resource, report);
      const fields = { resource: resource.plural, ...report };
      if (report.event === 'relist') absent.delete(resource);
      // A kind that the server lacks is asked for again and again; it is news once.
      if (report.failure === undefined || absent.has(resource)) log.debug(fields, 'watch');
      else log.warn(fields, 'watch');
      if (report.event === 'not-served') absent.add(resource);
    },
    onProblem: ({ plural }, { key, error }) =>
      log.error({ resource: plural, object: key, error: messageOf(error) }, 'object not read'),
  });
}

/** Before the first sweep nobody has to hear of a change: the sweep compiles everything. */
function fill(world: World, { kind, record }: Told): void {
  if (kind === 'delete') world.remove(record);
  else world.load([record]);
}

/** All that there is to compile, and that our live policies were once written for. */
function everyKey(world: World): ReadonlySet<Key> {
  const keys = new Set(world.keys());
  for (const [, { policies }] of world.namespaces()) {
    for (const { policy } of policies.values()) {
      const key = keyOfIdentity(policy);
      if (key !== undefined) keys.add(key);
    }
  }
  return keys;
}

/** Takes a change into the world. What our own write has told already affects nobody again. */
function takeIn(world: World, writing: Writing, { kind, record }: Told): ReadonlySet<Key> {
  if (record.kind !== 'NetworkPolicy') {
    return kind === 'delete' ? world.remove(record) : world.put(record);
  }
  const write = writing.get(nameOfPolicy(record.policy));
  if (write !== undefined) write.told = true;
  if (kind === 'delete') return withJudged(world, record, world.remove(record));
  const { namespace, name } = record.policy.metadata;
  const known = world.state(namespace)?.policies.get(name);
  if (known?.resourceVersion === record.resourceVersion) return new Set();
  const keys = withJudged(world, record, world.put(record));
  if (write === undefined || !isEcho(write, record)) return keys;
  write.echoed = keys;
  return new Set();
}

/** Also those whose edges a live policy of ours may have changed: no answer of a write tells them. */
function withJudged(world: World, record: PolicyRecord, keys: ReadonlySet<Key>): ReadonlySet<Key> {
  const own = record.applied ? keyOfIdentity(record.policy) : undefined;
  return own === undefined ? keys : new Set([...keys, ...judgedWith(world, own)]);
}

/** Whether the watch tells of our own write before its answer does. */
function isEcho({ change }: Write, { policy, applied }: PolicyRecord): boolean {
  return change.type !== 'delete' && applied && saysTheSame(policy, change.policy);
}

/** A write that is under way, and whether the watch has told of the policy meanwhile. */
interface Write {
  readonly change: PolicyChange;
  told: boolean;
  /** Who is concerned by what the watch told as this write's echo, should its answer not come. */
  echoed: ReadonlySet<Key>;
}

/**
 * The policies that are being written, by name. The watch may tell of our write, and of what
 * somebody did right after it, before the answer comes in: that answer is then old, and the watch
 * alone counts.
 */
type Writing = Map<string, Write>;

/**
 * Performs a write; also says whether the watch has told of the policy before its answer came. An
 * answer that is lost leaves it to the watch to tell, and if that was taken for an echo, to `wake`.
 */
async function write(
  writing: Writing,
  change: PolicyChange,
  perform: () => Promise<Applied>,
  wake: (keys: ReadonlySet<Key>) => void,
): Promise<{ result: Applied; told: boolean }> {
  const name = nameOfPolicy(policyOf(change));
  const underWay: Write = { change, told: false, echoed: new Set() };
  writing.set(name, underWay);
  try {
    return { result: await perform(), told: underWay.told };
  } catch (error) {
    wake(underWay.echoed);
    throw error;
  } finally {
    writing.delete(name);
  }
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
