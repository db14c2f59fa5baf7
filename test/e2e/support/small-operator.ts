import { defaultSettings } from '../../../src/core/model/settings.ts';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import { loadAccess } from '../../../src/kube/kubeconfig.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import { leadingAlone } from '../../../src/operator/election/leadership.ts';
import { noDns } from '../../../src/operator/hosts/fixtures/no-dns.ts';
import { createMetrics } from '../../../src/operator/metrics.ts';
import { createOperator, type Operator } from '../../../src/operator/operator.ts';
import { readConfig, safetyOf } from '../../../src/settings.ts';
import { unlimited } from './breaker.ts';
import type { Cluster } from './cluster.ts';
import { clockOf } from './operator.ts';

/** Peers beyond which a policy is split: few, so that short lists have shards. */
export const peersPerPolicy = 3;

/**
 * The operator in this process, with small shards. It may be made to die: after so many writes of
 * policies nothing more of it comes through, and the last of them is made but never answered.
 */
export class SmallOperator {
  /** Resolves once it has made its last write; never for one that lives on. */
  readonly dead: Promise<void>;
  readonly #operator: Operator;
  readonly #close: () => Promise<void>;

  static async start(cluster: Cluster, writes = Infinity): Promise<SmallOperator> {
    const kubeconfig = await cluster.operatorKubeconfig();
    const access = loadAccess({ kubeconfig, environment: {} });
    const now = () => performance.now();
    const transport = createTransport(access, { now, version: 'e2e', connections: 8 });
    const client = createKubeClient(transport, { now });
    const small = new SmallOperator(client, writes, () => transport.close());
    small.#operator.start();
    await small.#operator.whenReady();
    return small;
  }

  private constructor(client: KubeClient, writes: number, close: () => Promise<void>) {
    const death = Promise.withResolvers<void>();
    this.dead = death.promise;
    this.#close = close;
    const nothing = () => {};
    const file = { election: { enabled: false }, breaker: unlimited };
    this.#operator = createOperator({
      client: mortal(client, writes, death.resolve),
      settings: { ...defaultSettings, peersPerPolicy },
      ...safetyOf(readConfig({ file, environment: {}, flags: {} })),
      clock: clockOf(1),
      wallClock: () => Date.now(),
      random: () => Math.random(),
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      metrics: createMetrics('e2e'),
      instance: 'e2e',
      hosts: noDns,
      ...{ leadership: leadingAlone(), concurrency: 4, rate: 5000 },
    });
  }

  /** Waits until nothing is left to do, for now. */
  idle(): Promise<void> {
    return this.#operator.idle();
  }

  /** At once: what runs is cut off. */
  async stop(): Promise<void> {
    await this.#operator.stop(0);
    await this.#close();
  }
}

/** Starts operators that die after one write each, until one has nothing to write; counts the dead. */
export async function dieAfterEachWrite(cluster: Cluster): Promise<number> {
  for (let deaths = 0; deaths < 100; deaths++) {
    const operator = await SmallOperator.start(cluster, 1);
    const died = operator.dead.then(() => true);
    const rested = operator.idle().then(() => false);
    const isDead = await Promise.race([died, rested]);
    await operator.stop();
    if (!isDead) return deaths;
  }
  throw new Error('the writes do not come to an end');
}

/** The client, which dies with a write that it still makes. */
function mortal(client: KubeClient, writes: number, onDeath: () => void): KubeClient {
  let left = writes;
  async function write<Answer>(
    signal: AbortSignal | undefined,
    make: () => Promise<Answer>,
  ): Promise<Answer> {
    if (left <= 0) return unanswered(signal);
    left -= 1;
    const isLast = left === 0;
    const answer = await make();
    if (!isLast) return answer;
    onDeath();
    return unanswered(signal);
  }
  return {
    ...client,
    apply: (path, object, options) =>
      write(options.signal, () => client.apply(path, object, options)),
    remove: (path, preconditions, signal) =>
      write(signal, () => client.remove(path, preconditions, signal)),
  };
}

function unanswered(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Error('the operator has died'));
    if (signal?.aborted) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}
