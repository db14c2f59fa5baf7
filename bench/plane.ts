import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type ControlPlane, startControlPlane } from '../hack/control-plane/control-plane.ts';
import type { CallReport } from '../src/kube/calls.ts';
import { createKubeClient, type KubeClient } from '../src/kube/client.ts';
import { loadAccess } from '../src/kube/kubeconfig.ts';
import { collectionPath, resources } from '../src/kube/resources.ts';
import { createTransport } from '../src/kube/transport.ts';
import { inParallel } from './measure.ts';
import { clusterObjects, dnsObjects, type KubeObject } from './objects.ts';

/** Calls in flight, of the operator and of the raw rate alike. */
export const concurrency = 16;

const collections: Readonly<Record<string, (typeof resources)[keyof typeof resources]>> = {
  Namespace: resources.namespaces,
  Deployment: resources.deployments,
  Service: resources.services,
};

/** A client with a pool of its own. */
export interface Connection {
  readonly client: KubeClient;
  close(): Promise<void>;
}

/** A real API server that holds a generated cluster; no controllers run. */
export interface Plane {
  readonly kubeconfig: string;
  readonly objects: readonly KubeObject[];
  connect(onCall?: (report: CallReport) => void): Connection;
  stop(): Promise<void>;
}

export async function startPlane(size: number): Promise<Plane> {
  // The raw limit is an API server as it runs elsewhere: with Go's own collector settings.
  process.env.GOGC ??= '100';
  const plane = await startControlPlane({ controllerManager: false });
  const objects = [...dnsObjects(), ...clusterObjects(size)];
  const connect = (onCall?: (report: CallReport) => void) => connectTo(plane, onCall);
  try {
    const { client, close } = connect();
    await installResource(client);
    const later = objects.filter(({ kind }) => kind !== 'Namespace');
    const first = objects.filter(({ kind, metadata: { name } }) => {
      return kind === 'Namespace' && name !== 'kube-system';
    });
    for (const batch of [first, later]) {
      await inParallel(concurrency, batch, (object) => create(client, object));
    }
    await close();
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return { kubeconfig: plane.kubeconfig, objects, connect, stop: plane.stop };
}

export function create(client: KubeClient, object: KubeObject): Promise<unknown> {
  const resource = collections[object.kind];
  if (resource === undefined) throw new Error(`where does a ${object.kind} go?`);
  return client.create(collectionPath(resource, object.metadata.namespace), object);
}

function connectTo(plane: ControlPlane, onCall: (report: CallReport) => void = () => {}) {
  const now = () => performance.now();
  const access = loadAccess({ kubeconfig: plane.kubeconfig, environment: {} });
  const transport = createTransport(access, { now, version: 'bench', connections: concurrency });
  const client = createKubeClient(transport, { now, onCall });
  return { client, close: () => transport.close() };
}

async function installResource(client: KubeClient): Promise<void> {
  const folder = new URL('../crds/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const definition: unknown = parse(readFileSync(new URL(file, folder), 'utf8'));
    await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  }
  for (;;) {
    try {
      await client.list(resources.appConnectivities);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
