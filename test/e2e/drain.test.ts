import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { resources } from '../../src/kube/resources.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities, type LivePolicy } from './support/policies.ts';
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

  test('together with its whole namespace leaves nothing behind', async () => {
    const app = workload('gone/app', { acceptsFrom: 'none', replicas: 1 });
    await runningWorkload('gone', app);
    await cluster.remove(namespace('gone'));
    await eventually(async () => expect(await cluster.get(namespace('gone'))).toBeUndefined(), 30);
    expect(await cluster.policies('gone')).toEqual([]);
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
