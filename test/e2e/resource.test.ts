import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Status } from '../../src/core/status/schema.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import {
  appConnectivity,
  foreignPolicy,
  type Manifest,
  namespace,
  workload,
} from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identities } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

async function statusOf(resource: Manifest): Promise<Status> {
  const live = await cluster.get(resource);
  return (live?.status ?? {}) as Status;
}

/** `state/reason` of each edge by the party that was written; states without a reason of their own alone. */
async function edgesOf(resource: Manifest): Promise<Record<string, string>> {
  const { edges = [] } = await statusOf(resource);
  const shown = edges.map(({ peer, state, reason }) => [
    peer,
    reason === state ? state : `${state}/${reason}`,
  ]);
  return Object.fromEntries(shown);
}

async function conditionsOf(resource: Manifest): Promise<Record<string, string>> {
  const { conditions = [] } = await statusOf(resource);
  return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
}

/** Waits until the edges are these. */
function whenEdgesAre(resource: Manifest, wanted: Record<string, string>): Promise<void> {
  return eventually(async () => expect(await edgesOf(resource)).toEqual(wanted));
}

const deployment = (name: string) => ({ workload: { kind: 'Deployment', name } });
const inNamespace = (namespaceName: string, name: string) => ({
  workload: { kind: 'Deployment', name, namespace: namespaceName },
});

describe('an AppConnectivity resource', () => {
  test('about a workload adds its entries to the policy of that workload', async () => {
    const api = workload('about/api', { acceptsFrom: 'web' });
    const resource = appConnectivity('about/api', {
      ...deployment('api'),
      acceptsFrom: [{ ...deployment('batch'), ports: [{ port: 8080 }] }],
    });
    await cluster.apply(namespace('about'), api, workload('about/web'), workload('about/batch'));
    await cluster.apply(resource);
    await eventually(async () => {
      const policies = await cluster.policies('about');
      expect(identities(policies)).toEqual(['Deployment/api']);
      const rules = policies[0]?.spec.ingress;
      expect(rules).toContainEqual({
        from: [{ podSelector: { matchLabels: { app: 'batch' } } }],
        ports: [{ protocol: 'TCP', port: 8080 }],
      });
      expect(JSON.stringify(rules)).toContain('"app":"web"');
    });
    await cluster.remove(resource);
    await eventually(async () => {
      const [policy] = await cluster.policies('about');
      expect(JSON.stringify(policy?.spec.ingress)).not.toContain('batch');
    });
  });

  test('with a selector has a policy of its own, which goes with it', async () => {
    const selector = { matchLabels: { tier: 'api' } };
    const resource = appConnectivity('tier/api-tier', {
      selector,
      acceptsFrom: [{ namespace: { name: 'ingress' } }],
    });
    await cluster.apply(namespace('tier'), namespace('ingress'), resource);
    await eventually(async () => {
      const policies = byIdentity(await cluster.policies('tier'));
      const { spec } = policies.get('AppConnectivity/api-tier') ?? {};
      expect(spec?.podSelector).toEqual(selector);
      expect(spec?.ingress).toHaveLength(1);
    });
    await cluster.remove(resource);
    await eventually(async () => expect(await cluster.policies('tier')).toEqual([]));
  });

  test('says in its conditions that it holds, about this very generation', async () => {
    await cluster.apply(namespace('good'), workload('good/web'), workload('good/api'));
    const spec = (port: number) => ({
      ...deployment('api'),
      acceptsFrom: [{ ...deployment('web'), ports: [{ port }] }],
    });
    const holds = {
      ...{ Accepted: 'True', ResolvedRefs: 'True', Programmed: 'True', Ready: 'True' },
      ...{ Reconciling: 'False', Stalled: 'False' },
    };
    for (const [generation, port] of [8080, 9090].entries()) {
      const resource = appConnectivity('good/api', spec(port));
      await cluster.apply(resource);
      await eventually(async () => {
        const { observedGeneration, conditions = [], isolation } = await statusOf(resource);
        expect(await conditionsOf(resource)).toEqual(holds);
        expect(observedGeneration).toBe(generation + 1);
        expect(new Set(conditions.map((each) => each.observedGeneration))).toEqual(
          new Set([generation + 1]),
        );
        expect(isolation).toEqual({ ingress: true, egress: false });
      });
    }
  });

  test('that is deleted and made anew has a status of its own', async () => {
    await cluster.apply(namespace('anew'), workload('anew/web'), workload('anew/api'));
    const spec = (port: number) => ({
      ...deployment('api'),
      acceptsFrom: [{ ...deployment('web'), ports: [{ port }] }],
    });
    const resource = appConnectivity('anew/api', spec(80));
    await cluster.apply(resource);
    await cluster.apply(appConnectivity('anew/api', spec(81)));
    const whenReadyAt = (generation: number) =>
      eventually(async () => {
        expect((await statusOf(resource)).observedGeneration).toBe(generation);
        expect(await conditionsOf(resource)).toMatchObject({ Ready: 'True' });
      });
    await whenReadyAt(2);
    await sleep(1100);
    await cluster.remove(resource);
    await cluster.apply(resource);
    await whenReadyAt(1);
    const { metadata } = (await cluster.get(resource)) as {
      metadata: { creationTimestamp: string };
    };
    const { conditions = [] } = await statusOf(resource);
    const times = conditions.map(({ lastTransitionTime }) => lastTransitionTime);
    expect(times.filter((time) => time < metadata.creationTimestamp)).toEqual([]);
  });

  test('says what is wrong with an entry that the API server cannot judge', async () => {
    await cluster.apply(namespace('wrong'), workload('wrong/api'));
    const resource = appConnectivity('wrong/api', {
      ...deployment('api'),
      talksTo: [{ host: { name: 'cart.billing.svc.cluster.local' } }],
    });
    await cluster.apply(resource);
    await eventually(async () => {
      expect(await conditionsOf(resource)).toMatchObject({
        ...{ Accepted: 'False', Ready: 'False', Stalled: 'True' },
      });
    });
    const { conditions = [] } = await statusOf(resource);
    const accepted = conditions.find(({ type }) => type === 'Accepted');
    expect(accepted?.reason).toBe('InvalidDeclaration');
    expect(accepted?.message).toMatch(/it is a name of the cluster itself/);
  });

  test('is shown by kubectl get with its workload, readiness, summary and reason', async () => {
    await cluster.apply(namespace('shown'), workload('shown/api'), workload('shown/web'));
    const resource = appConnectivity('shown/api', {
      ...deployment('api'),
      acceptsFrom: [deployment('web'), deployment('later')],
    });
    await cluster.apply(resource);
    await eventually(async () => {
      const table = await cluster.kubectl(['get', 'appconn', '-n', 'shown']);
      const [heading = '', row = ''] = table.split('\n').map((line) => line.trim().split(/ +/));
      expect(heading).toEqual(['NAME', 'WORKLOAD', 'READY', 'SUMMARY', 'REASON', 'AGE']);
      expect(row.slice(0, 5)).toEqual(['api', 'api', 'True', '1/2', 'Ready']);
    });
  });
});

describe('the state of an edge', () => {
  test('is Open where the other end accepts anyone, and Allowed where it agreed', async () => {
    await cluster.apply(
      namespace('open'),
      ...['web', 'silent'].map((name) => workload(`open/${name}`)),
      workload('open/agreeing', { acceptsFrom: 'web' }),
    );
    const resource = appConnectivity('open/web', {
      ...deployment('web'),
      talksTo: [deployment('silent'), deployment('agreeing')],
    });
    await cluster.apply(resource);
    const edges = { 'deployment/silent': 'Open', 'deployment/agreeing': 'Allowed' };
    await whenEdgesAre(resource, edges);
  });

  test('is Pending/TargetNotFound until the target is there, and again when it is gone', async () => {
    await cluster.apply(namespace('missing'), workload('missing/web'));
    const resource = appConnectivity('missing/web', {
      ...deployment('web'),
      talksTo: [deployment('api')],
    });
    await cluster.apply(resource);
    await whenEdgesAre(resource, { 'deployment/api': 'Pending/TargetNotFound' });
    expect((await conditionsOf(resource)).ResolvedRefs).toBe('False');
    const api = workload('missing/api');
    await cluster.apply(api);
    await whenEdgesAre(resource, { 'deployment/api': 'Open' });
    expect((await conditionsOf(resource)).ResolvedRefs).toBe('True');
    await cluster.remove(api);
    await whenEdgesAre(resource, { 'deployment/api': 'Pending/TargetNotFound' });
  });

  test('waits for the consent of another namespace, says which line it takes, and then gets it', async () => {
    const payment = (acceptsFrom?: string) => workload('billing/payment', { acceptsFrom });
    await cluster.apply(namespace('billing', 'true'), payment());
    await cluster.apply(namespace('store'), workload('store/checkout'));
    const resource = appConnectivity('store/checkout', {
      ...deployment('checkout'),
      talksTo: [inNamespace('billing', 'payment')],
    });
    await cluster.apply(resource);
    const peer = 'deployment/payment.billing';
    await whenEdgesAre(resource, { [peer]: 'Pending/ConsentRequired' });
    const { edges: [edge] = [] } = await statusOf(resource);
    const line = 'appconnectivity.dev/accepts-from: checkout.store';
    expect(edge?.message).toContain(`add ${line} to Deployment payment in namespace billing`);
    await cluster.apply(payment('checkout.store'));
    await whenEdgesAre(resource, { [peer]: 'Allowed' });
    await cluster.apply(payment());
    await whenEdgesAre(resource, { [peer]: 'Pending/ConsentRequired' });
  });

  test('is Refused where the other end lists others, or where somebody says none', async () => {
    await cluster.apply(
      namespace('refused'),
      workload('refused/web'),
      workload('refused/picky', { acceptsFrom: 'admin' }),
      workload('refused/admin'),
      workload('refused/hermit', { talksTo: 'none' }),
    );
    const web = appConnectivity('refused/web', {
      ...deployment('web'),
      talksTo: [deployment('picky')],
    });
    const hermit = appConnectivity('refused/hermit', {
      ...deployment('hermit'),
      talksTo: [deployment('admin')],
    });
    await cluster.apply(web, hermit);
    await whenEdgesAre(web, { 'deployment/picky': 'Refused/NotAccepted' });
    await whenEdgesAre(hermit, { 'deployment/admin': 'Refused/VetoedByNone' });
  });

  test('is Blocked while somebody else’s policy stops it', async () => {
    await cluster.apply(namespace('blocked'), workload('blocked/web'), workload('blocked/api'));
    const resource = appConnectivity('blocked/web', {
      ...deployment('web'),
      talksTo: [deployment('api')],
    });
    await cluster.apply(resource);
    await whenEdgesAre(resource, { 'deployment/api': 'Open' });
    const selected = { matchLabels: { app: 'api' } };
    const spec = { podSelector: selected, policyTypes: ['Ingress'] };
    const lockdown = foreignPolicy('blocked/lockdown', spec);
    await cluster.apply(lockdown);
    await whenEdgesAre(resource, { 'deployment/api': 'Blocked/ForeignPolicy' });
    const { edges: [edge] = [] } = await statusOf(resource);
    expect(edge?.message).toContain('blocked/lockdown');
    await cluster.remove(lockdown);
    await whenEdgesAre(resource, { 'deployment/api': 'Open' });
  });
});
