import { describe, expect, test } from '@jest/globals';
import { ask, podOf, strayPod } from '../../../test/support/ask.ts';
import { namespace, resource, workload } from '../../../test/support/builders.ts';

const denied = [namespace('shop', { deny: 'true' }), namespace('billing', { deny: 'true' })];

describe('consequences of the rule (spec section 4, hard cases 9 and 12)', () => {
  test('9: whether a workload is isolated depends only on its declarations and its namespace', () => {
    const quiet = [workload('shop/a'), workload('shop/b')];
    const loud = [workload('shop/a', { talksTo: 'b', acceptsFrom: 'b' }), workload('shop/b')];
    for (const workloads of [quiet, loud]) {
      const { isolated } = ask({ workloads });
      expect(isolated('shop/b', 'Ingress')).toBe(false);
      expect(isolated('shop/b', 'Egress')).toBe(false);
    }
  });

  test("9: somebody else's new declaration takes nothing from a workload's own word", () => {
    const b = workload('shop/b', { acceptsFrom: 'a' });
    const { can } = ask({
      workloads: [workload('shop/a'), b, workload('shop/c', { talksTo: 'b', acceptsFrom: 'none' })],
    });
    expect(can('shop/a', 'shop/b', 80)).toBe(true);
    expect(can('shop/c', 'shop/b', 80)).toBe(false);
  });

  test('9: two kinds of one name are both meant', () => {
    const workloads = [
      workload('shop/cart', { labels: { app: 'cart', kind: 'd' } }),
      workload('shop/cart', { kind: 'StatefulSet', labels: { app: 'cart', kind: 's' } }),
      workload('shop/web', { talksTo: 'cart' }),
      workload('shop/api', { talksTo: 'sts/cart' }),
    ];
    const { can } = ask({ workloads });
    for (const one of workloads.slice(0, 2)) {
      expect(can('shop/web', podOf(one), 80)).toBe(true);
    }
    expect(workloads.slice(0, 2).map((one) => can('shop/api', podOf(one), 80))).toEqual([
      false,
      true,
    ]);
  });

  test('a destination that declares has the last word even inside its namespace', () => {
    const workloads = [
      workload('shop/a', { talksTo: 'db' }),
      workload('shop/db', { acceptsFrom: 'api' }),
      workload('shop/api'),
    ];
    expect(ask({ workloads }).can('shop/a', 'shop/db', 80)).toBe(false);
  });

  test('across namespaces a silent isolated end does not agree', () => {
    const workloads = [
      workload('shop/a', { talksTo: 'b.billing' }),
      workload('billing/b'),
      workload('billing/c', { acceptsFrom: 'd.shop' }),
      workload('shop/d'),
    ];
    const { can } = ask({ workloads, namespaces: denied });
    expect(can('shop/a', 'billing/b', 80)).toBe(false);
    expect(can('shop/d', 'billing/c', 80)).toBe(false);
    const open = ask({ workloads });
    expect(open.can('shop/a', 'billing/b', 80)).toBe(true);
    expect(open.can('shop/d', 'billing/c', 80)).toBe(true);
  });

  test('inside a namespace a silent end takes the word of the one who names it', () => {
    const workloads = [
      workload('shop/a', { talksTo: 'b:80' }),
      workload('shop/b'),
      workload('shop/c', { acceptsFrom: 'd:8080' }),
      workload('shop/d'),
    ];
    const { can } = ask({ workloads, namespaces: denied });
    expect(can('shop/a', 'shop/b', 80)).toBe(true);
    expect(can('shop/a', 'shop/b', 81)).toBe(false);
    expect(can('shop/d', 'shop/c', 8080)).toBe(true);
    expect(can('shop/d', 'shop/c', 80)).toBe(false);
    expect(can('shop/d', 'shop/b', 80)).toBe(false);
  });

  test('12: a wide entry names members of the writer’s namespace only', () => {
    const { can } = ask({
      workloads: [
        workload('shop/x', { talksTo: '@cluster' }),
        workload('shop/w'),
        workload('billing/w'),
      ],
      namespaces: denied,
    });
    expect(can('shop/x', 'shop/w', 80)).toBe(true);
    expect(can('shop/x', 'billing/w', 80)).toBe(false);
  });

  test("12: a namespace's own word names nobody on the other side", () => {
    const { can } = ask({
      workloads: [workload('shop/frontend'), workload('shop/w')],
      namespaces: [namespace('shop', { deny: 'true', acceptsFrom: 'frontend' })],
    });
    expect(can('shop/frontend', 'shop/w', 80)).toBe(false);
  });

  test('12: the namespace’s word is added to every isolated word, declared or silent', () => {
    const workloads = [
      workload('shop/declared', { acceptsFrom: 'api' }),
      workload('shop/silent'),
      workload('shop/api'),
      workload('monitoring/prometheus'),
    ];
    const open = ask({
      workloads,
      namespaces: [namespace('shop', { acceptsFrom: 'ns/monitoring' })],
    });
    expect(open.can('monitoring/prometheus', 'shop/declared', 80)).toBe(true);
    expect(open.isolated('shop/silent', 'Ingress')).toBe(false);
    const deny = { deny: 'ingress', acceptsFrom: 'ns/monitoring' };
    const closed = ask({ workloads, namespaces: [namespace('shop', deny)] });
    expect(closed.can('monitoring/prometheus', 'shop/silent', 80)).toBe(true);
    expect(closed.can('shop/api', 'shop/silent', 80)).toBe(false);
  });

  test('a vetoed writer names nobody', () => {
    const { can } = ask({
      namespaces: [namespace('shop', { deny: 'ingress' })],
      workloads: [workload('shop/a', { talksTo: 'b' }), workload('shop/b')],
      resources: [
        resource('shop/closed', {
          workload: { kind: 'Deployment', name: 'a' },
          talksTo: [{ nobody: true }],
        }),
      ],
    });
    expect(can('shop/a', 'shop/b', 80)).toBe(false);
  });

  test('a selector resource names through its own selector', () => {
    const { can } = ask({
      namespaces: [namespace('shop', { deny: 'ingress' })],
      workloads: [workload('shop/b')],
      resources: [
        resource('shop/operator-made', {
          selector: { matchLabels: { made: 'elsewhere' } },
          talksTo: [{ workload: { kind: 'Deployment', name: 'b' }, ports: [{ port: 80 }] }],
        }),
      ],
    });
    const pod = strayPod('shop', { made: 'elsewhere' });
    expect(can(pod, 'shop/b', 80)).toBe(true);
    expect(can(pod, 'shop/b', 81)).toBe(false);
    expect(can(strayPod('shop', {}), 'shop/b', 80)).toBe(false);
  });

  test('a pod of no subject is cut in a default-deny namespace and free elsewhere', () => {
    const stray = strayPod('shop', { made: 'elsewhere' });
    expect(ask({ namespaces: denied }).can(stray, '203.0.113.7', 443)).toBe(false);
    expect(ask({}).can(stray, '203.0.113.7', 443)).toBe(true);
  });

  test('nobody is admitted by the name of a namespace that does not exist', () => {
    const pod = strayPod('monitoring', { app: 'squatter' });
    const db = workload('shop/db', { acceptsFrom: 'ns/monitoring' });
    expect(ask({ workloads: [db] }).can(pod, 'shop/db', 80)).toBe(false);
    const known = { workloads: [db, workload('monitoring/prometheus')] };
    expect(ask(known).can(pod, 'shop/db', 80)).toBe(true);
  });
});
