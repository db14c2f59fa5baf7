import { describe, expect, test } from '@jest/globals';
import { compile } from '../core/compile/compile.ts';
import { talksTo } from '../core/intent/keys.ts';
import { type Key, keyOf } from '../core/model/identity.ts';
import type { NamespaceRecord, WorkloadRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { planKey } from '../core/plan/plan.ts';
import { World } from '../core/world/world.ts';
import { FirstDeny } from './first-deny.ts';

const signal = new AbortController().signal;
const unheld = { isHeld: () => false, onTurn: () => {} };
const denyLabel = 'appconnectivity.dev/default-deny';

function namespace(name: string, labels: Record<string, string> = {}): NamespaceRecord {
  return { kind: 'Namespace', name, uid: '', labels, texts: {}, terminating: false };
}

/** One whose only entry waits for something that is not there. */
function waiting(place: string): WorkloadRecord {
  return {
    kind: 'Workload',
    ref: { group: 'apps', kind: 'Deployment', namespace: place, name: 'web' },
    uid: '1',
    selector: { matchLabels: { app: 'web' } },
    labels: { app: 'web' },
    ports: [],
    hostNetwork: false,
    texts: { [talksTo]: 'later' },
    strays: [],
  };
}

const key = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });

function pacedWorld(): World {
  const rule = { selector: {}, directions: ['Ingress'], strength: 'default' } as const;
  const settings = { ...defaultSettings, defaultDeny: { rules: [rule], exclude: [] } };
  return new World(settings, { paced: true });
}

/** Two namespaces with something amiss and one without, all to be denied at any speed. */
function begin() {
  const world = pacedWorld();
  for (const name of ['a', 'b', 'c']) world.put(namespace(name));
  for (const place of ['a', 'b']) world.put(waiting(place));
  const client = { list: () => Promise.resolve({ items: [], resourceVersion: '1' }) };
  const pace = { namespaces: 100, interval: 1 };
  const firstDeny = new FirstDeny({ world, client, pace, now: () => 0, ...unheld });
  const goes = async (name: string): Promise<boolean> => {
    const key: Key = keyOf({ kind: 'Namespace', namespace: '', name });
    const plan = planKey(world, key, compile(world, key).policies);
    return (await firstDeny.ask(key, plan, signal)).wait === undefined;
  };
  return { world, goes };
}

describe('A default-deny', () => {
  const stray = { metadata: { name: 'stray', namespace: 'shop', uid: '1', resourceVersion: '1' } };
  const [denied, open] = [namespace('shop', { [denyLabel]: 'true' }), namespace('shop')];

  /** A namespace with a pod of no known workload, that is to be denied. */
  function beginDenied() {
    const world = new World(defaultSettings);
    const list = () => Promise.resolve({ items: [stray], resourceVersion: '1' });
    const client = { list };
    const firstDeny = new FirstDeny({ world, client, pace: undefined, now: () => 0, ...unheld });
    const codes = async () => {
      firstDeny.note(key);
      const plan = planKey(world, key, compile(world, key).policies);
      return (await firstDeny.ask(key, plan, signal)).findings.map(({ code }) => code);
    };
    world.put(denied);
    const [policy] = compile(world, key).policies;
    if (policy === undefined) throw new Error('there is no default-deny');
    const meta = { uid: '1', resourceVersion: '1', applied: true };
    return { world, firstDeny, codes, live: { kind: 'NetworkPolicy', policy, ...meta } as const };
  }

  test('is a first one again after the namespace was not to be denied, and not after a deletion', async () => {
    const { world, codes, live } = beginDenied();
    expect(await codes()).toEqual(['Unmanaged']);
    world.put(live);
    expect(await codes()).toEqual([]);
    world.remove(live);
    expect(await codes()).toEqual([]);
    world.put(open);
    expect(await codes()).toEqual([]);
    world.put(denied);
    expect(await codes()).toEqual(['Unmanaged']);
  });

  test('is a first one of a namespace that was made anew under its name, however late that is seen', async () => {
    const { world, firstDeny, codes, live } = beginDenied();
    world.put(live);
    expect(await codes()).toEqual([]);
    firstDeny.leave('shop');
    for (const old of [denied, live]) world.remove(old);
    world.put({ ...denied, uid: 'another' });
    expect(await codes()).toEqual(['Unmanaged']);
  });
});

describe('A pace', () => {
  test('lets so many namespaces go in any interval, and none while writes are held', async () => {
    const world = pacedWorld();
    const list = () => Promise.resolve({ items: [], resourceVersion: '1' });
    let time = 0;
    const pace = { namespaces: 2, interval: 100 };
    const options = { world, client: { list }, pace, now: () => time };
    let held = true;
    const firstDeny = new FirstDeny({ ...options, ...unheld, isHeld: () => held });
    const waitOf = async (name: string) => {
      world.put(namespace(name));
      const place = keyOf({ kind: 'Namespace', namespace: '', name });
      const plan = planKey(world, place, compile(world, place).policies);
      return (await firstDeny.ask(place, plan, signal)).wait;
    };
    expect(await waitOf('a')).toBe(30_000);
    held = false;
    expect([await waitOf('a'), await waitOf('b'), await waitOf('c')]).toEqual([
      ...[undefined, undefined, 100],
    ]);
    time = 60;
    expect(await waitOf('c')).toBe(40);
    time = 100;
    expect([await waitOf('c'), await waitOf('d'), await waitOf('e')]).toEqual([
      ...[undefined, undefined, 100],
    ]);
  });
});

test('A pace that two workloads stop names the same one, whichever was known first', async () => {
  const client = { list: () => Promise.resolve({ items: [], resourceVersion: '1' }) };
  const pace = { namespaces: 1, interval: 100 };
  const two = ['b', 'a'].map((name) => {
    const { ref, ...rest } = waiting('shop');
    return { ...rest, ref: { ...ref, name }, texts: { [talksTo]: `later-${name}` } };
  });
  for (const records of [two, two.toReversed()]) {
    const world = pacedWorld();
    world.load([namespace('shop'), ...records]);
    const firstDeny = new FirstDeny({ world, client, pace, now: () => 0, ...unheld });
    const plan = planKey(world, key, compile(world, key).policies);
    const { findings } = await firstDeny.ask(key, plan, signal);
    expect(findings).toMatchObject([{ data: { reason: '"later-a" of Deployment a is pending' } }]);
  }
});

test('A namespace that was made anew under its name has to wait for its turn again', async () => {
  const world = pacedWorld();
  const client = { list: () => Promise.resolve({ items: [], resourceVersion: '1' }) };
  const pace = { namespaces: 1, interval: 100 };
  const firstDeny = new FirstDeny({ world, client, pace, now: () => 0, ...unheld });
  const place = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });
  const waitOf = async () => {
    const plan = planKey(world, place, compile(world, place).policies);
    return (await firstDeny.ask(place, plan, signal)).wait;
  };
  world.put(namespace('shop'));
  expect(await waitOf()).toBeUndefined();
  firstDeny.leave('shop');
  world.remove(namespace('shop'));
  world.put(namespace('shop'));
  expect(await waitOf()).toBe(100);
});

describe('A pace that has stopped before namespaces with something amiss', () => {
  test('goes on once it is settled in all of them, whichever is looked at first', async () => {
    const { world, goes } = begin();
    expect([await goes('a'), await goes('b'), await goes('c')]).toEqual([false, false, false]);
    world.remove(waiting('b'));
    expect([await goes('b'), await goes('c')]).toEqual([false, false]);
    world.remove(waiting('a'));
    expect([await goes('a'), await goes('b'), await goes('c')]).toEqual([true, true, true]);
  });

  test.each<[string, (world: World, name: string) => void]>([
    ['is gone', (world, name) => world.remove(namespace(name))],
    [
      'is labelled not to be denied',
      (world, name) => world.put(namespace(name, { [denyLabel]: 'false' })),
    ],
    [
      'is labelled to be denied',
      (world, name) => world.put(namespace(name, { [denyLabel]: 'true' })),
    ],
    ['is going', (world, name) => world.put({ ...namespace(name), terminating: true })],
  ])('does not wait for one that %s', async (_, settle) => {
    const { world, goes } = begin();
    expect([await goes('a'), await goes('b'), await goes('c')]).toEqual([false, false, false]);
    settle(world, 'a');
    expect(await goes('c')).toBe(false);
    settle(world, 'b');
    expect(await goes('c')).toBe(true);
  });
});
