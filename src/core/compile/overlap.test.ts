import { describe, expect, test } from '@jest/globals';
import { namespace, workload } from '../../../test/support/builders.ts';
import { applied } from '../../../test/support/writes.ts';
import { keyOf } from '../model/identity.ts';
import type { WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { compile } from './compile.ts';

const labels = { app: 'shop', component: 'db' };
const shop = workload('shop/shop', { labels: { app: 'shop' }, acceptsFrom: 'none' });
const db = workload('shop/db', { labels, acceptsFrom: 'none' });

/** A world in which the policies of these workloads are live. */
function worldOf(...records: readonly WorldRecord[]): World {
  const world = new World(defaultSettings);
  for (const record of [namespace('shop'), ...records]) world.put(record);
  for (const key of [...world.keys()]) {
    for (const policy of compile(world, key).policies) world.put(applied(policy));
  }
  return world;
}

const overlaps = (world: World, { ref } = db) =>
  compile(world, keyOf(ref)).findings.flatMap((found) =>
    found.code === 'SelectorOverlap' ? [found.data.others] : [],
  );

describe('That another’s policy selects the pods of a workload is told', () => {
  test('where it was left behind when the other selected others; not once it goes', () => {
    const world = worldOf(shop);
    const [old] = world.state('shop')?.policies.values() ?? [];
    world.put(workload('shop/shop', { labels: { app: 'shop', component: 'web' } }));
    world.put(db);
    expect(overlaps(world)).toEqual(['Deployment/shop/shop']);
    const keys = old && world.remove(old);
    expect([...(keys ?? [])]).toContain(keyOf(db.ref));
    expect(overlaps(world)).toEqual([]);
  });

  test('where the other is gone and its policy stays', () => {
    const world = worldOf(shop);
    world.remove(shop);
    world.put(db);
    expect(overlaps(world)).toEqual(['Deployment/shop/shop']);
  });

  test('not where it takes over the very selector of one that is gone', () => {
    const world = worldOf(shop);
    world.remove(shop);
    const heir = workload('shop/heir', { labels: { app: 'shop' }, acceptsFrom: 'none' });
    world.put(heir);
    expect(overlaps(world, heir)).toEqual([]);
  });
});
