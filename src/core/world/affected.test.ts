import { describe, expect, test } from '@jest/globals';
import { resource, service, servicePort, workload } from '../../../test/support/builders.ts';
import { keyOf } from '../model/identity.ts';
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
});
