import { describe, expect, test } from '@jest/globals';
import { ask, podOf, strayPod } from '../../../test/support/ask.ts';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';

describe('names and sources (hard cases 7, 16, 17, 18)', () => {
  const backend = (acceptsFrom: string) => workload('shop/backend', { ports: [8080], acceptsFrom });
  const frontend = workload('shop/frontend', { ports: [3000] });

  test('7: accepts-from names a source; its port is the writer’s own', () => {
    const workloads = [backend('frontend:8080'), frontend];
    const { can } = ask({ workloads });
    expect(can('shop/frontend', 'shop/backend', 8080)).toBe(true);
    expect(can('shop/frontend', 'shop/backend', 3000)).toBe(false);
  });

  test('7: accepts-from without a port means every port, also those not declared', () => {
    const { can } = ask({ workloads: [backend('frontend'), frontend] });
    expect(can('shop/frontend', 'shop/backend', 9090)).toBe(true);
    expect(can('shop/frontend', 'shop/backend', 9090, 'SCTP')).toBe(true);
  });

  test('7: the port of a Service in front of the writer is translated', () => {
    const services = [service('shop/backend', [servicePort(80, 8080, { name: 'web' })])];
    for (const text of ['frontend:80', 'frontend:web', 'frontend:70-90']) {
      const { can } = ask({ workloads: [backend(text), frontend], services });
      expect(can('shop/frontend', 'shop/backend', 8080)).toBe(true);
      expect(can('shop/frontend', 'shop/backend', 80)).toBe(false);
    }
  });

  test('7: the workloads of that name come before the Service', () => {
    const services = [service('shop/frontend', [servicePort(80)], { selector: { app: 'other' } })];
    const workloads = [backend('frontend'), frontend, workload('shop/other')];
    const { can } = ask({ workloads, services });
    expect(can('shop/frontend', 'shop/backend', 80)).toBe(true);
    expect(can('shop/other', 'shop/backend', 80)).toBe(false);
    const only = ask({ workloads: [backend('frontend'), workload('shop/other')], services });
    expect(only.can('shop/other', 'shop/backend', 80)).toBe(true);
  });

  test('16: hash labels in the selector of a Service are not looked at', () => {
    const pod = { 'rollouts-pod-template-hash': 'abc' };
    const services = [
      service('shop/cart', [servicePort(80)], { selector: { app: 'cart', ...pod } }),
    ];
    const cart = workload('shop/cart');
    const { can } = ask({ workloads: [cart, workload('shop/web', { talksTo: 'cart' })], services });
    expect(can('shop/web', podOf(cart, pod), 80)).toBe(true);
    expect(can('shop/web', podOf(cart, { 'rollouts-pod-template-hash': 'new' }), 80)).toBe(true);
    const nothing = [service('shop/cart', [servicePort(80)], { selector: pod })];
    const left = ask({
      workloads: [cart, workload('shop/web', { talksTo: 'cart' })],
      services: nothing,
    });
    expect(left.can('shop/web', podOf(cart, pod), 80)).toBe(false);
  });

  test('17: a runtime label in the selector of a Service still reaches the workload', () => {
    const services = [
      service('shop/pg', [servicePort(5432)], { selector: { app: 'pg', role: 'primary' } }),
    ];
    const workloads = [
      workload('shop/pg'),
      workload('shop/api', { talksTo: 'pg' }),
      workload('shop/other', { labels: { app: 'other', role: 'primary' } }),
    ];
    const { can } = ask({
      workloads,
      services,
      namespaces: [namespace('shop', { deny: 'ingress' })],
    });
    expect(can('shop/api', 'shop/pg', 5432)).toBe(true);
    expect(can('shop/api', 'shop/other', 5432)).toBe(false);
  });

  test('17: a half match counts only where nothing matches in full', () => {
    const part = { 'part-of': 'shop' };
    const services = [
      service('shop/db', [servicePort(80)], { selector: { ...part, component: 'db' } }),
    ];
    const workloads = [
      workload('shop/db', { labels: { app: 'db', ...part, component: 'db' } }),
      workload('shop/web', { labels: { app: 'web', ...part } }),
      workload('shop/api', { talksTo: 'svc/db' }),
    ];
    expect(ask({ workloads, services }).can('shop/api', 'shop/db', 80)).toBe(true);
    expect(ask({ workloads, services }).can('shop/api', 'shop/web', 80)).toBe(false);
    const without = ask({ workloads: workloads.slice(1), services });
    expect(without.can('shop/api', 'shop/web', 80)).toBe(true);
  });

  test("17: where no workload is reached, the Service's own selector is the peer", () => {
    const services = [service('shop/cnpg', [servicePort(80)], { selector: { cluster: 'pg' } })];
    const { can } = ask({ workloads: [workload('shop/api', { talksTo: 'cnpg' })], services });
    expect(can('shop/api', strayPod('shop', { cluster: 'pg' }), 80)).toBe(true);
    expect(can('shop/api', strayPod('shop', { cluster: 'my' }), 80)).toBe(false);
  });

  test('18: a headless Service is not translated, but its names are', () => {
    const services = [
      service('shop/db', [servicePort(80, 8080, { name: 'sql' })], { headless: true }),
    ];
    const talks = (talksTo: string) =>
      ask({ workloads: [workload('shop/db'), workload('shop/api', { talksTo })], services });
    const ports = (talksTo: string) =>
      [80, 8080].filter((port) => talks(talksTo).can('shop/api', 'shop/db', port));
    expect(ports('db:80')).toEqual([80]);
    expect(ports('db:8080')).toEqual([8080]);
    expect(ports('db')).toEqual([80]);
    expect(ports('db:sql')).toEqual([8080]);
    expect(ports('db:79-81')).toEqual([80]);
  });

  test('18: a Service without selector and an ExternalName give no rule', () => {
    const workloads = [workload('shop/db'), workload('shop/api', { talksTo: 'db' })];
    for (const parts of [{ selector: undefined }, { external: true }]) {
      const services = [service('shop/db', [servicePort(80)], parts)];
      expect(ask({ workloads, services }).can('shop/api', 'shop/db', 80)).toBe(false);
    }
  });

  test('22: a hostNetwork workload is no peer', () => {
    const workloads = [
      workload('shop/exporter', { hostNetwork: true }),
      workload('shop/db', { acceptsFrom: 'exporter', ports: [tcp(80)] }),
    ];
    const { can } = ask({ workloads });
    expect(can(strayPod('shop', { app: 'exporter' }), 'shop/db', 80)).toBe(false);
  });
});
