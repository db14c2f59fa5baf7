import { describe, expect, test } from '@jest/globals';
import { compile } from '../core/compile/compile.ts';
import { talksTo } from '../core/intent/keys.ts';
import { type Key, keyOf } from '../core/model/identity.ts';
import type { WorkloadRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import { performChange } from './apply.ts';
import { FirstDeny } from './first-deny.ts';
import {
  createReconciler,
  live,
  namespace,
  namespaceKey,
  signal,
  unheld,
  web,
  webKey,
} from './fixtures/reconciler.ts';
import type { Reconciler } from './look.ts';
import { reconcile } from './reconcile.ts';

const day = 86_400_000;

describe('A default-deny that waits for its workloads', () => {
  test('begins a new wait when it was wanted no more in between, however long ago that was', async () => {
    const world = new World(defaultSettings);
    for (const record of [namespace('true'), web]) world.put(record);
    const { reconciler, memory, clock, performed } = createReconciler(world);
    expect((await reconcile(reconciler, namespaceKey, signal)).kind).toBe('after');
    world.put(namespace());
    expect((await reconcile(reconciler, namespaceKey, signal)).kind).toBe('done');
    expect(memory.denyWaits.size).toBe(0);
    clock.time = day;
    world.put(namespace('true'));
    expect((await reconcile(reconciler, namespaceKey, signal)).kind).toBe('after');
    expect(performed).toEqual([]);
  });

  test('goes in once the last of them has its policy, and after a minute whatever is missing', async () => {
    const world = new World(defaultSettings);
    for (const record of [namespace('true'), web]) world.put(record);
    const first = createReconciler(world);
    await reconcile(first.reconciler, namespaceKey, signal);
    first.clock.time = 60_000;
    await reconcile(first.reconciler, namespaceKey, signal);
    expect(first.performed.map(({ type }) => type)).toEqual(['create']);
    for (const policy of compile(world, webKey).policies) world.put(live(policy));
    const second = createReconciler(world);
    await reconcile(second.reconciler, namespaceKey, signal);
    expect(second.performed.map(({ type }) => type)).toEqual(['create']);
  });
});

describe('A breaker that trips as the first plan becomes known', () => {
  /** Eleven live policies that nobody wants any more, and a default-deny that waits for web. */
  async function trip(create: (body: { reason: string }) => Promise<unknown>) {
    const world = new World(defaultSettings);
    for (const record of [namespace('true'), web]) world.put(record);
    const { reconciler } = createReconciler(world, {
      create: (_path, body) => create(body as { reason: string }),
    });
    const { holds } = reconciler;
    const silent = Array.from({ length: 11 }, (_, index): WorkloadRecord => {
      const ref = { ...web.ref, namespace: 'other', name: `app-${index}` };
      const labels = { app: ref.name };
      return { ...web, ref, labels, selector: { matchLabels: labels } };
    });
    for (const record of silent) {
      world.put(record);
      for (const policy of compile(world, keyOf(record.ref)).policies) world.put(live(policy));
      world.put({ ...record, texts: {} });
    }
    const keys = silent.map(({ ref }) => keyOf(ref));
    holds.start();
    for (const key of keys) await reconcile(reconciler, key, signal);
    holds.begin();
    return { keys, run: (key: Key) => reconcile(reconciler, key, signal) };
  }

  test('is told of though the next to run is a default-deny that waits', async () => {
    const reasons: string[] = [];
    const { keys, run } = await trip(({ reason }) => Promise.resolve(reasons.push(reason)));
    expect((await run(namespaceKey)).kind).toBe('after');
    for (const key of keys) await run(key);
    expect(reasons).toEqual(['BreakerTripped', 'BreakerTripped']);
  });

  test('is told of again where telling failed', async () => {
    const reasons: string[] = [];
    let works = false;
    const { keys, run } = await trip(({ reason }) =>
      works ? Promise.resolve(reasons.push(reason)) : Promise.reject(new Error('not now')),
    );
    await run(keys[0] ?? namespaceKey).catch(() => {});
    works = true;
    for (const key of keys) await run(key);
    expect(reasons).toEqual(['BreakerTripped', 'BreakerTripped']);
  });
});

describe('Pods that a default-deny cuts for want of a declaration', () => {
  const stray = {
    metadata: { name: 'stray', namespace: 'shop', uid: '2', resourceVersion: '2' },
  };
  const list = () => Promise.resolve({ items: [stray], resourceVersion: '1' });

  /** What happens in one run, in order; the first Event fails if `fails` is set. */
  async function runOnce(fails: boolean): Promise<string[]> {
    const world = new World(defaultSettings);
    world.put(namespace('true'));
    const { reconciler, clock } = createReconciler(world);
    const happened: string[] = [];
    const create = (_path: string, event: unknown) => {
      const { reason } = event as { reason: string };
      const failed = fails && happened.length === 0;
      happened.push(failed ? `${reason} fails` : reason);
      return failed ? Promise.reject(new Error('no Events')) : Promise.resolve(undefined);
    };
    const client = { ...reconciler.reporter.client, create };
    const reporter = { ...reconciler.reporter, client };
    const now = () => clock.time;
    const firstDeny = new FirstDeny({ world, client: { list }, pace: undefined, now, ...unheld });
    const perform: Reconciler['perform'] = (_key, { type }) => {
      happened.push(type);
      return Promise.resolve({ result: 'needed' });
    };
    await reconcile({ ...reconciler, reporter, firstDeny, perform }, namespaceKey, signal);
    return happened;
  }

  test('are named before it is written', async () => {
    expect(await runOnce(false)).toEqual(['Unmanaged', 'create']);
  });

  test('are named afterwards where that failed at first, and it goes in all the same', async () => {
    expect(await runOnce(true)).toEqual(['Unmanaged fails', 'create', 'Unmanaged']);
  });
});

describe('Whose access the first word of a workload ends', () => {
  const other = { ...web, ref: { ...web.ref, name: 'api' }, uid: '3' };
  const shop = { matchLabels: { app: 'api' } };

  test('is told although the Event failed when the policy was written', async () => {
    const world = new World(defaultSettings);
    const named = { ...web, texts: { [talksTo]: 'api' } };
    const first = { ...other, selector: shop, labels: shop.matchLabels };
    for (const record of [namespace(), named, first]) world.put(record);
    const { reconciler } = createReconciler(world);
    const told: string[] = [];
    let fails = 1;
    const create = (_path: string, event: unknown) => {
      if (fails-- > 0) return Promise.reject(new Error('no Events'));
      return Promise.resolve(void told.push((event as { reason: string }).reason));
    };
    const client = { ...reconciler.reporter.client, create };
    const reporter = { ...reconciler.reporter, client };
    const perform: Reconciler['perform'] = (_key, change) => {
      const record = live(change.type === 'delete' ? change.live.policy : change.policy);
      world.put(record);
      return Promise.resolve({ result: 'written', record });
    };
    const apart = { ...reconciler, reporter, perform };
    const run = () => reconcile(apart, keyOf(other.ref), signal);
    await run().catch(run);
    expect(told).toEqual(['EndsAccess']);
  });
});

describe('A policy that drains', () => {
  test('does not count as lost while it waits for its pods, however many do', async () => {
    const world = new World(defaultSettings);
    world.put(namespace());
    const workloads = Array.from({ length: 30 }, (_, index): WorkloadRecord => {
      const name = `web-${index}`;
      const labels = { app: name };
      return { ...web, ref: { ...web.ref, name }, selector: { matchLabels: labels }, labels };
    });
    for (const each of workloads) {
      world.put(each);
      for (const policy of compile(world, keyOf(each.ref)).policies) world.put(live(policy));
    }
    const { reconciler } = createReconciler(world);
    for (const each of workloads) {
      world.remove(each);
      expect((await reconcile(reconciler, keyOf(each.ref), signal)).kind).toBe('after');
    }
    expect(reconciler.holds.breaker.held('shop')).toHaveLength(30);
    expect(reconciler.holds.breaker.trips.size).toBe(0);
  });

  test('is asked for its pods after two seconds, then each time twice as late, at most a minute', async () => {
    const world = new World(defaultSettings);
    for (const record of [namespace(), web]) world.put(record);
    for (const policy of compile(world, webKey).policies) world.put(live(policy));
    world.remove(web);
    const { reconciler } = createReconciler(world);
    const pauses: (number | undefined)[] = [];
    for (let times = 0; times < 7; times++) {
      const outcome = await reconcile(reconciler, webKey, signal);
      pauses.push(outcome.kind === 'after' ? outcome.milliseconds / 1000 : undefined);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });

  test('is not deleted when its workload comes back while its pods are asked for', async () => {
    const world = new World(defaultSettings);
    for (const record of [namespace(), web]) world.put(record);
    for (const policy of compile(world, webKey).policies) world.put(live(policy));
    world.remove(web);
    const removed: string[] = [];
    const client: Pick<KubeClient, 'apply' | 'remove' | 'list'> = {
      apply: () => Promise.reject(new Error('nothing is to be applied')),
      remove: (path) => Promise.resolve(removed.push(path)),
      list: () => {
        world.put(web);
        return Promise.resolve({ items: [], resourceVersion: '1' });
      },
    };
    const { reconciler, memory } = createReconciler(world);
    memory.drainPauses.set(webKey, 2000);
    const perform: Reconciler['perform'] = (_key, change, wanted) =>
      performChange(client, change, wanted, signal);
    await reconcile({ ...reconciler, perform }, webKey, signal);
    expect(removed).toEqual([]);
    world.remove(web);
    const gone = { ...client, list: () => Promise.resolve({ items: [], resourceVersion: '1' }) };
    const again: Reconciler['perform'] = (_key, change, wanted) =>
      performChange(gone, change, wanted, signal);
    await reconcile({ ...reconciler, perform: again }, webKey, signal);
    expect(removed).toHaveLength(1);
  });
});
