import { describe, expect, test } from '@jest/globals';
import { compile } from '../core/compile/compile.ts';
import { acceptsFrom, talksTo } from '../core/intent/keys.ts';
import { keyOf } from '../core/model/identity.ts';
import type { WorkloadRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { type Change, policyOf } from '../core/plan/change.ts';
import { World } from '../core/world/world.ts';
import { causes, KubeError } from '../kube/errors.ts';
import {
  carryOut,
  createReconciler,
  live,
  namespace,
  namespaceKey,
  signal,
  web,
  workload,
} from './fixtures/reconciler.ts';
import type { Reconciler } from './look.ts';
import { reconcile } from './reconcile.ts';

const names = [...'abcdefghijkl'];
const dbKey = keyOf(workload('db').ref);
const db = (...from: string[]) => workload('db', { [acceptsFrom]: from.join() });

/** A namespace in which db accepts twelve peers by many policies, which are live. */
function shardedWorld(peersPerPolicy: number): World {
  const world = new World({ ...defaultSettings, peersPerPolicy });
  for (const record of [namespace(), db(...names), ...[...names, 'm', 'n'].map((n) => workload(n))])
    world.put(record);
  writeAll(world, db());
  return world;
}

function writeAll(world: World, ...records: WorkloadRecord[]): void {
  for (const { ref } of records) {
    for (const policy of compile(world, keyOf(ref)).policies) world.put(live(policy));
  }
}

/** Carries writes out, after `before` had its turn, and gives what was written. */
function carryingOut(world: World, before: (index: number) => void = () => {}) {
  const performed: Change[] = [];
  const perform: Reconciler['perform'] = (_key, change) => {
    before(performed.length);
    performed.push(change);
    return Promise.resolve(carryOut(world, change));
  };
  return { perform, performed };
}

const typesOf = (changes: readonly Change[]) => changes.map(({ type }) => type);

describe('What follows from the writes of a run', () => {
  test.each([
    ['a kind may not be read', { unsynced: () => ['services'] }],
    ['the first plan is not known whole', { starting: true }],
  ])('is not lost while %s', async (_sentence, given) => {
    const world = shardedWorld(2);
    world.put(db('a', 'b'));
    const { reconciler } = createReconciler(world, given);
    const { perform, performed } = carryingOut(world);
    expect((await reconcile({ ...reconciler, perform }, dbKey, signal)).kind).toBe('after');
    expect(new Set(typesOf(performed))).toEqual(new Set(['create']));
  });

  test('is lost in the same run where nothing holds it', async () => {
    const world = shardedWorld(3);
    world.put(db('a', 'b'));
    const { reconciler } = createReconciler(world);
    const { perform, performed } = carryingOut(world);
    expect(await reconcile({ ...reconciler, perform }, dbKey, signal)).toEqual({ kind: 'done' });
    expect(typesOf(performed)).toContain('delete');
    expect(world.state('shop')?.policies.size).toBe(compile(world, dbKey).policies.length);
  });

  test('is looked at again later where it has no end, and others have their turn', async () => {
    const world = shardedWorld(2);
    world.put(db('a', 'b'));
    const { reconciler } = createReconciler(world);
    const performed: Change[] = [];
    const perform: Reconciler['perform'] = (_key, change) => {
      performed.push(change);
      return Promise.resolve({ result: 'written', record: live(policyOf(change)) });
    };
    expect((await reconcile({ ...reconciler, perform }, dbKey, signal)).kind).toBe('after');
    expect(performed.length).toBeLessThan(50);
  });
});

describe('A write', () => {
  test('is not made when something begins to hold it during the write before it', async () => {
    const world = shardedWorld(3);
    world.put(db('a', 'b'));
    const unsynced: string[] = [];
    const { reconciler, memory } = createReconciler(world, { unsynced: () => unsynced });
    const { perform, performed } = carryingOut(world, () => {
      if (performed.at(-1)?.type === 'delete') unsynced.push('services');
    });
    expect((await reconcile({ ...reconciler, perform }, dbKey, signal)).kind).toBe('after');
    expect(typesOf(performed).filter((type) => type === 'delete')).toHaveLength(2);
    expect(memory.stops.get(dbKey)?.code).toBe('NotKnownWhole');
  });

  test('does not hold what was withdrawn during the write before it', async () => {
    const world = shardedWorld(4);
    world.put(db(...names, 'm', 'n'));
    const { reconciler } = createReconciler(world);
    const { perform, performed } = carryingOut(world, (index) => {
      if (index === 0) world.put(db(...names, 'm'));
    });
    await reconcile({ ...reconciler, perform }, dbKey, signal);
    expect(performed.length).toBeGreaterThan(1);
    const later = performed.slice(1).map((change) => JSON.stringify(policyOf(change).spec));
    expect(later.filter((spec) => spec.includes('"app":"n"'))).toEqual([]);
  });
});

describe('A write that fails', () => {
  /** Forty policies that nobody wants any more, and how many of their deletes are sent. */
  async function loseForty(error: unknown, isCarriedOut: boolean) {
    const world = new World(defaultSettings);
    const records = Array.from({ length: 40 }, (_, index) => workload(`app-${index}`));
    world.put(namespace());
    for (const { ref } of records) world.put(workload(ref.name, { [acceptsFrom]: 'none' }));
    writeAll(world, ...records);
    for (const record of records) world.put(record);
    const { reconciler } = createReconciler(world);
    let sent = 0;
    const perform: Reconciler['perform'] = (_key, change) => {
      sent += 1;
      if (isCarriedOut) carryOut(world, change);
      return Promise.reject(error);
    };
    for (const { ref } of records) {
      await reconcile({ ...reconciler, perform }, keyOf(ref), signal).catch(() => {});
    }
    return { sent, trips: reconciler.holds.breaker.trips.size };
  }

  test('counts as made where its answer is lost', async () => {
    const lost = new KubeError('no answer', { causeCode: causes.timeout });
    expect(await loseForty(lost, true)).toEqual({ sent: 10, trips: 2 });
  });

  test('does not count where the API server refused it', async () => {
    const refused = new KubeError('the object has changed', { status: 409 });
    expect(await loseForty(refused, false)).toEqual({ sent: 40, trips: 0 });
  });

  test('does not count where the pods of its workload could not be listed before it', async () => {
    const world = new World(defaultSettings);
    world.put(namespace());
    const records = Array.from({ length: 40 }, (_, index) => workload(`app-${index}`));
    for (const { ref } of records) world.put(workload(ref.name, { [acceptsFrom]: 'none' }));
    writeAll(world, ...records);
    const { reconciler, memory } = createReconciler(world);
    const perform: Reconciler['perform'] = () => Promise.reject(new Error('no answer'));
    for (const record of records) {
      world.remove(record);
      memory.drainPauses.set(keyOf(record.ref), 2_000);
      await reconcile({ ...reconciler, perform }, keyOf(record.ref), signal).catch(() => {});
    }
    expect(reconciler.holds.breaker.trips.size).toBe(0);
  });
});

describe('A default-deny whose pods are listed', () => {
  const pod = { metadata: { name: 'stray', namespace: 'shop', uid: '2', resourceVersion: '2' } };

  /** A namespace that waits for nothing but its first default-deny; `meanwhile` its pods are listed. */
  function deny(meanwhile: (world: World) => void) {
    const world = new World(defaultSettings);
    for (const record of [namespace('true'), web, workload('pay')]) world.put(record);
    writeAll(world, web, workload('pay'));
    const list = () => {
      meanwhile(world);
      return Promise.resolve({ items: [pod], resourceVersion: '1' });
    };
    const { reconciler, clock } = createReconciler(world, { list });
    const { perform, performed } = carryingOut(world);
    const apart = { ...reconciler, perform };
    return {
      world,
      clock,
      performed,
      apart,
      list,
      run: () => reconcile(apart, namespaceKey, signal),
    };
  }

  const speak = (world: World) => {
    world.put(workload('web', { [talksTo]: 'pay' }));
    world.put(workload('late', { [acceptsFrom]: 'none' }));
  };

  test('waits for what was said meanwhile, until the minute is over', async () => {
    const { run, clock, performed } = deny(speak);
    expect((await run()).kind).toBe('after');
    expect(performed).toEqual([]);
    clock.time = 60_000;
    await run();
    expect(typesOf(performed)).toEqual(['create']);
  });

  test('names them in the policy though it had to wait after that', async () => {
    const { run, world, performed } = deny(speak);
    await run();
    writeAll(world, web, workload('pay'), workload('late'));
    await run();
    expect(JSON.stringify(performed)).toContain('"appconnectivity.dev/unmanaged":"stray"');
  });

  test('does not go in when it is not wanted any more', async () => {
    const { run, performed } = deny((world) => world.put(namespace()));
    await run();
    expect(performed).toEqual([]);
  });
});
