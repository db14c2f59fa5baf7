import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { attentionAnnotation } from '../../src/core/model/names.ts';
import { resources } from '../../src/kube/resources.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identities, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
  // Pods are asked for after 2 s, doubling to a minute: time four times as fast is enough waiting.
  operator = await TestOperator.start(cluster, 4);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

function podsOf(namespaceName: string, labelSelector: string) {
  return cluster.client.list(resources.pods, { namespace: namespaceName, labelSelector });
}

/** A workload with a running pod and a policy. */
async function runningWorkload(namespaceName: string, app: Manifest): Promise<LivePolicy> {
  await cluster.apply(namespace(namespaceName), app);
  await eventually(async () => {
    expect((await podsOf(namespaceName, 'app')).items).toHaveLength(1);
  });
  return eventually(async () => {
    const [policy, ...others] = await cluster.policies(namespaceName);
    if (policy === undefined || others.length > 0) throw new Error('not one policy yet');
    return policy;
  });
}

/** Waits until the operator has asked once more whether pods are left, and has its answer. */
async function whenAskedForPods(): Promise<void> {
  const asked = () =>
    operator.metric('rest_client_requests_total', 'verb="list",resource="pods",code="200"');
  const before = await asked();
  await eventually(async () => expect(await asked()).toBeGreaterThan(before), 30);
}

/** Deletes a workload and leaves its pods running; they would go one after another otherwise. */
async function removeAlone(app: Manifest): Promise<void> {
  await cluster.remove(app, 'Orphan');
  await eventually(async () => expect(await cluster.get(app)).toBeUndefined());
}

async function endPods(namespaceName: string): Promise<void> {
  const all = ['replicasets,statefulsets,daemonsets,pods', '--all', '-n', namespaceName];
  await cluster.kubectl(['delete', ...all, '--wait=false']);
  await eventually(async () => expect((await podsOf(namespaceName, 'app')).items).toEqual([]));
}

describe('a workload that is deleted', () => {
  test('keeps its policy while its pods still run, and not longer', async () => {
    const app = workload('left/app', { acceptsFrom: 'none', replicas: 1 });
    const policy = await runningWorkload('left', app);
    await removeAlone(app);
    await whenAskedForPods();
    expect(await cluster.policies('left')).toEqual([policy]);
    await endPods('left');
    await eventually(async () => expect(await cluster.policies('left')).toEqual([]), 30);
  });

  test('loses its policy although the operator was not running when it went', async () => {
    const app = workload('away/app', { acceptsFrom: 'none', replicas: 1 });
    await runningWorkload('away', app);
    await operator.stop();
    await cluster.remove(app);
    await endPods('away');
    operator = await TestOperator.start(cluster, 4);
    await operator.whenReady();
    await eventually(async () => expect(await cluster.policies('away')).toEqual([]), 30);
  });

  test('and comes back at once keeps the very same policy', async () => {
    const app = workload('back/app', { acceptsFrom: 'none', replicas: 1 });
    const policy = await runningWorkload('back', app);
    await removeAlone(app);
    await cluster.apply(app);
    await operator.quiet();
    expect(await cluster.policies('back')).toEqual([policy]);
  });

  test('and comes back with a text that cannot be read is as closed as it was', async () => {
    const app = (acceptsFrom: string) => workload('broken/app', { acceptsFrom, replicas: 1 });
    const before = await runningWorkload('broken', app('none'));
    await removeAlone(app('none'));
    await cluster.apply(app('none, web'));
    await eventually(async () => {
      const [{ metadata, spec } = before] = await cluster.policies('broken');
      expect(metadata.annotations?.[attentionAnnotation]).toContain('"none" means nobody');
      expect(metadata.name).toBe(before.metadata.name);
      expect(spec).toEqual(before.spec);
    });
  });

  test('together with its whole namespace leaves nothing behind', async () => {
    const app = workload('gone/app', { acceptsFrom: 'none', replicas: 1 });
    await runningWorkload('gone', app);
    await cluster.remove(namespace('gone'));
    await eventually(async () => expect(await cluster.get(namespace('gone'))).toBeUndefined(), 30);
    expect(await cluster.policies('gone')).toEqual([]);
  });
});

describe('a workload that is deleted is still a peer of those who name it', () => {
  /** Whom the policy of `Deployment/server` of a namespace lets in, besides its own replicas. */
  async function admittedIn(place: string): Promise<unknown[]> {
    const server = byIdentity(await cluster.policies(place)).get('Deployment/server');
    if (server === undefined) throw new Error(`Deployment/server of ${place} has no policy`);
    const peers = (server.spec.ingress ?? []).flatMap(({ from = [] }) => from);
    const apps = peers.map(({ podSelector }) => podSelector?.matchLabels?.app);
    return apps.filter((app) => app !== 'server');
  }
  const whenAdmitted = (place: string, apps: readonly string[]) =>
    eventually(async () => expect(await admittedIn(place)).toEqual(apps), 30);

  async function whenRunning(place: string, app: Manifest): Promise<void> {
    await cluster.apply(namespace(place), app);
    await eventually(async () => expect((await podsOf(place, 'app')).items).toHaveLength(1));
  }

  test('until its last pod is gone, also where it had no policy of its own', async () => {
    const app = workload('silent/app', { replicas: 1 });
    await whenRunning('silent', app);
    await cluster.apply(workload('silent/server', { acceptsFrom: 'app' }));
    await whenAdmitted('silent', ['app']);
    await removeAlone(app);
    await whenAskedForPods();
    expect(await admittedIn('silent')).toEqual(['app']);
    await endPods('silent');
    await whenAdmitted('silent', []);
    expect(identities(await cluster.policies('silent'))).toEqual(['Deployment/server']);
  });

  test('from another namespace too, and for one who names it only now', async () => {
    const app = workload('caller/app', { talksTo: 'server.called:8080', replicas: 1 });
    await whenRunning('caller', app);
    await eventually(async () => expect(await cluster.policies('caller')).toHaveLength(1));
    await removeAlone(app);
    await cluster.apply(
      namespace('called'),
      workload('called/server', { acceptsFrom: 'app.caller:8080' }),
    );
    await whenAdmitted('called', ['app']);
    await endPods('caller');
    await whenAdmitted('called', []);
    await eventually(async () => expect(await cluster.policies('caller')).toEqual([]), 30);
  });

  test('although the operator was not running when it went, and was restarted meanwhile', async () => {
    const app = workload('missed/app', { talksTo: 'server:8080', replicas: 1 });
    await whenRunning('missed', app);
    await cluster.apply(workload('missed/server', { acceptsFrom: 'app:8080' }));
    await whenAdmitted('missed', ['app']);
    await operator.quiet();
    const before = await cluster.policies('missed');
    await operator.stop();
    await removeAlone(app);
    operator = await TestOperator.start(cluster, 4);
    await operator.whenReady();
    await whenAskedForPods();
    expect(await cluster.policies('missed')).toEqual(before);
    await endPods('missed');
    await whenAdmitted('missed', []);
    await eventually(async () =>
      expect(identities(await cluster.policies('missed'))).toEqual(['Deployment/server']),
    );
  });
});

test('a workload made anew with another selector has two policies until the old pods are gone', async () => {
  const old = workload('renewed/app', { acceptsFrom: 'none', replicas: 1 });
  const before = await runningWorkload('renewed', old);
  await removeAlone(old);
  const labels = { app: 'second' };
  await cluster.apply(workload('renewed/app', { acceptsFrom: 'none', labels, replicas: 1 }));
  await eventually(async () => {
    const policies = await cluster.policies('renewed');
    expect(identities(policies)).toEqual(['Deployment/app', 'Deployment/app']);
    expect(policies).toContainEqual(before);
    const selectors = policies.map(({ spec }) => spec.podSelector);
    expect(selectors).toContainEqual({ matchLabels: labels });
  });
  await whenAskedForPods();
  expect(await cluster.policies('renewed')).toContainEqual(before);
  await cluster.kubectl(['delete', 'replicasets,pods', '-l', 'app=app', '-n', 'renewed']);
  await eventually(async () => {
    const selectors = (await cluster.policies('renewed')).map(({ spec }) => spec.podSelector);
    expect(selectors).toEqual([{ matchLabels: labels }]);
  }, 30);
});

test('the old pods of a workload made anew with another selector have what it declares now, whoever edits their policy', async () => {
  const app = (acceptsFrom: string, labels: Readonly<Record<string, string>>) =>
    workload('withdrawn/app', { acceptsFrom, labels, replicas: 1 });
  const old = app('203.0.113.7', { app: 'first' });
  const policy = await runningWorkload('withdrawn', old);
  await removeAlone(old);
  await cluster.apply(app('none', { app: 'second' }));
  const whenAllClosed = () =>
    eventually(async () => {
      const rules = (await cluster.policies('withdrawn')).map(({ spec }) => [
        spec.podSelector?.matchLabels?.app,
        spec.ingress,
      ]);
      expect(Object.fromEntries(rules)).toEqual({ first: [], second: [] });
    });
  await whenAllClosed();
  await cluster.patch(policy as unknown as Manifest, { spec: { ingress: [{}] } });
  await whenAllClosed();
});
