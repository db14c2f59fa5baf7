import { describe, expect, test } from '@jest/globals';
import {
  liveDeny,
  namespace,
  resource,
  service,
  servicePort,
  workload,
} from '../../../test/support/builders.ts';
import { applied } from '../../../test/support/writes.ts';
import { compile } from '../compile/compile.ts';
import { keyOf, keyOfIdentity } from '../model/identity.ts';
import { directions, type NetworkPolicy } from '../model/policy.ts';
import { type DenyRule, defaultSettings } from '../model/settings.ts';
import { World } from './world.ts';

type Strength = DenyRule['strength'];

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

describe('A namespace that only the configuration denies, by a pace', () => {
  const key = (kind: string, namespace: string, name: string) => keyOf({ kind, namespace, name });
  const shop = key('Namespace', '', 'shop');
  const web = key('Deployment', 'shop', 'web');

  function worldOf(labels: Parameters<typeof namespace>[1] = {}, strength: Strength = 'default') {
    const rule = { selector: {}, directions, strength };
    const defaultDeny = { rules: [rule], exclude: [] };
    const world = new World({ ...defaultSettings, defaultDeny }, { paced: true });
    world.put(namespace('shop', labels));
    world.put(workload('shop/web'));
    world.put(workload('shop/db', { acceptsFrom: 'web' }));
    return world;
  }
  const typesOf = (world: World) =>
    [...world.keys()].flatMap((each) =>
      compile(world, each).policies.map(({ spec }) => `${each} ${spec.policyTypes}`),
    );
  const db = key('Deployment', 'shop', 'db');
  const whole = [web, db, shop].map((each) => `${each} Ingress,Egress`);

  test('is denied nothing until it is let go, which concerns all of it', () => {
    const world = worldOf();
    expect(typesOf(world)).toEqual([`${db} Ingress`]);
    expect([...world.letGo('shop')].sort()).toEqual([web, db, shop].sort());
    expect(typesOf(world)).toEqual(whole);
    expect(world.letGo('shop').size).toBe(0);
    world.forgetTurn('shop');
    expect(typesOf(world)).toEqual([`${db} Ingress`]);
  });

  test('does not wait where its own label says so, or its default-deny is live, which wakes all', () => {
    expect(typesOf(worldOf({ deny: 'true' }))).toEqual(whole);
    const world = worldOf();
    expect([...world.put(liveDeny('shop', ['Ingress']))]).toEqual(expect.arrayContaining([web]));
    expect(typesOf(world)).toEqual(whole);
    expect([...world.remove(liveDeny('shop', ['Ingress']))]).toContain(web);
    expect(typesOf(world)).toEqual([`${db} Ingress`]);
  });

  test('is still in audit under a floor, and what would be in audit waits for nothing', () => {
    const labels = { mode: 'audit' };
    const floored = worldOf(labels, 'floor');
    expect(typesOf(floored)).toEqual([]);
    floored.letGo('shop');
    expect(typesOf(floored)).toEqual(whole);
    const audited = compile(worldOf(labels), web);
    expect(audited.policies).toEqual([]);
    expect(audited.wouldBe.map(({ spec }) => spec.policyTypes)).toEqual([directions]);
  });
});
