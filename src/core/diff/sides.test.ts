import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { Inventory, nameOfUnit, type Unit } from '../inventory/inventory.ts';
import { contains } from '../model/range.ts';
import { allowedPorts } from '../reach/allowed-ports.ts';
import { type SmallCluster, smallCluster } from '../reach/fixtures/small-cluster.ts';
import type { Party } from '../reach/party.ts';
import { policySet } from '../reach/policy-set.ts';
import { isNoPort, noPort, type PortSet, subtractPorts } from '../reach/port-set.ts';
import type { ConnectionChange } from './connections.ts';
import { namespaceOf, policyOf, sideOf, unitOf } from './fixtures/sides.ts';
import { type Side, SidesDiff } from './sides.ts';

/** The pods of a small cluster as units: every other one a workload. */
function sideOfCluster({ namespaces, policies, pods }: SmallCluster): Side {
  const units = pods.map(({ name: _, ...pod }, index) => {
    const kind = index % 2 === 0 ? 'Pod' : 'Deployment';
    return unitOf(`${kind}/${pod.namespace}/u${index}`, pod);
  });
  const described = [...namespaces].map(([name, labels]) => namespaceOf(name, labels));
  return { inventory: new Inventory([...units, ...described]), policies };
}

function judged(side: Side, from: Party | undefined, to: Party | undefined): PortSet {
  if (from === undefined || to === undefined) return noPort;
  return allowedPorts(policySet(side.inventory.namespaces, side.policies), from, to);
}

const sides = fc.tuple(smallCluster, smallCluster, fc.boolean()).map(([old, now, samePods]) => ({
  before: sideOfCluster(old),
  after: sideOfCluster(samePods ? { ...now, pods: old.pods } : now),
}));

function unitsOf({ before, after }: { before: Side; after: Side }) {
  const [old, now] = [before, after].map(
    ({ inventory }) => new Map(inventory.units.map((unit) => [nameOfUnit(unit), unit])),
  );
  const names = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])];
  const partyAt = ({ inventory }: Side, unit: Unit | undefined) => unit && inventory.partyOf(unit);
  return names.map((name) => ({
    ...{ name, old: partyAt(before, old?.get(name)), now: partyAt(after, now?.get(name)) },
  }));
}

function changesBetween(before: PortSet, after: PortSet) {
  return { gained: subtractPorts(after, before), lost: subtractPorts(before, after) };
}

const isOutside = (name: string) => name.split('/').length !== 3;

describe('The connections of two sides', () => {
  test('are those that judging every pair on both sides gains and loses', () => {
    fc.assert(
      fc.property(sides, ({ before, after }) => {
        const units = unitsOf({ before, after });
        const expected = units.flatMap((from) =>
          units.flatMap((to): ConnectionChange[] => {
            if (from === to && from.name.startsWith('Pod/')) return [];
            const ports = [judged(before, from.old, to.old), judged(after, from.now, to.now)];
            const change = changesBetween(ports[0] ?? noPort, ports[1] ?? noPort);
            const isSame = isNoPort(change.gained) && isNoPort(change.lost);
            return isSame ? [] : [{ from: from.name, to: to.name, ...change }];
          }),
        );
        const found = [...new SidesDiff({ before, after }).connections()];
        const inside = found.filter(({ from, to }) => !isOutside(from) && !isOutside(to));
        const byName = (a: ConnectionChange, b: ConnectionChange) =>
          `${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1;
        expect(inside.sort(byName)).toEqual(expected.sort(byName));
      }),
      runsOf(250),
    );
  });

  test('from and to outside hold for every address of the class that they name', () => {
    const address = fc.constantFrom('10.0.0.2', '10.0.0.9', '10.7.0.1', '192.0.2.1', 'fd00::2');
    fc.assert(
      fc.property(sides, address, fc.boolean(), ({ before, after }, outside, egress) => {
        const found = [...new SidesDiff({ before, after }).connections()];
        for (const { name, old, now } of unitsOf({ before, after })) {
          const [was, is] = [
            egress
              ? judged(before, old, { address: outside })
              : judged(before, { address: outside }, old),
            egress
              ? judged(after, now, { address: outside })
              : judged(after, { address: outside }, now),
          ];
          const { gained, lost } = changesBetween(was, is);
          const classes = found
            .filter(({ from, to }) => (egress ? from : to) === name)
            .map((each) => ({ ...each, block: egress ? each.to : each.from }))
            .filter(({ block }) => isOutside(block) && holds(block, outside));
          const smallest = classes.sort((a, b) => bits(b.block) - bits(a.block))[0];
          const isSame = isNoPort(gained) && isNoPort(lost);
          if (!isSame) expect(smallest).toMatchObject({ gained, lost });
        }
      }),
      runsOf(250),
    );
  });
});

function holds(block: string, address: string): boolean {
  const isVersion6 = address.includes(':');
  if (block.includes('(')) return block.includes(isVersion6 ? 'IPv6' : 'IPv4');
  return contains(block, `${address}/${isVersion6 ? 128 : 32}`);
}

function bits(block: string): number {
  return block.includes('(') ? 0 : Number(block.split('/')[1]);
}

describe('Two sides', () => {
  const web = unitOf('Deployment/shop/web', { labels: { app: 'web' } });
  const cart = unitOf('Deployment/shop/cart', { labels: { app: 'cart' } });
  const closed = policyOf('shop/closed', { podSelector: { matchLabels: { app: 'cart' } } });

  test('tell what is on one of them only, and that it had, or has, connections', () => {
    const diff = new SidesDiff({ before: sideOf([web]), after: sideOf([cart]) });
    expect(diff.comeAndGone()).toEqual({
      come: ['Deployment/shop/cart'],
      gone: ['Deployment/shop/web'],
    });
    const changes = [...diff.connections()].map(
      ({ from, to, gained }) => `${from} -> ${to}: ${isNoPort(gained) ? 'lost' : 'gained'}`,
    );
    expect(changes).toEqual([
      'outside (IPv4) -> Deployment/shop/cart: gained',
      'outside (IPv6) -> Deployment/shop/cart: gained',
      'Deployment/shop/cart -> outside (IPv4): gained',
      'Deployment/shop/cart -> outside (IPv6): gained',
      'Deployment/shop/cart -> Deployment/shop/cart: gained',
      'outside (IPv4) -> Deployment/shop/web: lost',
      'outside (IPv6) -> Deployment/shop/web: lost',
      'Deployment/shop/web -> outside (IPv4): lost',
      'Deployment/shop/web -> outside (IPv6): lost',
      'Deployment/shop/web -> Deployment/shop/web: lost',
    ]);
    expect([...diff.isolation()]).toEqual([]);
  });

  test('tell whom policies begin to isolate, and whom no more, in which direction', () => {
    const both = policyOf('shop/closed', {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress', 'Egress'],
    });
    const diff = new SidesDiff({
      before: sideOf([web, cart], [both]),
      after: sideOf([web, cart], [closed]),
    });
    expect([...diff.isolation()]).toEqual([
      { name: 'Deployment/shop/cart', begins: ['Ingress'], ends: [] },
      { name: 'Deployment/shop/web', begins: [], ends: ['Ingress', 'Egress'] },
    ]);
  });

  test('a label that a policy begins to select isolates, although no policy differs', () => {
    const diff = new SidesDiff({
      before: sideOf([web, unitOf('Deployment/shop/cart', { labels: {} })], [closed]),
      after: sideOf([web, cart], [closed]),
    });
    expect([...diff.isolation()].map(({ begins }) => begins)).toEqual([['Ingress']]);
    expect([...diff.connections()].map(({ from, to }) => `${from} -> ${to}`)).toContain(
      'Deployment/shop/web -> Deployment/shop/cart',
    );
  });

  test('tell of addresses outside by the blocks of both sides', () => {
    const allowing = (ipBlock: { cidr: string; except?: string[] }) =>
      policyOf('shop/closed', {
        podSelector: { matchLabels: { app: 'cart' } },
        ingress: [{ from: [{ ipBlock }], ports: [{ port: 80 }] }],
      });
    const diff = new SidesDiff({
      before: sideOf([cart], [allowing({ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] })]),
      after: sideOf([cart], [allowing({ cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] })]),
    });
    const port = { ...noPort, TCP: [{ first: 80, last: 80 }] };
    const to = 'Deployment/shop/cart';
    expect([...diff.connections()]).toEqual([
      { from: 'outside (IPv4)', to, gained: noPort, lost: port },
      { from: '10.0.0.0/8', to, gained: port, lost: noPort },
    ]);
  });
});
