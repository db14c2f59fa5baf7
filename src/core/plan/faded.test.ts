import { describe, expect, test } from '@jest/globals';
import { compile } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { AddressesRecord, PolicyRecord, WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { isLoss } from './change.ts';
import { planKey } from './plan.ts';

const host = 'api.stripe.com';
const key = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const end = Date.UTC(2026, 10, 29, 5);

function web(talksTo: string): WorldRecord {
  return {
    ...{ kind: 'Workload', uid: '1', hostNetwork: false, ports: [], strays: [] },
    ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    selector: { matchLabels: { app: 'web' } },
    labels: { app: 'web' },
    texts: { 'appconnectivity.dev/talks-to': talksTo, 'appconnectivity.dev/dns': 'deny' },
  };
}

function learnt(addresses: readonly string[], inGrace: readonly string[] = []): AddressesRecord {
  const until = Object.fromEntries(inGrace.map((each) => [each, end]));
  return { kind: 'Addresses', of: host, addresses, until };
}

const shop: WorldRecord = {
  ...{ kind: 'Namespace', name: 'shop', uid: '1', labels: {}, texts: {}, terminating: false },
};

/** The policy of a world, and what becomes of it in the next one. */
function lossesFrom(
  before: readonly WorldRecord[],
  after: readonly WorldRecord[],
  edit: (record: PolicyRecord) => PolicyRecord = (record) => record,
) {
  const world = new World(defaultSettings);
  world.load([shop, ...before]);
  const [policy] = compile(world, key).policies as [NetworkPolicy];
  const live = { kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1' } as const;
  world.load([edit({ ...live, applied: true, remembers: true }), ...after]);
  const { changes } = planKey(world, key, compile(world, key).policies);
  return changes.map((change) => [change.type, isLoss(change)]);
}

const [old, fresh] = ['198.51.100.7', '198.51.100.8'];
const mentions = web(`host/${host}`);

describe('An address of a host that goes', () => {
  test('is no loss where the policy had said that it would', () => {
    const faded = learnt([old, fresh], [old]);
    expect(lossesFrom([mentions, faded], [learnt([fresh])])).toEqual([['update', false]]);
  });

  test('is one where it was live until then', () => {
    const both = learnt([old, fresh]);
    expect(lossesFrom([mentions, both], [learnt([fresh])])).toEqual([['update', true]]);
  });

  test('is one where something else goes with it', () => {
    const faded = learnt([old, fresh], [old]);
    const more = web(`host/${host}, 203.0.113.9`);
    expect(lossesFrom([more, faded], [mentions, learnt([fresh])])).toEqual([['update', true]]);
  });

  test('is one where the policy does not say so in our words', () => {
    const faded = learnt([old, fresh], [old]);
    const edited = (record: PolicyRecord): PolicyRecord => {
      const { remembers: _, ...rest } = record;
      return rest;
    };
    expect(lossesFrom([mentions, faded], [learnt([fresh])], edited)).toEqual([['update', true]]);
  });
});
