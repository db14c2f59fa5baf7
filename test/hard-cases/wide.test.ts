import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, workload } from './given.ts';

const shop = namespace('shop');
const deployment = (name: string) => ({ workload: { kind: 'Deployment', name } });

describe('Wide entries', () => {
  test('are Allowed, as far as this end decides, where the live policy holds this very peer', () => {
    const manifests = [
      shop,
      namespace('pay', { labels: { team: 'a' } }),
      workload('shop/web', { talksTo: '@cluster:443, @namespace, ns/pay' }),
      resource('shop/web', {
        ...deployment('web'),
        talksTo: [{ namespace: { selector: { matchLabels: { team: 'a' } } } }],
      }),
    ];
    const { states, why } = given(manifests);
    expect(new Set(Object.values(states))).toEqual(new Set(['Allowed/ThisEndAllows']));
    expect(why['web: ns/pay']).toBe(
      'allowed as far as this end decides; no workload of namespace pay is known',
    );
    expect(why['web: @cluster:443']).toBe('allowed as far as this end decides');
  });

  test('wait while the live policy holds other peers or ports only', () => {
    const before = given([shop, workload('shop/web', { talksTo: '@cluster:80' })]);
    const stateOf = (talksTo: string) =>
      given([shop, workload('shop/web', { talksTo })], { live: before.policies }).states;
    expect(stateOf('@cluster:80')).toEqual({ 'web: @cluster:80': 'Allowed/ThisEndAllows' });
    expect(stateOf('@cluster:81')).toEqual({ 'web: @cluster:81': 'Pending/NotWritten' });
    expect(stateOf('@namespace:80')).toEqual({ 'web: @namespace:80': 'Pending/NotWritten' });
    expect(stateOf('@cluster')).toEqual({ 'web: @cluster': 'Pending/NotWritten' });
  });

  test('by labels are judged by the known pods, though no single pod could stand for them', () => {
    const { states } = given([
      shop,
      workload('shop/web'),
      workload('shop/db', { labels: { app: 'db', tier: 'data' } }),
      resource('shop/web', {
        ...deployment('web'),
        talksTo: [
          {
            pods: {
              selector: {
                matchLabels: { app: 'db' },
                matchExpressions: [{ key: 'tier', operator: 'Exists' }],
              },
            },
          },
        ],
      }),
    ]);
    expect(Object.values(states)).toEqual(['Open/Open']);
  });

  test('towards one namespace are judged by its workloads, and the worst counts', () => {
    const { states, why } = given([
      shop,
      namespace('pay', { deny: 'ingress' }),
      workload('shop/web', { talksTo: 'ns/pay' }),
      workload('pay/api', { acceptsFrom: 'web.shop' }),
      workload('pay/db'),
    ]);
    expect(states['web: ns/pay']).toBe('Pending/ConsentRequired');
    expect(why['web: ns/pay']).toContain('accepts-from: web.shop to Deployment db');
    const open = given([
      shop,
      namespace('pay'),
      workload('shop/web', { talksTo: 'ns/pay' }),
      workload('pay/db'),
    ]);
    expect(open.states['web: ns/pay']).toBe('Open/Open');
  });
});
