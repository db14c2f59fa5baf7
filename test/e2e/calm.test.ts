import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { defaultDeny } from '../../src/core/intent/keys.ts';
import { fieldManager } from '../../src/core/model/names.ts';
import { resources } from '../../src/kube/resources.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { appConnectivity, kubeDns, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

const web = workload('shop/web', { talksTo: 'api:80', replicas: 1 });
const api = workload('shop/api', { ports: [{ name: 'http', containerPort: 8080 }] });
const invalid = workload('shop/invalid', { talksTo: 'no such thing' });
const resource = appConnectivity('shop/api', {
  workload: { kind: 'Deployment', name: 'api' },
  acceptsFrom: [{ workload: { kind: 'Deployment', name: 'web' }, ports: [{ port: 'http' }] }],
  talksTo: [{ service: { name: 'later', namespace: 'elsewhere' } }],
});
const selecting = appConnectivity('shop/tier', {
  selector: { matchLabels: { tier: 'api' } },
  acceptsFrom: [{ entity: 'Namespace' }],
});
const wanted = [
  ...['AppConnectivity/tier', 'Deployment/api', 'Deployment/invalid', 'Deployment/web'],
  'Namespace/shop',
];

/** Of the kinds that are watched, so many have to be found again. */
const kinds = 4;

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true });
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
  await cluster.apply(kubeDns, namespace('shop', 'true'), web, api, invalid);
  await cluster.apply(service('shop/api', 80, 'http'), resource, selecting);
  await eventually(async () => expect(identities(await cluster.policies('shop'))).toEqual(wanted));
  await operator.quiet();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** Stops the operator, starts another, and waits until it has looked at everything. */
async function restart(): Promise<void> {
  await operator.stop();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
  const looked = () => operator.metric('appconnectivity_reconcile_total', 'success');
  await eventually(async () => expect(await looked()).toBeGreaterThanOrEqual(wanted.length));
  await operator.quiet();
}

/** Makes a change that matters, in another namespace, and waits until it has been acted on. */
let markers = 0;
async function whenSeen(): Promise<void> {
  markers += 1;
  const name = `marker-${markers}`;
  await cluster.apply(namespace(name, 'ingress'), workload(`${name}/marker`));
  await eventually(async () => expect(await cluster.policies(name)).toHaveLength(2));
  await operator.quiet();
}

describe('nothing is written', () => {
  test('when the operator is restarted', async () => {
    const before = await cluster.policies('shop');
    const mark = await cluster.auditMark();
    await restart();
    // An Event is offered again by a name that follows from its content, and so never doubled.
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => !write.startsWith('create events'))).toEqual([]);
    expect(await cluster.policies('shop')).toEqual(before);
  });

  test('and no Event is doubled, when the operator is restarted', async () => {
    const events = async () =>
      (await cluster.client.list(resources.events, { namespace: 'shop' })).items.filter(
        ({ reportingController }) => reportingController === fieldManager,
      );
    const before = await events();
    await restart();
    expect((await events()).map(({ metadata }) => metadata.resourceVersion)).toEqual(
      before.map(({ metadata }) => metadata.resourceVersion),
    );
    expect(before).toHaveLength(1);
  });

  test('when every watch is cut and everything is listed again', async () => {
    const policies = await cluster.policies('shop');
    const told = (event: string) => operator.metric('appconnectivity_watch_events_total', event);
    const found = async () => (await told('reconnect')) + (await told('relist'));
    const before = await found();
    await cluster.plane.stopApiServer();
    await cluster.plane.startApiServer();
    const mark = await cluster.auditMark();
    await eventually(async () => expect(await found()).toBeGreaterThan(before + kinds), 30);
    await operator.whenReady();
    await operator.quiet();
    expect(await cluster.writesSince(mark)).toEqual([]);
    expect(await cluster.policies('shop')).toEqual(policies);
  });

  test.each([
    ['another image', { image: 'example:2' }],
    ['more replicas', { replicas: 3 }],
    ['an annotation that is not ours', { annotations: { team: 'a' } }],
  ])('for a change that says nothing about connections: %s', async (_what, parts) => {
    const mark = await cluster.auditMark();
    await cluster.apply(workload('shop/web', { talksTo: 'api:80', replicas: 1, ...parts }));
    await cluster.client.request('PATCH', statusPath('web'), {
      body: { status: { observedGeneration: 7 } },
      contentType: 'application/merge-patch+json',
    });
    await whenSeen();
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => write.includes('shop/'))).toEqual([]);
    expect(writes).toHaveLength(2);
  });

  test('for the same entries in another order, twice, or on other lines', async () => {
    const mark = await cluster.auditMark();
    const talksTo = ' api:80 ,\n api:80,\n';
    await cluster.apply(workload('shop/web', { talksTo, replicas: 1 }));
    await whenSeen();
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => write.includes('shop/'))).toEqual([]);
  });

  test('for a label of the namespace that is not ours', async () => {
    const mark = await cluster.auditMark();
    const labels = { [defaultDeny]: 'true', team: 'a' };
    await cluster.apply({ ...namespace('shop'), metadata: { name: 'shop', labels } });
    await whenSeen();
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => write.includes('shop/'))).toEqual([]);
  });
});

test('other words for the same change what is kept as accepted, in one write, and no rule', async () => {
  const before = await cluster.policies('shop');
  const mark = await cluster.auditMark();
  const talksTo = 'api.shop.svc.cluster.local:80/tcp, svc/api:80';
  await cluster.apply(workload('shop/web', { talksTo, replicas: 1 }));
  await whenSeen();
  const writes = await cluster.writesSince(mark);
  const inShop = writes.filter((write) => write.includes('shop/'));
  expect(inShop).toEqual([expect.stringMatching(/^patch networkpolicies shop\/appconn-web-/)]);
  const rules = (policies: typeof before) =>
    policies.map(({ metadata, spec }) => [metadata.name, spec]);
  expect(rules(await cluster.policies('shop'))).toEqual(rules(before));
});

describe('an API server that', () => {
  test('was away is caught up with, and what happened meanwhile is acted on', async () => {
    await cluster.plane.stopApiServer();
    await cluster.plane.startApiServer();
    await cluster.apply(workload('shop/new', { acceptsFrom: 'web' }));
    await eventually(async () => {
      expect(identities(await cluster.policies('shop'))).toContain('Deployment/new');
    }, 40);
  });

  test('hangs for a while does not keep the operator from going on', async () => {
    cluster.plane.pauseApiServer();
    expect((await operator.ask('/healthz')).status).toBe(200);
    cluster.plane.resumeApiServer();
    await cluster.apply(workload('shop/newer', { acceptsFrom: 'web' }));
    await eventually(async () => {
      expect(identities(await cluster.policies('shop'))).toContain('Deployment/newer');
    }, 40);
  });
});

function statusPath(name: string): string {
  return `/apis/apps/v1/namespaces/shop/deployments/${name}/status`;
}
