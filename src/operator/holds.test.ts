import { expect, test } from '@jest/globals';
import { compile } from '../core/compile/compile.ts';
import { talksTo } from '../core/intent/keys.ts';
import { rulesOf } from '../core/model/policy.ts';
import type { AddressesRecord, PolicyRecord, WorldRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { policyOf } from '../core/plan/change.ts';
import { World } from '../core/world/world.ts';
import {
  createReconciler,
  live,
  namespace,
  signal,
  webKey,
  workload,
} from './fixtures/reconciler.ts';
import { reconcile } from './reconcile.ts';

const web = workload('web', { [talksTo]: '@internet:443, host/api.stripe.com' });

function learnt(...addresses: readonly string[]): AddressesRecord {
  const until = { '198.51.100.7': 1000 };
  return { kind: 'Addresses', of: 'api.stripe.com', addresses, until };
}

const range: WorldRecord = {
  ...{ kind: 'ClusterRange', source: 'Node/new', ranges: ['203.0.113.0/24'] },
};

/** What is written for an address whose grace is over, and a Node with public pods. */
async function written(unsynced: readonly string[]) {
  const world = new World(defaultSettings);
  for (const record of [namespace(), web, learnt('198.51.100.7')]) world.put(record);
  for (const policy of compile(world, webKey).policies) {
    world.put({ ...live(policy), remembers: true } satisfies PolicyRecord);
  }
  for (const record of [learnt('198.51.100.8'), range]) world.put(record);
  const { reconciler, performed } = createReconciler(world, {
    unsynced: () => unsynced,
    starting: true,
  });
  await reconcile(reconciler, webKey, signal);
  const rules = performed.flatMap((change) => rulesOf(policyOf(change)));
  return rules.flatMap(({ peers }) => peers.flatMap(({ ipBlock }) => ipBlock ?? []));
}

test('What fades, or follows the cluster’s own ranges, is written although the first plan is not known', async () => {
  const blocks = await written([]);
  expect(blocks.map(({ cidr }) => cidr)).not.toContain('198.51.100.7/32');
  const [internet] = blocks.filter(({ cidr }) => cidr === '0.0.0.0/0');
  expect(internet?.except).toContain('203.0.113.0/24');
});

test('While a kind is not known whole what fades stays, and the cluster’s own ranges are left out all the same', async () => {
  const blocks = await written(['services']);
  expect(blocks.map(({ cidr }) => cidr)).toContain('198.51.100.7/32');
  const internet = blocks.filter(({ cidr }) => cidr === '0.0.0.0/0');
  expect(internet.length).toBeGreaterThan(0);
  for (const { except } of internet) expect(except).toContain('203.0.113.0/24');
});
