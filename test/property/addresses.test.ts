import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import type { AddressesRecord, WorldRecord } from '../../src/core/model/records.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { rememberedAddresses } from '../../src/core/world/remembered-addresses.ts';
import { World } from '../../src/core/world/world.ts';
import { namespace, workload } from '../support/builders.ts';

const hosts = ['api.stripe.com', 'a.example', 'b.example'];
const address = fc.constantFrom<string>('198.51.100.7', '198.51.100.8', '2001:db8::7', '10.0.0.7');
const learnt = (of: string): fc.Arbitrary<AddressesRecord> =>
  fc
    .record({
      addresses: fc.uniqueArray(address, { minLength: 1 }),
      ends: fc.dictionary(
        address,
        fc.nat({ max: 1e9 }).map((seconds) => seconds * 1000),
      ),
    })
    .map(({ addresses, ends }) => ({
      ...({ kind: 'Addresses', of, addresses: addresses.sort() } as const),
      until: Object.fromEntries(Object.entries(ends).filter(([each]) => addresses.includes(each))),
    }));

/** What was kept of the API server: its slices are gone. */
const left = fc
  .tuple(learnt('@kube-apiserver'), fc.subarray([443, 6443, 8443], { minLength: 1 }))
  .map(([record, ports]) => ({
    ...record,
    ports: ports.map((port) => ({ port, protocol: 'TCP' as const })),
  }));

const entry = fc.constantFrom(
  ...hosts.map((host) => `host/${host}`),
  ...['@kube-apiserver:443', '@kube-apiserver'],
);
const texts = fc.option(
  fc.uniqueArray(entry, { minLength: 1 }).map((all) => all.join()),
  {
    nil: undefined,
  },
);
const world = fc.record({
  web: fc.record({ talksTo: texts, acceptsFrom: texts }),
  api: fc.record({ talksTo: texts }),
  everyone: texts,
  deny: fc.constantFrom(undefined, 'true', 'egress'),
  learnt: fc.tuple(...hosts.map(learnt), left),
});

type Given = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

function recordsOf({ web, api, everyone, deny }: Omit<Given, 'learnt'>): WorldRecord[] {
  return [
    namespace('shop', { talksTo: everyone, deny }),
    workload('shop/web', web),
    workload('shop/api', api),
  ];
}

function worldOf(...records: readonly WorldRecord[]): World {
  const made = new World(defaultSettings);
  made.load(records);
  return made;
}

const policiesOf = (made: World) => compileAll(made).flatMap(({ policies }) => policies);
const asLive = (policy: NetworkPolicy): WorldRecord => ({
  ...{ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1' },
  ...{ applied: true, remembers: true },
});

describe('What policies remember of the addresses that they are made of', () => {
  test('is all that a restart needs to want the same policies, byte by byte', () => {
    fc.assert(
      fc.property(world, (given) => {
        const before = policiesOf(worldOf(...recordsOf(given), ...given.learnt));
        const restarted = worldOf(...recordsOf(given), ...before.map(asLive));
        restarted.load(rememberedAddresses(restarted).values());
        expect(policiesOf(restarted)).toEqual(before);
      }),
    );
  });

  test('is of several that differ what any of them knows, live before fading, late before early', () => {
    const records = recordsOf({
      ...{ web: { talksTo: 'host/a.example', acceptsFrom: undefined }, everyone: undefined },
      ...{ api: { talksTo: 'host/a.example' }, deny: undefined },
    });
    fc.assert(
      fc.property(learnt('a.example'), learnt('a.example'), (one, two) => {
        const [web] = policiesOf(worldOf(...records, one));
        const [, api] = policiesOf(worldOf(...records, two));
        const both = [web, api].flatMap((policy) => policy ?? []);
        const found = rememberedAddresses(worldOf(...both.map(asLive))).get('a.example');
        const all = [...new Set([...one.addresses, ...two.addresses])].sort();
        expect(found?.addresses).toEqual(all);
        for (const each of all) {
          const said = [one, two].filter(({ addresses }) => addresses.includes(each));
          const ends = said.map(({ until }) => until[each] ?? Number.POSITIVE_INFINITY);
          expect(found?.until[each] ?? Number.POSITIVE_INFINITY).toBe(Math.max(...ends));
        }
      }),
    );
  });

  test('is nothing where somebody else wrote it', () => {
    const records = recordsOf({
      ...{ web: { talksTo: 'host/a.example', acceptsFrom: undefined }, everyone: undefined },
      ...{ api: { talksTo: undefined }, deny: undefined },
    });
    const known = { kind: 'Addresses', of: 'a.example', addresses: ['198.51.100.7'], until: {} };
    const [policy] = policiesOf(worldOf(...records, known as AddressesRecord));
    const { remembers: _, ...live } = asLive(policy as NetworkPolicy) as WorldRecord & {
      remembers: true;
    };
    expect(rememberedAddresses(worldOf(live as WorldRecord)).size).toBe(0);
  });
});
