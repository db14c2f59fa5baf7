import { describe, expect, test } from '@jest/globals';
import { reasonsOf } from '../inventory/words.ts';
import { mostListed } from './check.ts';
import {
  check,
  closedDb,
  deployment,
  failures,
  pod,
  policy,
  service,
  shopAndDb,
} from './fixtures/given.ts';

describe('deny', () => {
  const nobodyElse = { from: '*/*/*', except: 'db/*/*', to: 'db/*/*' };

  test('holds where no port is open from outside of a namespace', () => {
    expect(failures('deny', nobodyElse, [closedDb])).toEqual([]);
  });

  test('fails with every pair that has a port open', () => {
    expect(failures('deny', nobodyElse)).toEqual([
      'Deployment/shop/web -> Deployment/db/pg: all',
      'Deployment/shop/web -> Deployment/db/backup: all',
      'Deployment/shop/cart -> Deployment/db/pg: all',
      'Deployment/shop/cart -> Deployment/db/backup: all',
    ]);
  });

  test('one open port is enough without ports; with ports only those count', () => {
    const metrics = policy('db/metrics', {
      podSelector: { matchLabels: { app: 'pg' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 9000, endPort: 9010 }] }],
    });
    const both = [closedDb, metrics];
    const said = { from: 'shop/deployment/web', to: 'db/*/*' };
    const open = ['Deployment/shop/web -> Deployment/db/pg: 9000-9010/TCP'];
    expect(failures('deny', said, both)).toEqual(open);
    expect(failures('deny', { ...said, ports: [5432, '9000-9010/UDP'] }, both)).toEqual([]);
    expect(failures('deny', { ...said, ports: [5432, '9010-9100'] }, both)).toEqual([
      'Deployment/shop/web -> Deployment/db/pg: 9010/TCP',
    ]);
  });

  test('a party of a pattern is not held against itself, one that is named is', () => {
    expect(failures('deny', { from: 'db/*/*', to: 'db/*/*' })).toEqual([
      'Deployment/db/pg -> Deployment/db/backup: all',
      'Deployment/db/backup -> Deployment/db/pg: all',
    ]);
    expect(failures('deny', { from: 'db/deployment/pg', to: 'db/deployment/pg' })).toEqual([
      'Deployment/db/pg -> Deployment/db/pg: all',
    ]);
    expect(failures('deny', { from: 'db/*/pg', to: 'db/*/pg' })).toBe(
      'from and to are one and the same, so that nothing would be asserted',
    );
  });

  test('a workload is not held against its own pods behind a Service', () => {
    const owner = { kind: 'Deployment', name: 'pg' };
    const items = [
      ...shopAndDb,
      service('db/pg'),
      pod('db/pg-0', { labels: { app: 'pg' }, owner }),
    ];
    expect(failures('deny', { from: '*/*/*', to: 'db/svc/pg' }, [], items)).toEqual([
      'Deployment/shop/web -> Service/db/pg: 80/TCP',
      'Deployment/shop/cart -> Service/db/pg: 80/TCP',
      'Deployment/db/backup -> Service/db/pg: 80/TCP',
    ]);
  });

  test('two pods of one workload are two parties', () => {
    const owner = { kind: 'Deployment', name: 'pg' };
    const items = ['pg-0', 'pg-1'].map((name) => pod(`db/${name}`, { owner }));
    const said = { from: 'db/pod/*', to: 'db/pod/*' };
    expect(failures('deny', said, [], [...shopAndDb, ...items])).toEqual([
      'Pod/db/pg-0 -> Pod/db/pg-1: all',
      'Pod/db/pg-1 -> Pod/db/pg-0: all',
    ]);
  });

  test('of a Service every one of its pods counts, on the port that it leads to', () => {
    const old = deployment('shop/cart-old', { labels: { app: 'cart' } });
    const closedCart = policy('shop/closed', {
      podSelector: { matchLabels: { app: 'cart' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 9090 }] }],
    });
    const said = { from: 'web', to: 'shop/svc/cart' };
    expect(failures('deny', said, [closedCart], [...shopAndDb, old])).toEqual([]);
    expect(failures('deny', said, [], [...shopAndDb, old])).toEqual([
      'Deployment/shop/web -> Service/shop/cart: 80/TCP',
    ]);
  });

  test('a headless Service stands for its pods, on every port', () => {
    const items = [...shopAndDb, service('db/pg', { headless: true, ports: [] })];
    const metrics = policy('db/metrics', {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 9090 }] }],
    });
    expect(failures('deny', { from: 'web', to: 'db/svc/pg' }, [metrics], items)).toEqual([
      'Deployment/shop/web -> Service/db/pg: 9090/TCP',
    ]);
  });

  test('a Service port that leads nowhere hides no other port of the Service', () => {
    const ports = [
      { port: 81, targetPort: 'gone', protocol: 'TCP' },
      { port: 80, targetPort: 8080, protocol: 'TCP' },
    ] as const;
    const items = [
      deployment('shop/web'),
      deployment('shop/cart'),
      service('shop/cart', { ports }),
    ];
    expect(failures('deny', { from: 'web', to: '*/svc/*' }, [], items)).toEqual([
      'Deployment/shop/web -> Service/shop/cart: 80/TCP',
    ]);
  });

  test('a port name is looked up where it is, and has to be somewhere', () => {
    const said = { from: 'shop/*/web', to: '*/*/*', ports: ['http'] };
    expect(failures('deny', said)).toEqual([
      'Deployment/shop/web -> Deployment/shop/cart: 8080/TCP',
    ]);
    for (const ports of [['grpc'], ['http', 'grpc']]) {
      expect(failures('deny', { ...said, ports })).toBe(
        'nobody whom "*/*/*" matches has a port grpc, so that nothing would be asserted of it',
      );
    }
  });

  test('a Service without one of the ports is still held to the others', () => {
    const ports = [{ port: 8001, targetPort: 8001, protocol: 'TCP' }] as const;
    const items = [...shopAndDb, service('db/pg', { ports })];
    const said = { from: 'web', to: '*/svc/*', ports: ['8000-8100', 80] };
    expect(failures('deny', said, [], items)).toEqual([
      'Deployment/shop/web -> Service/shop/cart: 80/TCP',
      'Deployment/shop/web -> Service/db/pg: 8001/TCP',
    ]);
    expect(failures('deny', said)).toMatch(/has a port 8000-8100\/TCP, so that nothing/);
  });
});

describe('allow', () => {
  const toCart = policy('shop/cart', {
    podSelector: { matchLabels: { app: 'cart' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }],
  });

  test('holds where all of the ports are open, and names those that are not', () => {
    const said = { from: 'shop/deployment/web', to: 'shop/svc/cart', ports: [80] };
    expect(failures('allow', said, [toCart])).toEqual([]);
    const direct = { from: ['web', 'db/*/pg'], to: 'shop/deployment/cart', ports: ['http', 9090] };
    expect(failures('allow', direct, [toCart])).toEqual([
      'Deployment/shop/web -> Deployment/shop/cart: 9090/TCP',
      'Deployment/db/pg -> Deployment/shop/cart: 8080/TCP, 9090/TCP',
    ]);
    expect(failures('allow', { from: 'web', to: 'shop/*/cart' }, [toCart])).toEqual([
      'Deployment/shop/web -> Deployment/shop/cart: 1-8079/TCP, 8081-65535/TCP, 1-65535/UDP, 1-65535/SCTP',
    ]);
  });

  test('one of the pods of a Service is enough; nobody behind it is not', () => {
    const old = deployment('shop/cart-old', { labels: { app: 'cart', old: 'yes' } });
    const closedOld = policy('shop/old', {
      podSelector: { matchLabels: { old: 'yes' } },
      policyTypes: ['Ingress'],
    });
    const said = { from: 'web', to: 'shop/svc/cart', ports: [80] };
    expect(failures('allow', said, [closedOld], [...shopAndDb, old])).toEqual([]);
    const alone = [deployment('shop/web'), service('shop/cart')];
    const outcome = check('allow', said, [], alone);
    expect(outcome).toMatchObject({ ok: false, total: 1 });
    const reasons = 'listed' in outcome ? outcome.listed.map(({ answer }) => answer) : [];
    expect(
      reasons.map((answer) => ('error' in answer ? [] : reasonsOf(answer, () => undefined))),
    ).toMatchObject([[{ message: expect.stringContaining('is behind Service shop/cart') }]]);
  });

  test('counts all that fail and lists the first of them', () => {
    const many = Array.from({ length: 30 }, (_, index) => deployment(`shop/w${index}`));
    const said = { from: '*/*/w*', to: 'db/*/pg', ports: [5432] };
    const outcome = check('allow', said, [closedDb], [...many, ...shopAndDb]);
    expect(outcome).toMatchObject({ ok: false, total: 31 });
    expect('listed' in outcome && outcome.listed).toHaveLength(mostListed);
  });
});
