import { describe, expect, test } from '@jest/globals';
import { compile } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import { addressesAnnotation, checksumAnnotation } from '../model/names.ts';
import { checksumOf } from '../model/ownership.ts';
import { type NetworkPolicy, rulesOf } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { AddressesRecord, PolicyRecord, WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { isCounted, isLoss, policyOf } from './change.ts';
import type { Hold } from './hold.ts';
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

type Edit = (record: PolicyRecord) => PolicyRecord;

/** A world with the policy of an earlier one, as somebody may have edited it. */
function worldAfter(
  before: readonly WorldRecord[],
  after: readonly WorldRecord[],
  edit: Edit = (record) => record,
): World {
  const world = new World(defaultSettings);
  world.load([shop, ...before]);
  const [policy] = compile(world, key).policies as [NetworkPolicy];
  world.load([edit(asLive(policy)), ...after]);
  return world;
}

function asLive(policy: NetworkPolicy): PolicyRecord {
  const live = { kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1' } as const;
  return { ...live, applied: true, remembers: true };
}

function planned(world: World, hold?: Hold) {
  return planKey(world, key, compile(world, key).policies, hold).changes;
}

const lossesIn = (world: World) =>
  planned(world).map((change) => [isLoss(change), isCounted(change)]);

const [old, fresh, another] = ['198.51.100.7', '198.51.100.8', '198.51.100.9'];
const mentions = web(`host/${host}`);
const faded = learnt([old, fresh], [old]);

describe('An address of a host that goes', () => {
  test('is not counted where the policy had said that it would', () => {
    expect(lossesIn(worldAfter([mentions, faded], [learnt([fresh])]))).toEqual([[true, false]]);
  });

  test('is counted where another host that moves had the address, too, and had it live', () => {
    const other = 'api.example.com';
    const both = web(`host/${host}, host/${other}`);
    const live = { ...learnt([old, fresh]), of: other };
    const after = [learnt([fresh]), { ...learnt([fresh]), of: other }];
    expect(lossesIn(worldAfter([both, faded, live], after))).toEqual([[true, true]]);
  });

  test('is counted where it was live until then', () => {
    const both = learnt([old, fresh]);
    expect(lossesIn(worldAfter([mentions, both], [learnt([fresh])]))).toEqual([[true, true]]);
  });

  test('is counted where something else goes with it', () => {
    const more = web(`host/${host}, 203.0.113.9`);
    const world = worldAfter([more, faded], [mentions, learnt([fresh])]);
    expect(lossesIn(world)).toEqual([[true, true]]);
  });

  test('is counted where the policy does not say so in our words', () => {
    const edited: Edit = ({ remembers: _, ...rest }) => rest;
    const world = worldAfter([mentions, faded], [learnt([fresh])], edited);
    expect(lossesIn(world)).toEqual([[true, true]]);
  });

  test('takes no other with it that came back meanwhile: the policy that keeps it says that one is live', () => {
    const both = learnt([old, fresh], [old, fresh]);
    const world = worldAfter([mentions, both], [learnt([fresh, another])]);
    const [change] = planned(world, { losses: true });
    const text = change && policyOf(change).metadata.annotations?.[addressesAnnotation];
    expect(JSON.parse(text ?? '{}')).toEqual({
      [host]: { [old]: '2026-11-29T05:00:00Z', [fresh]: 'live', [another]: 'live' },
    });
  });

  test('stays while nothing may be lost, whatever is added, and is not counted after that', () => {
    const world = worldAfter([mentions, faded], [learnt([fresh, another])]);
    const [change] = planned(world, { losses: true });
    const policy = change && policyOf(change);
    if (policy === undefined) throw new Error('nothing is written');
    const blocks = rulesOf(policy).flatMap(({ peers }) =>
      peers.flatMap(({ ipBlock }) => ipBlock ?? []),
    );
    const addresses = new Set(blocks.map(({ cidr }) => cidr));
    expect([...addresses].sort()).toEqual([old, fresh, another].map(blockOf));
    expect(checksumOf(policy)).toBe(policy.metadata.annotations?.[checksumAnnotation]);
    world.put(asLive(policy));
    expect(planned(world, { losses: true })).toEqual([]);
    expect(lossesIn(world)).toEqual([[true, false]]);
  });

  test('and comes back while another stays held is live again, and counted once it goes', () => {
    const world = worldAfter([mentions, learnt([old, fresh], [old, fresh])], [learnt([fresh])]);
    world.put(learnt([fresh, another]));
    const [change] = planned(world, { losses: true });
    if (change === undefined) throw new Error('nothing is written');
    world.put(asLive(policyOf(change)));
    world.put(learnt([another]));
    expect(lossesIn(world)).toEqual([[true, true]]);
  });
});
