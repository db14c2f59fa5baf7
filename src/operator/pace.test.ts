import { expect, test } from '@jest/globals';
import { namespace, workload } from '../../test/support/builders.ts';
import { type Key, keyOf } from '../core/model/identity.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { policyOf } from '../core/plan/change.ts';
import { World } from '../core/world/world.ts';
import { FirstDeny } from './first-deny.ts';
import { carryOut, createReconciler, signal } from './fixtures/reconciler.ts';
import type { Reconciler } from './look.ts';
import { reconcile } from './reconcile.ts';

const interval = 60_000;
const [shop, first] = ['shop', 'first'].map((name) =>
  keyOf({ kind: 'Namespace', namespace: '', name }),
) as [Key, Key];
const [silent, declared] = ['silent', 'declared'].map((name) =>
  keyOf({ kind: 'Deployment', namespace: 'shop', name }),
) as [Key, Key];

/** All namespaces are to be denied, one in a minute. `run` gives after how long a key runs again. */
function begin() {
  const rule = { selector: {}, directions: ['Ingress', 'Egress'], strength: 'default' } as const;
  const defaultDeny = { rules: [rule], exclude: [] };
  const world = new World({ ...defaultSettings, defaultDeny }, { paced: true });
  world.put(namespace('first'));
  world.put(namespace('shop'));
  world.put(workload('shop/silent'));
  world.put(workload('shop/declared', { acceptsFrom: 'silent' }));
  const { reconciler: plain, clock } = createReconciler(world);
  const written: string[] = [];
  const woken: Key[] = [];
  const turns = { isHeld: () => false, onTurn: (keys: Iterable<Key>) => woken.push(...keys) };
  const client = { list: () => Promise.resolve({ items: [], resourceVersion: '1' }) };
  const pace = { namespaces: 1, interval };
  const reconciler: Reconciler = {
    ...plain,
    firstDeny: new FirstDeny({ world, client, pace, now: clock.now, ...turns }),
    perform: (_key, change) => {
      const policy = policyOf(change);
      written.push(`${nameOfPolicy(policy).split('-')[1]} ${policy.spec.policyTypes}`);
      return Promise.resolve(carryOut(world, change));
    },
  };
  const run = async (key: Key) => {
    const outcome = await reconcile(reconciler, key, signal);
    return outcome.kind === 'after' ? outcome.milliseconds : undefined;
  };
  return { clock, written, woken, run };
}

test('A namespace isolates none of its workloads for a rule before its turn, and them first then', async () => {
  const { clock, written, woken, run } = begin();
  await run(first);
  expect(woken.splice(0)).toEqual([first]);
  // What is declared does not wait, and the namespace asks for its turn once that is live.
  expect(await run(shop)).toBeLessThan(interval);
  for (const key of [silent, declared]) await run(key);
  expect(await run(shop)).toBe(interval);
  expect(written).toEqual(['declared Ingress']);
  clock.time = interval;
  expect(await run(shop)).toBeUndefined();
  expect(woken.sort()).toEqual([declared, silent, shop].sort());
  expect(await run(shop)).toBeLessThan(interval);
  for (const key of [silent, declared, shop]) await run(key);
  expect(written.slice(1)).toEqual(
    ['silent', 'declared', 'default'].map((name) => `${name} Ingress,Egress`),
  );
});
