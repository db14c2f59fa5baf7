import { describe, expect, test } from '@jest/globals';
import { compileAll } from '../../core/compile/compile.ts';
import type { Key } from '../../core/model/identity.ts';
import type { NetworkPolicy } from '../../core/model/policy.ts';
import type { ApiServerRecord, WorldRecord } from '../../core/model/records.ts';
import { defaultSettings } from '../../core/model/settings.ts';
import { World } from '../../core/world/world.ts';
import { createMetrics } from '../metrics.ts';
import { createFakeClock } from '../watch/fixtures/fake-clock.ts';
import { Hosts } from './hosts.ts';
import type { Answer, Family } from './machine.ts';
import { defaultHostPace as pace } from './pace.ts';

const shop: WorldRecord = {
  ...{ kind: 'Namespace', name: 'shop', uid: '1', labels: {}, texts: {}, terminating: false },
};

function web(talksTo: string): WorldRecord {
  return {
    ...{ kind: 'Workload', uid: '1', hostNetwork: false, ports: [], strays: [] },
    ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    selector: { matchLabels: { app: 'web' } },
    labels: { app: 'web' },
    texts: { 'appconnectivity.dev/talks-to': talksTo, 'appconnectivity.dev/dns': 'deny' },
  };
}

const slice = (...addresses: string[]): ApiServerRecord => ({
  ...{ kind: 'APIServer', name: 'kubernetes', addresses },
  ports: [{ port: 6443, protocol: 'TCP' }],
});

const asLive = (policy: NetworkPolicy): WorldRecord => ({
  ...{ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1' },
  ...{ applied: true, remembers: true },
});

const found: Answer = { addresses: ['198.51.100.7'], ttl: 60_000 };

/** A process over this world, with a DNS that is a function. */
function setUp(
  world: World,
  answer: (name: string, family: Family) => Answer | undefined = () => undefined,
) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const woken: Key[] = [];
  const nothing = () => {};
  const hosts = new Hosts({
    ...{ world, clock, pace, metrics: createMetrics('test') },
    wallClock: () => clock.now(),
    random: () => 0,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    resolver: {
      ask: (name, family) => {
        asked.push(name);
        return new Promise((resolve) => {
          const said = answer(name, family);
          if (said !== undefined) resolve(said);
        });
      },
    },
    onTold: ({ kind, record }) => {
      if (kind === 'delete') world.remove(record);
      else world.put(record);
    },
    wake: (keys) => woken.push(...keys),
  });
  return { clock, hosts, asked, woken };
}

function worldOf(...records: readonly WorldRecord[]): World {
  const world = new World(defaultSettings);
  world.load([shop, ...records]);
  return world;
}

function blocks(world: World): string[] {
  const [policy] = compileAll(world).flatMap(({ policies }) => policies);
  const peers = (policy?.spec.egress ?? []).flatMap(({ to }) => to ?? []);
  return peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []);
}

/** A world whose process died after it had written what `world` wants. */
function restarted(world: World, ...records: readonly WorldRecord[]): World {
  const policies = compileAll(world).flatMap((each) => each.policies);
  return worldOf(...records, ...policies.map(asLive));
}

describe('A leader', () => {
  test('has nothing to wait for where nobody names a host', () => {
    const { hosts, asked, clock } = setUp(worldOf(web('203.0.113.7')));
    expect(hosts.begin()).toBeUndefined();
    expect(asked).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  test('plans once every host has been asked for', async () => {
    const world = worldOf(web('host/api.stripe.com'));
    const { hosts } = setUp(world, () => found);
    await hosts.begin();
    expect(blocks(world)).toEqual(['198.51.100.7/32']);
  });

  test('plans with what the policies remember, five seconds after DNS was asked in vain', async () => {
    const before = worldOf(web('host/api.stripe.com'));
    await setUp(before, () => found).hosts.begin();
    const world = restarted(before, web('host/api.stripe.com'));
    const { hosts, clock } = setUp(world);
    let begun = false;
    void hosts.begin()?.then(() => {
      begun = true;
    });
    await clock.advance(4_900);
    expect(begun).toBe(false);
    await clock.advance(100);
    expect(begun).toBe(true);
    expect(blocks(world)).toEqual(['198.51.100.7/32']);
  });

  test('knows nothing in a second term that no policy remembers', async () => {
    const world = worldOf(web('host/api.stripe.com'));
    const { hosts } = setUp(world, () => found);
    await hosts.begin();
    hosts.end();
    expect(blocks(world)).toEqual(['198.51.100.7/32']);
    void hosts.begin();
    expect(blocks(world)).toEqual([]);
  });

  test('that leads no more asks for nothing', async () => {
    const { hosts, asked, clock } = setUp(worldOf(web('host/api.stripe.com')), () => found);
    await hosts.begin();
    hosts.look();
    hosts.end();
    const before = asked.length;
    await clock.advance(3_600_000);
    expect(asked).toHaveLength(before);
  });

  test('asks for a host soon after somebody has named it', async () => {
    const world = worldOf(web('none'));
    const { hosts, asked, clock } = setUp(world, () => found);
    void hosts.begin();
    world.put(web('host/api.stripe.com'));
    hosts.look();
    hosts.look();
    await clock.advance(250);
    expect(asked).toEqual(['api.stripe.com', 'api.stripe.com']);
    expect(blocks(world)).toEqual(['198.51.100.7/32']);
    world.put(web('none'));
    hosts.look();
    await clock.advance(250);
    expect(world.outside.learntOf('api.stripe.com')).toBeUndefined();
  });
});

describe('The API server, for those who talk to it', () => {
  const [old, fresh] = ['192.0.2.1', '192.0.2.2'];
  const both = [`${old}/32`, `${fresh}/32`];
  const change = (record: ApiServerRecord) =>
    ({ kind: 'apply', key: 'kubernetes', record }) as const;

  test('has its new addresses at once, and the old ones for their grace', async () => {
    const world = worldOf(web('@kube-apiserver'), slice(old));
    const { hosts, clock, woken } = setUp(world);
    void hosts.begin();
    expect(hosts.takeApiServer(change(slice(fresh)))).toContain('Deployment/shop/web');
    expect(blocks(world)).toEqual(both);
    await clock.advance(pace.grace - 1);
    expect(blocks(world)).toEqual(both);
    await clock.advance(1_000);
    expect(blocks(world)).toEqual([`${fresh}/32`]);
    expect(woken).toContain('Deployment/shop/web');
  });

  test('loses none in a restart: not those in grace, nor those that it left meanwhile', async () => {
    const before = worldOf(web('@kube-apiserver'), slice(old));
    const first = setUp(before);
    void first.hosts.begin();
    first.hosts.takeApiServer(change(slice(fresh)));
    const third = '192.0.2.3';
    const world = restarted(before, web('@kube-apiserver'), slice(third));
    const { hosts, clock } = setUp(world);
    void hosts.begin();
    expect(blocks(world)).toEqual([...both, `${third}/32`]);
    await clock.advance(pace.grace + 1_000);
    expect(blocks(world)).toEqual([`${third}/32`]);
  });

  test('is gone over a restart, and nobody loses it, nor its port', async () => {
    const wanted = (world: World) =>
      compileAll(world).flatMap(({ policies }) => policies.map(({ spec }) => spec));
    const before = worldOf(web('@kube-apiserver'), slice(old));
    const world = restarted(before, web('@kube-apiserver'));
    const { hosts, clock } = setUp(world);
    void hosts.begin();
    expect(wanted(world)).toEqual(wanted(before));
    // What is written meanwhile remembers it as well.
    const again = restarted(world, web('@kube-apiserver'));
    void setUp(again).hosts.begin();
    expect(wanted(again)).toEqual(wanted(before));
    await clock.advance(pace.grace + 1_000);
    expect(blocks(world)).toEqual([]);
  });

  test('is dialled at an address again: then it is in no grace', async () => {
    const world = worldOf(web('@kube-apiserver'), slice(old));
    const { hosts, clock } = setUp(world);
    void hosts.begin();
    hosts.takeApiServer(change(slice(fresh)));
    hosts.takeApiServer(change(slice(old, fresh)));
    await clock.advance(2 * pace.grace);
    expect(blocks(world)).toEqual(both);
    expect(clock.pending()).toBe(0);
  });

  test.each([
    ['its port by the entry', '@kube-apiserver:6443'],
    ['the port that it had', '@kube-apiserver'],
  ])('loses its slices by mistake, and nobody loses it for the grace time: %s', async (_, text) => {
    const world = worldOf(web(text), slice(old));
    const { hosts, clock } = setUp(world);
    const wanted = () =>
      compileAll(world).flatMap(({ policies }) => policies.map(({ spec }) => spec));
    const before = wanted();
    void hosts.begin();
    hosts.takeApiServer({ kind: 'delete', key: 'kubernetes', record: slice(old) });
    expect(wanted()).toEqual(before);
    await clock.advance(pace.grace - 1);
    expect(wanted()).toEqual(before);
    hosts.takeApiServer(change({ ...slice(old), ports: [{ port: 443, protocol: 'TCP' }] }));
    expect(world.outside.apiServerPorts()).toEqual([{ port: 443, protocol: 'TCP' }]);
    expect(world.outside.learntOf('@kube-apiserver')).toBeUndefined();
  });

  test('has slices for a while that name nobody and no port, and nobody loses it', () => {
    const world = worldOf(web('@kube-apiserver'), slice(old));
    const { hosts } = setUp(world);
    void hosts.begin();
    hosts.takeApiServer(change({ ...slice(), ports: [] }));
    expect(blocks(world)).toEqual([`${old}/32`]);
    hosts.takeApiServer(change(slice(fresh)));
    expect(blocks(world)).toEqual(both);
  });
});
