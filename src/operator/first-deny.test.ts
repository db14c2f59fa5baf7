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
const deny = 'appconnectivity.dev/default-deny';

function namespace(name: string, labels: Record<string, string> = {}): NamespaceRecord {
  return { kind: 'Namespace', name, labels, texts: {}, terminating: false };
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

/** Two namespaces with something amiss and one without, all to be denied at any speed. */
function begin() {
  const world = new World({
    ...defaultSettings,
    defaultDeny: {
      rules: [{ selector: {}, directions: ['Ingress'], strength: 'default' }],
      exclude: [],
    },
  });
  for (const name of ['a', 'b', 'c']) world.put(namespace(name));
  for (const place of ['a', 'b']) world.put(waiting(place));
  const client = { list: () => Promise.resolve({ items: [], resourceVersion: '1' }) };
  const pace = { namespaces: 100, interval: 1 };
  const firstDeny = new FirstDeny({ world, client, pace, now: () => 0 });
  const goes = async (name: string): Promise<boolean> => {
    const key: Key = keyOf({ kind: 'Namespace', namespace: '', name });
    const plan = planKey(world, key, compile(world, key).policies);
    return (await firstDeny.ask(key, plan, signal)).wait === undefined;
  };
  return { world, goes };
}

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
      (world, name) => world.put(namespace(name, { [deny]: 'false' })),
    ],
    ['is labelled to be denied', (world, name) => world.put(namespace(name, { [deny]: 'true' }))],
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
