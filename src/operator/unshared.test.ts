import { describe, expect, test } from '@jest/globals';
import { compile } from '../core/compile/compile.ts';
import { keyOf } from '../core/model/identity.ts';
import type { ServiceRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { World } from '../core/world/world.ts';
import {
  createReconciler,
  live,
  namespace,
  namespaceKey,
  signal,
  web,
  webKey,
  workload,
} from './fixtures/reconciler.ts';
import { reconcile } from './reconcile.ts';

const openshiftDns: ServiceRecord = {
  ...({ kind: 'Service', namespace: 'openshift-dns', name: 'dns-default' } as const),
  ...{ uid: '', labels: {}, selector: { dns: 'default' }, headless: false, external: false },
  ...{ clusterIPs: ['172.30.0.10'], ports: [], strays: [] },
};

/** A workload that has taken its word back, in a cluster of OpenShift with these shared namespaces. */
function openshift(...sharedNamespaces: readonly string[]): World {
  const environments = { label: 'env', allowed: [], sharedNamespaces };
  const world = new World({ ...defaultSettings, environments });
  for (const record of [namespace(), openshiftDns, web]) world.put(record);
  for (const policy of compile(world, webKey).policies) world.put(live(policy));
  world.put(workload('web'));
  return world;
}

describe("With environments that would cut off the cluster's DNS in openshift-dns", () => {
  test('nothing is lost, and no default-deny comes, until it is shared or gone', async () => {
    const world = openshift('kube-system');
    const { reconciler, memory, performed } = createReconciler(world);
    expect((await reconcile(reconciler, webKey, signal)).kind).toBe('after');
    world.put(namespace('true'));
    expect((await reconcile(reconciler, namespaceKey, signal)).kind).toBe('after');
    expect(performed).toEqual([]);
    expect([...memory.stops.values()].map(({ code }) => code)).toEqual([
      ...['PartyNotShared', 'PartyNotShared'],
    ]);
    expect(reconciler.holds.holdsDenies()).toBe(true);
    world.put(namespace());
    world.remove(openshiftDns);
    await reconcile(reconciler, webKey, signal);
    expect(performed.map(({ type }) => type)).toEqual(['delete']);
  });

  test('what is added goes on', async () => {
    const world = openshift('kube-system');
    const other = { ...web, ref: { ...web.ref, name: 'api' } };
    world.put(other);
    const { reconciler, performed } = createReconciler(world);
    await reconcile(reconciler, keyOf(other.ref), signal);
    expect(performed.map(({ type }) => type)).toEqual(['create']);
  });

  test('nothing is held where it is shared', async () => {
    const world = openshift('kube-system', 'openshift-dns');
    const { reconciler, performed } = createReconciler(world);
    await reconcile(reconciler, webKey, signal);
    expect(performed.map(({ type }) => type)).toEqual(['delete']);
    expect(reconciler.holds.holdsDenies()).toBe(false);
  });
});
