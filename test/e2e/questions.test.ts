import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { appconn } from './support/cli.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { type Manifest, namespace, pod, service, workload } from './support/objects.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let folder: string;

/** Lets only `web` in, on 7070. */
const lock: Manifest = {
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  metadata: { name: 'lock', namespace: 'shop' },
  spec: {
    podSelector: { matchLabels: { app: 'cart' } },
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 7070 }] },
    ],
  },
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'appconn-questions-'));
  cluster = await Cluster.start({ audit: true });
  await cluster.install();
  await cluster.apply(
    ...[namespace('shop'), service('shop/cart', 80, 7070), lock],
    ...[workload('shop/web', { replicas: 1, talksTo: 'cart:80' }), workload('shop/cart')],
    pod('shop/debug', { app: 'debug' }),
  );
  await eventually(async () => {
    const pods = await cluster.kubectl(['get', 'pods', '-n', 'shop', '-o', 'name']);
    expect(pods).toMatch(/pod\/web-/);
  });
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function ask(...args: readonly string[]) {
  return appconn([...args, '--kubeconfig', cluster.plane.kubeconfig]);
}

/** Creates an object of any kind. */
async function create(object: Manifest): Promise<void> {
  const file = join(folder, `${object.kind}.json`);
  writeFileSync(file, JSON.stringify(object));
  await cluster.kubectl(['create', '-f', file]);
}

describe('Questions about a live cluster', () => {
  test('can-reach judges its policies, for workloads, pods and Services', async () => {
    const yes = await ask('can-reach', 'shop/deployment/web', 'shop/svc/cart:80');
    expect(yes).toMatchObject({ code: 0, stderr: '' });
    expect(yes.stdout).toContain('ingress[0] of NetworkPolicy shop/lock lets it in');
    const no = await ask('can-reach', 'shop/pod/debug', 'shop/svc/cart:80');
    expect(no).toMatchObject({ code: 1, stderr: '' });
    expect(no.stdout).toContain('NetworkPolicy shop/lock isolates Deployment/shop/cart');
  });

  test('reach tells a Deployment once, not its ReplicaSets and pods', async () => {
    const { code, stdout } = await ask('reach', '--to', 'shop/deployment/cart', '-o', 'csv');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'from,to,ports\nDeployment/shop/web,Deployment/shop/cart,7070/TCP\n',
    });
  });

  test('explain tells the live policies, and what the operator has not written yet', async () => {
    const { code, stdout } = await ask('explain', 'shop/deployment/web');
    expect(code).toBe(1);
    expect(stdout).toContain('Not isolated for egress');
    expect(stdout).toContain('talks-to cart:80: Pending/NotWritten (Deployment/shop/web)');
  });

  test('diff --live tells what applying files would close, and writes nothing', async () => {
    const file = join(folder, 'lock.json');
    const { spec, ...rest } = lock;
    writeFileSync(file, JSON.stringify({ ...rest, spec: { ...(spec as object), ingress: [] } }));
    const mark = await cluster.auditMark();
    const { code, stdout } = await ask('diff', '--live', file, '--policies-only');
    expect(code).toBe(1);
    expect(stdout).toContain('update shop/lock: -1 peer');
    expect(stdout).toContain('Deployment/shop/web -> Deployment/shop/cart: 7070/TCP');
    expect(await cluster.writesSince(mark)).toEqual([]);
  });

  test('policies of other APIs are looked for, and told to be left out', async () => {
    const group = 'policy.networking.k8s.io';
    const crd: Manifest = {
      ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
      metadata: {
        name: `adminnetworkpolicies.${group}`,
        annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
      },
      spec: {
        group,
        scope: 'Cluster',
        names: { plural: 'adminnetworkpolicies', kind: 'AdminNetworkPolicy' },
        versions: [
          {
            ...{ name: 'v1alpha1', served: true, storage: true },
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    };
    await create(crd);
    const admin = {
      ...{ apiVersion: `${group}/v1alpha1`, kind: 'AdminNetworkPolicy' },
      ...{ metadata: { name: 'deny' }, spec: { priority: 1 } },
    };
    await eventually(() => create(admin));
    const warning =
      'warning: policies of other APIs are not judged, only NetworkPolicies of networking.k8s.io/v1 are: 1 AdminNetworkPolicy\n';
    const asked = await ask('can-reach', 'shop/deployment/web', 'shop/svc/cart:80');
    expect(asked).toMatchObject({ code: 0, stderr: warning });
    expect((await ask('explain', 'shop/deployment/web')).stderr).toBe(warning);
  });

  test('what the credentials may not list is named in one sentence, and nothing is answered', async () => {
    const kubeconfig = await cluster.operatorKubeconfig();
    const asked = ['can-reach', 'shop/pod/debug', 'shop/svc/cart:80', '--kubeconfig', kubeconfig];
    const { code, stdout, stderr } = await appconn(asked);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: these credentials may not list everything.*replicasets.*\n$/);
  });
});
