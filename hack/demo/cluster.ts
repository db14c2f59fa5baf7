import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { loadAccess } from '../../src/kube/kubeconfig.ts';
import { collectionPath, objectPath, type Resource, resources } from '../../src/kube/resources.ts';
import { createTransport, type Transport } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { run } from '../control-plane/run.ts';
import { pathOf } from './repository.ts';

/** The moment (of `performance.now`) at which the API server had answered. */
export type Answered = number;

interface Name {
  readonly namespace?: string;
  readonly name: string;
}

/** An administrator at the API server of a control plane. */
export interface Cluster {
  readonly client: KubeClient;
  /** What kubectl printed. Throws with what it complained about. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Changes an object by a JSON merge patch. */
  patch(resource: Resource, name: Name, change: object): Promise<Answered>;
  remove(resource: Resource, name: Name): Promise<Answered>;
  /** Applies objects as `kubectl apply -f -` does. */
  apply(objects: readonly object[]): Promise<void>;
  /** What the Events of a reason say. */
  notesOf(reason: string): Promise<string[]>;
  /** Creates the one object of a manifest of this folder. */
  create(resource: Resource, namespace: string, manifest: string): Promise<Answered>;
  close(): Promise<void>;
}

const now = () => performance.now();

/** Calls as whoever the kubeconfig names. */
export function connect(kubeconfig: string): { client: KubeClient; transport: Transport } {
  const access = loadAccess({ kubeconfig, environment: {} });
  const transport = createTransport(access, { now, version: 'demo', connections: 8 });
  return { client: createKubeClient(transport, { now }), transport };
}

export function connectAsAdmin(plane: ControlPlane): Cluster {
  const { client, transport } = connect(plane.kubeconfig);
  const kubectl = async (args: readonly string[], input = '') => {
    const env = { ...process.env, ...plane.environment };
    const { code, stdout, stderr } = await run(plane.kubectl, args, { env, input });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
    return stdout.trim();
  };
  return {
    client,
    kubectl: (...args) => kubectl(args),
    apply: async (items) => {
      const list = { apiVersion: 'v1', kind: 'List', items };
      await kubectl(['apply', '-f', '-'], JSON.stringify(list));
    },
    notesOf: async (reason) => {
      const { items } = await client.list(resources.events);
      return items.filter((event) => event.reason === reason).map(({ note }) => `${note}`);
    },
    patch: async (resource, name, body) => {
      const contentType = 'application/merge-patch+json';
      await client.request('PATCH', objectPath(resource, name), { body, contentType });
      return now();
    },
    remove: async (resource, name) => {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
      await client.request('DELETE', objectPath(resource, name), { body });
      return now();
    },
    create: async (resource, namespace, manifest) => {
      const text = await readFile(pathOf(`hack/demo/manifests/${manifest}`), 'utf8');
      const [document] = parseAllDocuments(text);
      await client.create(collectionPath(resource, namespace), document?.toJS());
      return now();
    },
    close: () => transport.close(),
  };
}

/**
 * Waits until an account may list what it has to, since the API server takes a moment to learn of
 * new rules and of a new kind. Resolves with the account's name. Throws after ten seconds.
 */
export async function waitForAccess(kubeconfig: string): Promise<string> {
  const { client, transport } = connect(kubeconfig);
  try {
    const until = now() + 10_000;
    for (;;) {
      try {
        await client.list(resources.appConnectivities, { limit: 1 });
        await client.list(resources.networkPolicies, { limit: 1 });
        return await whoAmI(client);
      } catch (error) {
        if (now() > until) throw error;
        await sleep(25);
      }
    }
  } finally {
    await transport.close();
  }
}

async function whoAmI(client: KubeClient): Promise<string> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = (await client.create(path, review)) as {
    status: { userInfo: { username: string } };
  };
  return answer.status.userInfo.username;
}
