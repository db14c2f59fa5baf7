import { compile } from '../src/core/compile/compile.ts';
import { planKey } from '../src/core/plan/plan.ts';
import type { World } from '../src/core/world/world.ts';
import { median, percentile, stepMilliseconds } from './measure.ts';
import { type KubeObject, namespaceObject, serviceObject, workloadObject } from './objects.ts';
import type { Row } from './table.ts';

const namespace = 'bench-crowded';
const nodes = 1000;
const workloads = 1000;
const webhooks = 5;

/**
 * What the generated cluster has none of: Nodes with ranges of their own, blocks in entries, pods that
 * admission webhooks call, and a namespace of many workloads.
 */
export function* crowdedObjects(): Iterable<KubeObject> {
  yield namespaceObject(namespace, true);
  for (let index = 0; index < nodes; index++) yield nodeObject(index);
  for (let index = 0; index < workloads; index++) {
    const place = { namespace, name: `app-${index}` };
    const near = `app-${(index + 1) % workloads}`;
    yield workloadObject(place, `${near}:80, 203.0.${index % 256}.0/24:443`);
    yield serviceObject(place, 8080);
  }
  for (let index = 0; index < webhooks; index++) yield webhookObject(`app-${index}`);
}

function nodeObject(index: number): KubeObject {
  const block = `${index >> 8}.${index & 255}`;
  return {
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${index}` } },
    spec: { podCIDRs: [`10.${block}.0/24`] },
    status: { addresses: [{ type: 'InternalIP', address: `192.168.${block}` }] },
  };
}

function webhookObject(service: string): KubeObject {
  const clientConfig = { service: { namespace, name: service, port: 80 } };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: service },
    webhooks: [{ name: `${service}.example.com`, clientConfig }],
  };
}

/** What each key costs that is written in such a world: compiled, and planned. */
export function benchCrowded(load: (objects: readonly KubeObject[]) => World): Row {
  const world = load([...crowdedObjects()]);
  const keys = [...world.keys()];
  const once = () =>
    keys.map((key) =>
      stepMilliseconds(() => {
        planKey(world, key, compile(world, key).policies);
      }),
    );
  once();
  const milliseconds = once();
  return {
    what: `compile and plan each of ${workloads} in one namespace (${nodes} Nodes, ${webhooks} webhooks), CPU p50 / p99`,
    target: 'p99 < 5 ms',
    measured: `${median(milliseconds).toFixed(2)} / ${percentile(milliseconds, 0.99).toFixed(2)} ms`,
    ratio: `${keys.length} keys`,
  };
}
