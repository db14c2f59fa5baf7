import { describe, expect, test } from '@jest/globals';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';
import {
  knowing,
  letsIn,
  prometheusPod,
  shop,
  statesOf,
  worldFrom,
} from '../../../test/support/outside.ts';
import { monitor } from '../../../test/support/outside-builders.ts';
import type { WorldRecord } from '../model/records.ts';

const ofWeb = { matchLabels: { app: 'web' } };
const ofOthers = { matchLabels: { app: 'x' } };

const isOpen = (records: readonly WorldRecord[], port = 8080) =>
  letsIn(worldFrom(knowing(), ...shop, ...records), prometheusPod, 'shop/web', port);

const ports = [tcp(8080, 'http'), tcp(9090, 'metrics'), tcp(5353, 'dns', 'UDP')];
const web = workload('shop/web', { ports });
const front = (scrape?: { port?: number }) =>
  service('shop/web', [servicePort(80, 8080, { name: 'http' }), servicePort(90, 'metrics')], {
    labels: { app: 'web' },
    ...(scrape !== undefined && { scrape }),
  });

describe('Scrape annotations let the monitoring pods in', () => {
  test('of a pod template: on its port, else on all TCP ports of the containers', () => {
    expect(isOpen([web])).toBe(false);
    const one = { ...web, scrape: { port: 9100 } };
    expect([9100, 8080, 9090].map((port) => isOpen([one], port))).toEqual([true, false, false]);
    const all = { ...web, scrape: {} };
    expect([8080, 9090, 5353, 9100].map((port) => isOpen([all], port))).toEqual([
      ...[true, true, false, false],
    ]);
  });

  test('of a Service: on its port, else on the pods’ ports behind it', () => {
    const one = [web, front({ port: 9100 })];
    expect([9100, 8080].map((port) => isOpen(one, port))).toEqual([true, false]);
    const all = [web, front({})];
    expect([8080, 9090, 80, 90].map((port) => isOpen(all, port))).toEqual([
      ...[true, true, false, false],
    ]);
  });

  test('and nobody else, and not where metrics are switched off', () => {
    const scraped = { ...web, scrape: {} };
    const world = worldFrom(knowing(), ...shop, scraped);
    expect(letsIn(world, { ...prometheusPod, namespace: 'shop' }, 'shop/web', 8080)).toBe(false);
    const off = { 'appconnectivity.dev/auto': 'routes' };
    expect(isOpen([{ ...scraped, texts: off }])).toBe(false);
  });
});

describe('A monitor lets the monitoring pods in', () => {
  const targetPort = [{ targetPort: 9090 }] as const;

  test('through the Services that it selects, by port name or by the pods’ own port', () => {
    const named = [web, front(), monitor('shop/web', ofWeb, [{ name: 'http' }])];
    expect([8080, 9090].map((port) => isOpen(named, port))).toEqual([true, false]);
    const byName = [web, front(), monitor('shop/web', ofWeb, [{ targetPort: 'metrics' }])];
    expect([8080, 9090].map((port) => isOpen(byName, port))).toEqual([false, true]);
    expect(isOpen([web, front(), monitor('shop/web', ofWeb, targetPort)], 9090)).toBe(true);
    expect(isOpen([web, front(), monitor('shop/web', ofOthers, targetPort)], 9090)).toBe(false);
    expect(isOpen([web, front(), monitor('shop/web', ofWeb, [{ name: 'no' }])])).toBe(false);
  });

  test('of pods: by their labels, and by the name of a containerPort', () => {
    const pods = (port: string) =>
      monitor('shop/web', ofWeb, [{ name: port }], { kind: 'PodMonitor' });
    expect([8080, 9090].map((port) => isOpen([web, pods('metrics')], port))).toEqual([false, true]);
    expect(isOpen([web, pods('nothing')], 9090)).toBe(false);
    const other = monitor('shop/web', ofOthers, targetPort, { kind: 'PodMonitor' });
    expect(isOpen([web, other], 9090)).toBe(false);
  });

  test('that selects any namespace opens nothing in others before they let it in', () => {
    const from = (namespaces: 'any' | 'own' | readonly string[]) =>
      monitor('team/web', ofWeb, targetPort, { namespaces });
    const optIn = (text: string) => ({
      ...namespace('shop', { deny: 'ingress' }),
      texts: { 'appconnectivity.dev/monitors-from': text },
    });
    const records = [web, front()];
    expect(isOpen([...records, from('any')], 9090)).toBe(false);
    expect(isOpen([...records, from('any'), optIn('other')], 9090)).toBe(false);
    expect(isOpen([...records, from('any'), optIn('other, team')], 9090)).toBe(true);
    expect(isOpen([...records, from(['shop']), optIn('team')], 9090)).toBe(true);
    expect(isOpen([...records, from(['else']), optIn('team')], 9090)).toBe(false);
    expect(isOpen([...records, from('own'), optIn('team')], 9090)).toBe(false);
  });

  test('that selects other namespaces only does not count in its own', () => {
    const others = monitor('shop/web', ofWeb, targetPort, { namespaces: ['else'] });
    expect(isOpen([web, front(), others], 9090)).toBe(false);
  });

  test('tells of each cause, and that nobody monitors where no such pods are configured', () => {
    const scraped = { ...web, scrape: { port: 9100 } };
    const records = [scraped, front({}), monitor('shop/web', ofWeb, targetPort)];
    expect(statesOf(worldFrom(knowing(), ...shop, ...records))).toEqual([
      'scrape annotation of the pods of Deployment shop/web: Open: allowed; nothing restricts the other end',
      'scrape annotation of Service shop/web: Open: allowed; nothing restricts the other end',
      'ServiceMonitor shop/web: Open: allowed; nothing restricts the other end',
    ]);
    const unknown = statesOf(worldFrom(knowing({ monitoring: [] }), ...shop, ...records));
    expect(unknown).toHaveLength(3);
    for (const each of unknown) expect(each).toContain('Pending/PartyUnknown');
  });
});

describe('The opt-in of a namespace to monitors of others', () => {
  const findingsOf = (text: string) =>
    worldFrom(knowing(), {
      ...namespace('shop'),
      texts: { 'appconnectivity.dev/monitors-from': text },
    }).state('shop')?.object?.intent;

  test('lists names; a text with a word that is none is told, and opens nothing new', () => {
    expect(findingsOf('team,\n monitoring, team,')).toMatchObject({
      monitorsFrom: ['monitoring', 'team'],
      ...{ findings: [], refused: false },
    });
    const nothing = { code: 'NothingAccepted' };
    expect(findingsOf('team, Any*')).toMatchObject({
      monitorsFrom: [],
      findings: [{ code: 'InvalidValue', data: { value: 'Any*' } }, nothing],
      refused: true,
    });
    expect(findingsOf(' ')).toMatchObject({ findings: [{ code: 'InvalidValue' }, nothing] });
    expect(findingsOf('a,'.repeat(10_000))).toMatchObject({
      findings: [{ code: 'TextTooLong' }, nothing],
    });
  });
});
