import { type Key, keyOf } from '../core/model/identity.ts';
import { policyOf } from '../core/plan/change.ts';
import { messageOf } from '../core/status/messages.ts';
import { everyKey } from '../core/world/every-key.ts';
import { judgedWithPolicy, judgedWithWords } from '../core/world/judged.ts';
import { unsharedParty } from '../core/world/unshared.ts';
import { World } from '../core/world/world.ts';
import { hasPods, performChange } from './apply.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import { recallDraining } from './drain.ts';
import { whileLeading } from './election/while-leading.ts';
import { classify, logFailure } from './failures.ts';
import { FirstDeny } from './first-deny.ts';
import { hearing } from './hearing.ts';
import { Holds } from './holds.ts';
import { Hosts } from './hosts/hosts.ts';
import { judgedSince, judgedWithRecord, judgeLater } from './judging.ts';
import { listening } from './listen.ts';
import type { Reconciler } from './look.ts';
import { createMemory, forgetWaits, waitingFor } from './memory.ts';
import { Newest } from './newest.ts';
import type { OperatorOptions } from './options.ts';
import type { Outcome } from './queue/outcome.ts';
import { createWorkQueue, type WorkQueue } from './queue/queue.ts';
import { reconcile } from './reconcile.ts';
import { fill, type Told, takeIn } from './take-in.ts';
import { watchCluster } from './watch-cluster.ts';
import { nobody, Writing } from './writing.ts';

export interface Operator {
  start(): void;
  /** Resolves when every kind has been seen and the first sweep has been queued. */
  whenReady(): Promise<void>;
  /** Why it is not ready; none means ready. */
  notReady(): readonly string[];
  /** The API server answers again after an outage: what failed is tried again soon. */
  recover(): void;
  /** Resolves when nothing waits or runs; for tests and one-shot use. */
  idle(): Promise<void>;
  /** Ends the watches, lets running writes finish until the deadline; true when they did. */
  stop(deadlineMilliseconds: number): Promise<boolean>;
}

/** What failed in an outage is tried again within so many milliseconds of its end. */
const recoverySpread = 5_000;

/**
 * The operator: watches fill the world, the world names the keys that a change affects, the queue
 * runs them, and each run reads the world afresh. Nothing is written before every kind has been
 * seen whole, nor by a process that does not lead: that one only fills the world, so that it can
 * sweep at once when it begins to.
 */
export function createOperator(options: OperatorOptions): Operator {
  return new Parts(options);
}

class Parts implements Operator {
  readonly #options: OperatorOptions;
  readonly #world: World;
  readonly #newest = new Newest();
  readonly #writing: Writing;
  readonly #queue: WorkQueue<Key>;
  readonly #watch: ClusterWatch;
  readonly #reconciler: Reconciler;
  readonly #hosts: Hosts;
  /** Keys of the first sweep that have not run yet: until then the breaker lets nothing be lost. */
  readonly #unswept = new Set<Key>();
  readonly #onTold: (change: Told) => void;
  #synced = false;
  /** How often leadership, or what there is to lead, has changed. */
  #term = 0;
  #swept = false;
  #ready = Promise.resolve();

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#world = new World(options.settings, { paced: options.pace !== undefined });
    this.#writing = new Writing(this.#world, this.#newest);
    this.#queue = this.#createQueue();
    this.#onTold = hearing({
      log: options.log,
      takeIn: (change) => this.#hear(change),
      fill: (change) => fill(this.#places, change),
      // A sweep that is to come looks at all.
      lookAtAll: () => void (this.#swept && this.#lookAtAll()),
    });
    this.#watch = watchCluster(options, this.#newest, this.#onTold);
    this.#reconciler = this.#createReconciler();
    this.#hosts = new Hosts({
      ...{ ...options, ...options.hosts, world: this.#world },
      onTold: this.#onTold,
      wake: (keys) => this.#wake(keys),
    });
    options.metrics.observeQueue(this.#queue);
    options.leadership.onChange(() => void this.#sweepIfLeading());
  }

  start(): void {
    this.#watch.start();
    this.#ready = this.#watch.whenSynced().then(() => {
      this.#synced = true;
      return this.#sweepIfLeading();
    });
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  notReady(): readonly string[] {
    const unsynced = this.#watch.unsynced().map((kind) => `not known whole: ${kind}`);
    const namespace = unsharedParty(this.#world);
    if (namespace === undefined) return unsynced;
    return [...unsynced, messageOf({ code: 'PartyNotShared', data: { namespace } })];
  }

  recover(): void {
    this.#options.log.info({}, 'the API server answers again; what failed is tried again now');
    this.#queue.retryWithin(recoverySpread);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  stop(deadline: number): Promise<boolean> {
    this.#term++;
    this.#watch.stop();
    this.#hosts.end();
    return this.#queue.close(deadline);
  }

  /**
   * Once every kind has been seen, and at every beginning of leadership. Whoever names hosts must lose
   * none of their addresses by it, so the first answers are waited for.
   */
  async #sweepIfLeading(): Promise<void> {
    const term = ++this.#term;
    this.#swept = false;
    this.#hosts.end();
    if (!this.#synced || !this.#options.leadership.isLeader()) return;
    // Keys of an earlier term may run meanwhile, and must lose nothing.
    this.#reconciler.holds.start();
    this.#unswept.clear();
    const answers = this.#hosts.begin();
    if (answers !== undefined) await answers;
    if (term === this.#term) this.#sweep();
  }

  #sweep(): void {
    this.#swept = true;
    forgetWaits(this.#reconciler.memory);
    const keys = this.#lookAtAll();
    for (const key of keys) this.#unswept.add(key);
    this.#options.log.info({ keys: keys.size }, 'every kind has been seen; the first sweep begins');
    if (keys.size === 0) this.#endSweep();
  }

  /** Adds every key, of whatever the world knows by now. */
  #lookAtAll(): ReadonlySet<Key> {
    recallDraining(this.#world);
    this.#reconciler.memory.givenUp.clear();
    const keys = everyKey(this.#world);
    for (const key of keys) this.#queue.add(key, 'sweep');
    // Names may have come while the first answers were waited for.
    this.#hosts.look();
    return keys;
  }

  /** The first plan is known whole: what would be lost is counted together, and may go, or not. */
  #endSweep(): void {
    this.#wake(this.#reconciler.holds.begin());
  }

  #hear(change: Told): void {
    const { kind, record } = change;
    if (kind === 'delete' && record.kind === 'Namespace') this.#forget(record.name);
    if (this.#swept) this.#takeIn(change);
    // The first sweep compiles everything.
    else fill(this.#places, change);
  }

  /** A namespace is gone: what was asked for its default-deny says nothing of one made anew. */
  #forget(namespace: string): void {
    const { firstDeny, memory } = this.#reconciler;
    firstDeny.leave(namespace);
    memory.denyWaits.delete(keyOf({ kind: 'Namespace', namespace: '', name: namespace }));
  }

  #takeIn(change: Told): void {
    const { record } = change;
    const before = judgedWithRecord(this.#world, record);
    const keys = takeIn(this.#places, change);
    if (keys === nobody) return;
    if (record.kind !== 'Addresses') this.#hosts.look();
    for (const key of keys) {
      this.#reconciler.memory.givenUp.delete(key);
      this.#queue.add(key);
    }
    // What concerns its own key alone is a status or an annotation, mostly ours.
    if (keys.size > 1 || record.kind === 'Workload' || record.kind === 'NetworkPolicy') {
      judgeLater(this.#queue, judgedSince(this.#world, record, before, keys));
    }
    if (record.kind === 'Namespace') {
      this.#wake(this.#reconciler.holds.waitingFor(record.name));
    }
  }

  get #places() {
    return { world: this.#world, writing: this.#writing, hosts: this.#hosts };
  }

  #work(key: Key, signal: AbortSignal): Promise<Outcome> {
    return whileLeading(this.#options.leadership, () => reconcile(this.#reconciler, key, signal));
  }

  #createQueue(): WorkQueue<Key> {
    const { clock, random, concurrency, rate, metrics, log } = this.#options;
    return createWorkQueue<Key>({
      work: (key, signal) => this.#work(key, signal),
      ...{ clock, random, concurrency, classify },
      rate: { starts: rate, interval: 1000 },
      observer: {
        ...metrics.queueObserver,
        finished: (run) => {
          const { key, outcome } = run;
          metrics.queueObserver.finished?.(run);
          if ('error' in outcome) logFailure(log, key, outcome);
          const { givenUp } = this.#reconciler.memory;
          if (outcome.kind === 'terminal') givenUp.add(key);
          else givenUp.delete(key);
          if (this.#unswept.delete(key) && this.#unswept.size === 0) this.#endSweep();
        },
      },
    });
  }

  #createReconciler(): Reconciler {
    const { client, clock, log, wallClock, instance, metrics, paused, breaker, pace } =
      this.#options;
    const world = this.#world;
    const now = () => clock.now();
    const memory = createMemory();
    const listen = listening(world, this.#newest, this.#onTold);
    const reporter = { client, wallClock, instance, count: metrics.count, listen };
    const holds = new Holds({
      ...{ world, limits: breaker, paused, now, wallClock },
      unsynced: () => this.#watch.unsynced(),
      onBreaker: (event, told) => {
        metrics.onBreaker(event);
        log.warn({ ...event.trip, event: event.type }, messageOf(told));
      },
    });
    return {
      ...{ world, clock, log, memory, reporter, holds },
      firstDeny: new FirstDeny({
        ...{ world, client, pace, now },
        isHeld: () => holds.holdsDenies(),
        onTurn: (keys) => this.#wake(keys),
      }),
      perform: async (key, change, wanted, signal) => {
        const live = change.type === 'create' ? undefined : change.live.policy;
        const before = live === undefined ? new Set<Key>() : judgedWithPolicy(world, live);
        const { applied, readers } = await this.#writing.perform(
          change,
          () => performChange(client, change, wanted, signal),
          (lost) => this.#wake(lost),
        );
        this.#wake(readers);
        this.#wake(waitingFor(memory, key));
        if (applied.result === 'needed') return applied;
        metrics.onPolicy(change.type);
        judgeLater(this.#queue, new Set([...before, ...judgedWithPolicy(world, policyOf(change))]));
        return applied;
      },
      onStop: (key) => judgeLater(this.#queue, judgedWithWords(world, [key])),
      stillDrains: async (record, signal) => {
        const { namespace } = record.ref;
        if (await hasPods(client, namespace, record.selector, signal)) return true;
        const now = world.workload(keyOf(record.ref))?.record;
        // It may have come back while its pods were asked for.
        if (now?.draining) this.#wake(world.remove(now));
        return false;
      },
    };
  }

  #wake(keys: Iterable<Key>): void {
    for (const key of keys) this.#queue.add(key);
  }
}
