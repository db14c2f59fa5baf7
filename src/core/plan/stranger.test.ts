import { describe, expect, test } from '@jest/globals';
import { namespace, resource, workload } from '../../../test/support/builders.ts';
import { applied } from '../../../test/support/writes.ts';
import { compile } from '../compile/compile.ts';
import { type Key, keyOf } from '../model/identity.ts';
import type { Labels } from '../model/labels.ts';
import { bridgeAnnotation } from '../model/names.ts';
import type { WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { planKey } from './plan.ts';

const keyOfWorkload = (name: string) => keyOf({ kind: 'Deployment', namespace: 'shop', name });
const db = keyOfWorkload('db');

const declaring = (name: string, labels: Labels, acceptsFrom?: string, talksTo?: string) =>
  workload(`shop/${name}`, { labels, acceptsFrom, talksTo });

function worldOf(...records: readonly WorldRecord[]): World {
  const world = new World(defaultSettings);
  for (const record of [namespace('shop'), ...records]) world.put(record);
  return world;
}

/** Makes what may be written of one key, again and again; nobody else's is ever written. */
function settle(world: World, key: Key): void {
  for (let round = 0; round < 5; round++) {
    for (const change of planKey(world, key, compile(world, key).policies).changes) {
      if (change.type === 'delete') world.remove(change.live);
      else world.put(applied(change.policy));
    }
  }
}

const policyOf = (world: World, key = db) =>
  [...(world.state('shop')?.policiesFor(key) ?? [])].map(({ policy }) => policy)[0];

describe('What cannot be written of a workload that shares no pod', () => {
  const web = declaring('web', { component: 'web' }, 'client');

  test('does not hold another one open', () => {
    const world = worldOf(web, declaring('db', { app: 'db' }, 'none'));
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toEqual([]);
    expect(policyOf(world)?.metadata.annotations?.[bridgeAnnotation]).toBeUndefined();
    const { held, more } = planKey(world, db, compile(world, db).policies);
    expect([held, more]).toEqual([false, false]);
  });

  test('does not keep another one from losing a rule, be it along with a direction', () => {
    const client = declaring('client', { app: 'client' });
    const world = worldOf(client, declaring('db', { app: 'db' }, 'client', 'client'));
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toHaveLength(1);
    world.put(web);
    world.put(declaring('db', { app: 'db' }, 'none', 'client'));
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toEqual([]);
    world.put(declaring('web', { component: 'web' }, 'client', 'client'));
    world.put(declaring('db', { app: 'db' }, 'none'));
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toEqual([]);
  });
});

describe('What is to be written of a subject with pods in common', () => {
  test('is waited for: a bridge holds its flows until then', () => {
    const both = declaring('web', { app: 'db', component: 'web' }, 'client');
    const world = worldOf(both, declaring('db', { app: 'db' }, 'none'));
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toEqual([{}]);
    settle(world, keyOfWorkload('web'));
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toEqual([]);
  });

  test('is waited for as well where no template tells of either', () => {
    const speaking = (name: string, labels: Labels) => {
      const acceptsFrom = [{ workload: { kind: 'Deployment', name: 'client' } }];
      return resource(`shop/${name}`, { selector: { matchLabels: labels }, acceptsFrom });
    };
    const one = keyOf({ kind: 'AppConnectivity', namespace: 'shop', name: 'one' });
    const bare = [speaking('one', { app: 'pg' }), speaking('two', { role: 'primary' })];
    const world = worldOf(...bare, declaring('db', { app: 'db' }, 'none'));
    settle(world, one);
    expect(policyOf(world, one)?.spec.ingress).toEqual([{}]);
    settle(world, db);
    expect(policyOf(world)?.spec.ingress).toEqual([]);
  });
});
