import type { PolicySource } from '../../../src/core/reach/endpoint.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Cluster } from './cluster.ts';
import { type LivePolicy, readPolicies, readPolicy } from './policies.ts';
import { eventually } from './wait.ts';

/** One change of a policy, and all policies of the namespace right after it. */
export interface Moment {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly policy: LivePolicy;
  readonly after: readonly LivePolicy[];
}

/** Every change of the policies of one namespace, in the order in which the server made them. */
export class History {
  readonly moments: Moment[] = [];
  readonly #read: () => Promise<readonly LivePolicy[]>;
  readonly #live: Map<string, LivePolicy>;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;

  /** What happens from now on. */
  static async start(cluster: Cluster, namespace: string): Promise<History> {
    const { resourceVersion } = await cluster.client.list(resources.networkPolicies, { namespace });
    const before = await readPolicies(cluster.client, { namespace });
    return new History(cluster, namespace, { resourceVersion, before });
  }

  private constructor(
    cluster: Cluster,
    namespace: string,
    from: { resourceVersion: string; before: readonly LivePolicy[] },
  ) {
    this.#read = () => readPolicies(cluster.client, { namespace });
    this.#live = new Map(from.before.map((policy) => [policy.metadata.name, policy]));
    this.#ended = this.#follow(cluster, namespace, from.resourceVersion);
  }

  /** The changes until now: waits until the watch has told of the policies as they are. */
  whenCaughtUp(): Promise<readonly Moment[]> {
    return eventually(async () => {
      const live = versionsOf(await this.#read());
      const told = versionsOf([...this.#live.values()]);
      if (told !== live) throw new Error(`the watch has told of ${told}, and not yet of ${live}`);
      return [...this.moments];
    });
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#ended;
  }

  async #follow(cluster: Cluster, namespace: string, resourceVersion: string): Promise<void> {
    const { signal } = this.#ending;
    const options = { namespace, resourceVersion, signal };
    try {
      for await (const { type, object } of cluster.client.watch(
        resources.networkPolicies,
        options,
      )) {
        if (type === 'BOOKMARK') continue;
        const policy = readPolicy(object);
        if (type === 'DELETED') this.#live.delete(policy.metadata.name);
        else this.#live.set(policy.metadata.name, policy);
        this.moments.push({ type, policy, after: [...this.#live.values()] });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function versionsOf(policies: readonly LivePolicy[]): string {
  return policies
    .map(({ uid, resourceVersion }) => `${uid} ${resourceVersion}`)
    .sort()
    .join();
}

/** Policies as `reach` asks for them. */
export function sourceOf(policies: readonly LivePolicy[]): PolicySource {
  return {
    policiesIn: (namespace) => policies.filter(({ metadata }) => metadata.namespace === namespace),
    namespaceLabels: () => undefined,
  };
}
