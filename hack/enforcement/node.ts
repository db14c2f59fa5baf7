import type { KubeClient } from '../../src/kube/client.ts';
import { isNotFound, KubeError } from '../../src/kube/errors.ts';
import type { RawObject } from '../../src/kube/objects.ts';
import { collectionPath, objectPath, resources } from '../../src/kube/resources.ts';
import { addressesOfPod, bare, nodeName, outside, podBlocks, vethOf } from './addresses.ts';
import type { Agent } from './agent.ts';
import { follow, nameOf } from './follow.ts';

const nodeAddresses = outside.gateways.map(bare);

/** An annotation of a pod that wants these addresses, separated by commas. */
export const askedAddress = 'enforcement.test/addresses';

interface PodShape {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly nodeName?: string;
  readonly containers?: readonly {
    readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
  }[];
}

interface ServiceSpec {
  readonly clusterIPs?: readonly string[];
}

/**
 * The node: does for pods what a kubelet and a network plugin do, and for names what a cluster's DNS
 * does, but runs no container. Each pod gets a network namespace, an address of each family, and a
 * server on each port that its containers declare, which answers with its name. A pod labelled
 * `k8s-app: kube-dns` answers for names of Services.
 */
export class Node {
  readonly #client: KubeClient;
  readonly #agent: Agent;
  readonly #routed: boolean;
  readonly #stopping = new AbortController();
  readonly #wired = new Map<string, readonly string[]>();
  readonly #names = new Map<string, readonly string[]>();
  readonly #problems = new Map<string, string>();
  #following: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #numbers = 0;

  constructor(client: KubeClient, agent: Agent, { routed }: { readonly routed: boolean }) {
    this.#client = client;
    this.#agent = agent;
    this.#routed = routed;
  }

  /** Registers the node and follows pods and Services. */
  async start(): Promise<void> {
    await this.#agent.addOutside(
      ...([outside.pod, outside.veth, outside.gateways, outside.addresses] as const),
    );
    const podCIDRs = Object.values(podBlocks);
    const spec = { podCIDR: podBlocks.ipv4, podCIDRs };
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName }, spec };
    await this.#client.create(collectionPath(resources.nodes), object);
    const addresses = nodeAddresses.map((address) => ({ type: 'InternalIP', address }));
    const path = objectPath(resources.nodes, { name: nodeName });
    await this.#patchStatus(path, { addresses, conditions: [{ type: 'Ready', status: 'True' }] });
    await this.#allowPods(path);
    const { signal } = this.#stopping;
    this.#following = Promise.all([
      follow(this.#client, resources.pods, signal, {
        seen: (pod) => this.#seePod(pod),
        gone: (pod) => this.#removePod(nameOf(pod)),
      }),
      follow(this.#client, resources.services, signal, {
        seen: (service) => this.#seeService(service),
        gone: (service) => this.#forgetService(service),
      }),
    ]).then(() => undefined);
    this.#following.catch((error: Error) => {
      this.#failure = error;
    });
  }

  /** The IPv4 address of the pod that comes next. */
  get nextAddress(): string {
    return addressesOfPod(this.#numbers + 1)[0];
  }

  /** Pods that could not be put on the network, and why: a sentence each. They stay Pending. */
  get problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  /** What has stopped the node; undefined as long as it is at work. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The addresses of every pod that is wired, by `namespace/name`. */
  get pods(): ReadonlyMap<string, readonly string[]> {
    return this.#wired;
  }

  /** Rejects with whatever went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #seePod(pod: RawObject): Promise<void> {
    const { deletionTimestamp } = pod.metadata as PodShape;
    const name = nameOf(pod);
    if (deletionTimestamp !== undefined) {
      await this.#removePod(name);
      await this.#finish(pod);
      return;
    }
    if (this.#wired.has(name) || this.#problems.has(name)) return;
    try {
      await this.#wire(pod);
    } catch (error) {
      await this.#agent.removePod(name).catch(() => undefined);
      // All pods are listed again, and this one tried again.
      if (error instanceof KubeError) throw error;
      this.#problems.set(name, `${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Its network is there before its address is told to anybody. */
  async #wire(pod: RawObject): Promise<void> {
    const name = nameOf(pod);
    const { hostNetwork, nodeName: bound } = pod.spec as PodSpec;
    const addresses = hostNetwork === true ? nodeAddresses : this.#addressesFor(pod);
    if (hostNetwork !== true) await this.#makeNetwork(pod, addresses);
    const { namespace = '', name: own } = pod.metadata;
    await this.#unlessGone(async () => {
      const path = objectPath(resources.pods, { namespace, name: own });
      if (bound === undefined) await this.#bind(path, own);
      await this.#patchStatus(path, {
        phase: 'Running',
        podIP: addresses[0],
        podIPs: addresses.map((ip) => ({ ip })),
        conditions: ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'True' })),
      });
    });
    this.#wired.set(name, addresses);
  }

  /** Those that it asks for, as with network plugins that let it, else the next ones. */
  #addressesFor(pod: RawObject): readonly string[] {
    const asked = (pod.metadata as PodShape).annotations?.[askedAddress];
    return asked === undefined ? addressesOfPod(++this.#numbers) : asked.split(',');
  }

  async #makeNetwork(pod: RawObject, addresses: readonly string[]): Promise<void> {
    const name = nameOf(pod);
    const { namespace = '', name: own } = pod.metadata;
    const veth = vethOf(namespace, own);
    await this.#agent.addPod({ pod: name, veth, addresses, routed: this.#routed });
    const { containers = [] } = pod.spec as PodSpec;
    for (const { containerPort, protocol } of containers.flatMap(({ ports = [] }) => ports)) {
      if (protocol === 'SCTP') continue;
      const isDns = containerPort === 53 && protocol === 'UDP' && isDnsServer(pod);
      if (isDns) await this.#agent.serveNames(name);
      else await this.#agent.listen(name, protocol === 'UDP' ? 'UDP' : 'TCP', containerPort);
    }
  }

  async #bind(path: string, name: string): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target };
    await this.#client.create(`${path}/binding`, binding);
  }

  async #removePod(name: string): Promise<void> {
    this.#problems.delete(name);
    const addresses = this.#wired.get(name);
    if (addresses === undefined) return;
    this.#wired.delete(name);
    if (addresses !== nodeAddresses) await this.#agent.removePod(name);
  }

  /** What a kubelet says once all containers have ended. */
  async #finish({ metadata: { namespace = '', name, uid } }: RawObject): Promise<void> {
    const path = objectPath(resources.pods, { namespace, name });
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid },
    };
    await this.#unlessGone(() => this.#client.request('DELETE', path, { body }));
  }

  async #seeService(service: RawObject): Promise<void> {
    const { clusterIPs = [] } = service.spec as ServiceSpec;
    const addresses = clusterIPs.filter((address) => address !== 'None');
    this.#names.set(hostOf(service), addresses);
    await this.#agent.setNames(Object.fromEntries(this.#names));
  }

  async #forgetService(service: RawObject): Promise<void> {
    this.#names.delete(hostOf(service));
    await this.#agent.setNames(Object.fromEntries(this.#names));
  }

  /** The API server marks a new node as not ready, and pods of DaemonSets come when somebody takes that off. */
  async #allowPods(path: string): Promise<void> {
    await this.#client.request('PATCH', path, {
      body: { spec: { taints: null } },
      contentType: 'application/merge-patch+json',
    });
  }

  async #patchStatus(path: string, status: object): Promise<void> {
    await this.#client.request('PATCH', `${path}/status`, {
      body: { status },
      contentType: 'application/merge-patch+json',
    });
  }

  /** A pod may be deleted while it is told of. */
  async #unlessGone(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function isDnsServer({ metadata }: RawObject): boolean {
  return (metadata as PodShape).labels?.['k8s-app'] === 'kube-dns';
}

/** The name of a Service, as DNS knows it. */
function hostOf({ metadata }: RawObject): string {
  return `${metadata.name}.${metadata.namespace}.svc.cluster.local`;
}
