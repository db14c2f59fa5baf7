import { describe, expect, test } from '@jest/globals';
import { resource, service, servicePort, workload } from '../../../test/support/builders.ts';
import { applied } from '../../../test/support/writes.ts';
import { keyOf, keyOfIdentity } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from './world.ts';

describe('A change', () => {
  test('of who stands behind a Service reaches the resources about those whom it reached by half', () => {
    const world = new World(defaultSettings);
    const labels = { app: 'cart', tier: 'back', 'part-of': 'shop' };
    const selector = { 'part-of': 'shop', component: 'a' };
    world.put(workload('shop/half', { labels, selector: { matchLabels: { app: 'cart' } } }));
    world.put(service('shop/db', [servicePort(80, 8080)], { selector }));
    const acceptsFrom = [{ entity: 'Internet', ports: [{ port: 80 }] }];
    world.put(resource('shop/one', { selector: { matchLabels: { tier: 'back' } }, acceptsFrom }));
    const keys = world.put(workload('shop/whole', { labels: selector }));
    expect([...keys]).toContain(keyOf({ kind: 'AppConnectivity', namespace: 'shop', name: 'one' }));
  });

  test('of a workload reaches those in audit that have a policy which selects it', () => {
    const world = new World(defaultSettings);
    const labels = { app: 'shop', component: 'web' };
    const audited = workload('shop/web', { labels, mode: 'audit' });
    world.put(audited);
    const key = keyOf(audited.ref);
    const annotations = { 'appconnectivity.dev/identity': 'Deployment/web' };
    const policy: NetworkPolicy = {
      ...({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' } as const),
      metadata: { name: 'appconn-web-1', namespace: 'shop', annotations },
      spec: { podSelector: { matchLabels: { app: 'shop' } } },
    };
    expect(keyOfIdentity(policy)).toBe(key);
    world.put(applied(policy));
    const db = workload('shop/db', { labels: { app: 'shop', component: 'db' } });
    expect([...world.put(db)]).toContain(key);
  });
});
