import { describe, expect, test } from '@jest/globals';
import { inventoryOf, pod, policy, type Raw, service, workload } from './fixtures/given.ts';
import { nameOfUnit } from './inventory.ts';
import { readItem } from './read.ts';

function behind(...objects: readonly Raw[]): string[] {
  const inventory = inventoryOf(service('shop/web'), ...objects);
  const [only] = inventory.services;
  return only === undefined ? [] : inventory.behind(only).map(nameOfUnit);
}

const ofWeb = { labels: { app: 'web' }, owner: ['ReplicaSet', 'web-1'] } as const;

describe('behind a Service', () => {
  test('are pods of its namespace that its selector matches, and templates of whom no pod is there', () => {
    expect(behind(workload('shop/web'), workload('other/web'), workload('shop/cart'))).toEqual([
      'Deployment/shop/web',
    ]);
    expect(behind(workload('shop/web'), pod('shop/web-1-a', ofWeb))).toEqual(['Pod/shop/web-1-a']);
    expect(behind(pod('shop/web'))).toEqual(['Pod/shop/web']);
  });

  test('a ReplicaSet of a Deployment that is there is told by the Deployment', () => {
    const set = workload('shop/web-1', {
      ...{ kind: 'ReplicaSet', labels: { app: 'web' }, owner: ['Deployment', 'web'] },
    });
    expect(behind(workload('shop/web'), set)).toEqual(['Deployment/shop/web']);
    expect(behind(set)).toEqual(['ReplicaSet/shop/web-1']);
    const moved = workload('shop/web', { labels: { app: 'moved' } });
    expect(behind(moved, set)).toEqual([]);
  });

  test('a pod that has ended is not, and a Deployment of which one failed makes others', () => {
    const ended = pod('shop/web-1-a', { ...ofWeb, phase: 'Failed' });
    expect(behind(ended)).toEqual([]);
    expect(behind(ended, workload('shop/web'))).toEqual(['Deployment/shop/web']);
  });

  test('a Job that has run is not', () => {
    const job = workload('shop/web', { kind: 'Job', apiVersion: 'batch/v1' });
    const own = { labels: { app: 'web' }, owner: ['Job', 'web'] } as const;
    expect(behind(job)).toEqual(['Job/shop/web']);
    expect(behind(job, pod('shop/web-x', { ...own, phase: 'Succeeded' }))).toEqual([]);
  });

  test('a pod on its own is not taken for one of a workload with the same labels', () => {
    expect(behind(workload('shop/web'), pod('shop/lone', { labels: { app: 'web' } }))).toEqual([
      'Pod/shop/lone',
      'Deployment/shop/web',
    ]);
  });
});

test('of two objects of one name the later counts', () => {
  const inventory = inventoryOf(
    pod('shop/a', { labels: { v: '1' } }),
    pod('shop/a', { labels: { v: '2' } }),
  );
  expect(inventory.units.map(({ labels }) => labels)).toEqual([{ v: '2' }]);
});

test('top units are those that nothing else there makes', () => {
  const set = workload('shop/web-1', { kind: 'ReplicaSet', owner: ['Deployment', 'web'] });
  const stray = pod('shop/stray', { labels: { app: 'x' }, owner: ['ReplicaSet', 'gone'] });
  const inventory = inventoryOf(workload('shop/web'), set, pod('shop/web-1-a', ofWeb), stray);
  expect(inventory.topUnits().map(nameOfUnit)).toEqual(['Deployment/shop/web', 'Pod/shop/stray']);
});

describe('a pod that something else makes', () => {
  const set = workload('shop/web-1', { kind: 'ReplicaSet', owner: ['Deployment', 'web'] });
  const relabelled = { labels: { app: 'web', tier: 'api', hash: '1' }, owner: ofWeb.owner };
  const asks = (labels: object) =>
    policy('shop/db', { podSelector: {}, ingress: [{ from: [{ podSelector: labels }] }] });
  const tops = (...objects: readonly Raw[]) =>
    inventoryOf(workload('shop/web'), ...objects)
      .topUnits()
      .map(nameOfUnit);

  test('is told by itself where a policy can tell it from the template', () => {
    const one = pod('shop/web-1-a', relabelled);
    expect(tops(set, one)).toEqual(['Deployment/shop/web']);
    const tier = asks({ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] });
    expect(tops(set, one, tier)).toEqual(['Deployment/shop/web', 'Pod/shop/web-1-a']);
    expect(tops(set, pod('shop/web-1-a', ofWeb), tier)).toEqual(['Deployment/shop/web']);
    const other = policy('shop/t', { podSelector: { matchLabels: { hash: '1' } } });
    expect(tops(set, one, other)).toHaveLength(2);
    const port = { ...ofWeb, ports: [{ name: 'http', containerPort: 80 }] };
    const named = policy('shop/p', { podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }] });
    expect(tops(set, pod('shop/web-1-a', port))).toHaveLength(1);
    expect(tops(set, pod('shop/web-1-a', port), named)).toHaveLength(2);
  });

  test('is not taken for one of a workload for its labels, or for a part of its name', () => {
    const owned = (kind: string, name: string) =>
      pod(`shop/${name}-x`, { labels: { app: 'web' }, owner: [kind, name] });
    expect(tops(owned('Job', 'migrate-1'))).toHaveLength(2);
    expect(tops(owned('ReplicaSet', 'web-api-5d'))).toHaveLength(2);
    expect(tops(owned('StrimziPodSet', 'web-5d'))).toHaveLength(2);
    expect(tops(owned('ReplicaSet', 'web-5d'))).toEqual(['Deployment/shop/web']);
  });
});

test('an address is that of a pod that runs on the pod network, or of a Service', () => {
  const inventory = inventoryOf(
    pod('shop/a', { ips: ['10.0.0.1', 'fd00::1'] }),
    pod('shop/ended', { ips: ['10.0.0.2'], phase: 'Succeeded' }),
    pod('shop/node', { ips: ['192.168.0.1'], hostNetwork: true }),
    service('shop/a', { clusterIP: '10.96.0.1' }),
  );
  expect(inventory.at('fd00:0:0::1')).toMatchObject({ kind: 'Pod', name: 'a' });
  expect(inventory.at('::ffff:10.0.0.1')).toMatchObject({ kind: 'Pod', name: 'a' });
  expect(inventory.at('10.96.0.1')).toMatchObject({ kind: 'Service', name: 'a' });
  expect(inventory.at('10.0.0.2')).toBeUndefined();
  expect(inventory.at('192.168.0.1')).toBeUndefined();
});

describe('what is read', () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [] } };
  const metadata = { name: 'x', namespace: 'shop' };

  test('a CronJob, a Rollout and whatever else has a pod template is a workload', () => {
    const job = { metadata, spec: { jobTemplate: { spec: { template } } } };
    expect(readItem('batch/v1', 'CronJob', job)).toMatchObject({ kind: 'Template', of: 'CronJob' });
    const rollout = { metadata, spec: { selector: { matchLabels: { app: 'x' } }, template } };
    expect(readItem('argoproj.io/v1alpha1', 'Rollout', rollout)).toMatchObject({
      ...{ of: 'Rollout', labels: { app: 'x' } },
    });
    expect(readItem('apps.kruise.io/v1', 'CloneSet', rollout)).toMatchObject({ of: 'CloneSet' });
  });

  test('a Job has the labels that its pods get from it, so that policies for it are judged right', () => {
    const job = readItem('batch/v1', 'Job', { metadata, spec: { template } });
    expect(job).toMatchObject({ labels: { app: 'x', 'batch.kubernetes.io/job-name': 'x' } });
    expect(job).not.toHaveProperty('isPast');
    const conditions = [{ type: 'Complete', status: 'True' }];
    const over = { metadata, spec: { template }, status: { conditions } };
    expect(readItem('batch/v1', 'Job', over)).toMatchObject({ isPast: true });
  });

  test('a kind that is configured has its template where the configuration says', () => {
    const plural = 'things';
    const kind = {
      group: 'a.dev',
      version: 'v1',
      kind: 'Thing',
      plural,
      words: [],
      template: ['pod'],
    };
    const thing = { metadata, pod: template };
    expect(readItem('a.dev/v1', 'Thing', thing, [kind])).toMatchObject({ labels: { app: 'x' } });
    expect(readItem('a.dev/v1', 'Thing', { metadata }, [kind])).toBeUndefined();
    expect(readItem('a.dev/v1', 'Thing', thing)).toBeUndefined();
  });

  test('a Deployment is a workload also where its template names no container', () => {
    const bare = { metadata, spec: { template: { metadata: { labels: { app: 'x' } } } } };
    expect(readItem('apps/v1', 'Deployment', bare)).toMatchObject({ labels: { app: 'x' } });
  });

  test('a Deployment without a template is a problem and not left out', () => {
    expect(readItem('apps/v1', 'Deployment', { metadata, spec: {} })).toMatchObject({
      path: ['spec', 'template'],
    });
  });

  test('a Service of another API is no Service', () => {
    expect(
      readItem('serving.knative.dev/v1', 'Service', { metadata, spec: { template } }),
    ).toMatchObject({
      ...{ kind: 'Template', of: 'Service.serving.knative.dev' },
    });
  });

  test('a ConfigMap says nothing about connections', () => {
    expect(readItem('v1', 'ConfigMap', { metadata, data: {} })).toBeUndefined();
    expect(readItem('v1', 'ConfigMap', null)).toBeUndefined();
  });
});
