import { describe, expect, test } from '@jest/globals';
import { ask, podOf, strayPod } from '../../../test/support/ask.ts';
import { namespace, resource, workload } from '../../../test/support/builders.ts';

describe('words (hard cases 1, 2, 3, 5, 8, 11)', () => {
  test('1: a workload that shares the labels of one that declares shares its word', () => {
    const checkout = workload('shop/checkout', { talksTo: 'payment' });
    const cleanup = workload('shop/cleanup', { kind: 'StatefulSet', labels: { app: 'checkout' } });
    const workloads = [checkout, cleanup, workload('shop/payment'), workload('shop/mail')];
    const { can, canByOwner, speakers } = ask({ workloads });
    expect(can('shop/cleanup', 'shop/payment', 80)).toBe(true);
    expect(can('shop/cleanup', 'shop/mail', 80)).toBe(false);
    expect(canByOwner('shop/cleanup', 'shop/mail', 80)).toBe(true);
    expect(speakers(podOf(cleanup))).toEqual(['checkout', 'cleanup']);
  });

  test('1: whoever has the labels of an admitted workload is admitted', () => {
    const workloads = [
      workload('shop/checkout'),
      workload('shop/cleanup', { labels: { app: 'checkout' } }),
      workload('shop/payment', { acceptsFrom: 'checkout' }),
      workload('shop/mail'),
    ];
    const { can, canByOwner } = ask({ workloads });
    expect(can('shop/cleanup', 'shop/payment', 80)).toBe(true);
    expect(canByOwner('shop/cleanup', 'shop/payment', 80)).toBe(false);
    expect(can(strayPod('shop', { app: 'checkout' }), 'shop/payment', 80)).toBe(true);
    expect(can('shop/mail', 'shop/payment', 80)).toBe(false);
  });

  test('2: a workload with an empty selector says nothing about anybody, and is no peer', () => {
    const workloads = [
      workload('shop/batch', { labels: {}, selector: {}, talksTo: 'none' }),
      workload('shop/api', { acceptsFrom: 'batch' }),
      workload('shop/cart'),
    ];
    const { can, isolated } = ask({ workloads });
    expect(isolated('shop/batch', 'Egress')).toBe(false);
    expect(can('shop/cart', 'shop/batch', 80)).toBe(true);
    expect(can('shop/batch', 'shop/api', 80)).toBe(false);
    expect(can('shop/cart', 'shop/api', 80)).toBe(false);
  });

  test('2: an empty selector names nobody from the other side', () => {
    const { can } = ask({
      namespaces: [namespace('shop', { deny: 'ingress' })],
      workloads: [
        workload('shop/batch', { labels: {}, selector: {}, talksTo: 'api' }),
        workload('shop/api'),
      ],
    });
    expect(can('shop/batch', 'shop/api', 80)).toBe(false);
  });

  test("3: none is a veto over the namespace's word, resources, DNS and replicas", () => {
    const { can } = ask({
      namespaces: [namespace('shop', { acceptsFrom: 'ns/monitoring', talksTo: '@cluster' })],
      workloads: [
        workload('shop/db', { acceptsFrom: 'none', talksTo: 'none' }),
        workload('shop/api'),
        workload('monitoring/prometheus'),
      ],
      resources: [
        resource('shop/more', {
          workload: { kind: 'Deployment', name: 'db' },
          acceptsFrom: [{ entity: 'Internet' }, { entity: 'Namespace' }],
        }),
      ],
    });
    const dns = strayPod('kube-system', { 'k8s-app': 'kube-dns' });
    for (const from of ['monitoring/prometheus', '8.8.8.8', 'shop/api', 'shop/db']) {
      expect(can(from, 'shop/db', 5432)).toBe(false);
    }
    expect(can('shop/db', dns, 53, 'UDP')).toBe(false);
    expect(can('shop/db', 'shop/api', 80)).toBe(false);
  });

  test('3: a selector resource beside a none opens nothing, and its other workloads keep it', () => {
    const tier = { tier: 'data' };
    const { can } = ask({
      workloads: [
        workload('shop/db', { labels: { app: 'db', ...tier }, acceptsFrom: 'none' }),
        workload('shop/cache', { labels: { app: 'cache', ...tier } }),
        workload('shop/api'),
        workload('shop/mail'),
      ],
      resources: [
        resource('shop/data', {
          selector: { matchLabels: tier },
          acceptsFrom: [{ workload: { kind: 'Deployment', name: 'api' } }],
        }),
      ],
    });
    expect(can('shop/api', 'shop/db', 80)).toBe(false);
    expect(can('shop/api', 'shop/cache', 80)).toBe(true);
    expect(can('shop/mail', 'shop/cache', 80)).toBe(false);
  });

  test('3: nobody in a resource vetoes the annotation', () => {
    const { can } = ask({
      workloads: [workload('shop/db', { acceptsFrom: 'api' }), workload('shop/api')],
      resources: [
        resource('shop/closed', {
          workload: { kind: 'Deployment', name: 'db' },
          acceptsFrom: [{ nobody: true }],
        }),
      ],
    });
    expect(can('shop/api', 'shop/db', 80)).toBe(false);
  });

  test('5: an invalid declaration is absent: the workload is silent', () => {
    const workloads = [
      workload('shop/api', { talksTo: 'db', acceptsFrom: 'web, none' }),
      workload('shop/db', { acceptsFrom: 'api::80' }),
      workload('shop/mail'),
    ];
    expect(ask({ workloads }).isolated('shop/db', 'Ingress')).toBe(false);
    expect(ask({ workloads }).isolated('shop/api', 'Ingress')).toBe(false);
    expect(ask({ workloads }).isolated('shop/api', 'Egress')).toBe(true);
    const denied = ask({ workloads, namespaces: [namespace('shop', { deny: 'ingress' })] });
    expect(denied.can('shop/api', 'shop/db', 80)).toBe(true);
    expect(denied.can('shop/mail', 'shop/db', 80)).toBe(false);
  });

  test('5: of two declarations, the invalid one takes nothing from the other', () => {
    const { can } = ask({
      workloads: [
        workload('shop/db', { acceptsFrom: '@nonsense' }),
        workload('shop/api'),
        workload('shop/mail'),
      ],
      resources: [
        resource('shop/db', {
          workload: { kind: 'Deployment', name: 'db' },
          acceptsFrom: [
            { service: { name: 'api' } },
            { pods: { selector: { matchLabels: { app: 'api' } } } },
          ],
        }),
      ],
    });
    expect(can('shop/api', 'shop/db', 80)).toBe(true);
    expect(can('shop/mail', 'shop/db', 80)).toBe(false);
  });

  test('8: replicas of an isolated workload reach one another, unless self is denied', () => {
    const kafka = workload('shop/kafka', { acceptsFrom: 'app', talksTo: 'app' });
    const app = workload('shop/app');
    const apart = workload('shop/kafka', { acceptsFrom: 'app', talksTo: 'app', self: 'deny' });
    expect(ask({ workloads: [kafka, app] }).can('shop/kafka', 'shop/kafka', 9092)).toBe(true);
    expect(ask({ workloads: [apart, app] }).can('shop/kafka', 'shop/kafka', 9092)).toBe(false);
    const denied = { workloads: [kafka, app], namespaces: [namespace('shop', { self: 'deny' })] };
    expect(ask(denied).can('shop/kafka', 'shop/kafka', 9092)).toBe(false);
  });

  test('11: a selector resource ends the silence of the workloads that match it', () => {
    const { can } = ask({
      namespaces: [namespace('shop', { deny: 'true' })],
      workloads: [
        workload('shop/api', { labels: { app: 'api', tier: 'api' } }),
        workload('shop/x', { talksTo: 'api' }),
        workload('shop/frontend', { talksTo: 'api' }),
      ],
      resources: [
        resource('shop/tier', {
          selector: { matchLabels: { tier: 'api' } },
          acceptsFrom: [{ workload: { kind: 'Deployment', name: 'frontend' } }],
        }),
      ],
    });
    expect(can('shop/frontend', 'shop/api', 80)).toBe(true);
    expect(can('shop/x', 'shop/api', 80)).toBe(false);
  });

  test('11: a selector on runtime labels adds to the word of the pods that carry them', () => {
    const pg = workload('shop/pg', { acceptsFrom: 'app' });
    const { can, speakers } = ask({
      workloads: [pg, workload('shop/app'), workload('shop/backup')],
      resources: [
        resource('shop/primary', {
          selector: { matchLabels: { role: 'primary' } },
          acceptsFrom: [{ workload: { kind: 'Deployment', name: 'backup' } }],
        }),
      ],
    });
    const primary = podOf(pg, { role: 'primary' });
    expect(can('shop/backup', primary, 5432)).toBe(true);
    expect(can('shop/app', primary, 5432)).toBe(true);
    expect(can('shop/backup', 'shop/pg', 5432)).toBe(false);
    expect(speakers(primary)).toEqual(['pg', 'primary']);
  });
});
