import { describe, expect, test } from '@jest/globals';
import type { EnvironmentSettings } from '../../src/core/model/settings.ts';
import { given, type Manifest, namespace, resource, service, workload } from './given.ts';

const environments: EnvironmentSettings = {
  ...{ label: 'env', allowed: [['dev', 'staging']], sharedNamespaces: ['kube-system'] },
};

const of = (env: string) => ({ labels: { env } });
const world = (...manifests: readonly Manifest[]) =>
  given(manifests, { settings: { environments } });

/** A client and a database in two namespaces, which both declare it. */
function both(client: Manifest, data: Manifest): ReturnType<typeof given> {
  return world(
    ...[client, data],
    workload('shop/web', { talksTo: 'db.data:5432' }),
    workload('data/db', { ports: [5432], acceptsFrom: 'web.shop' }),
  );
}

const states = ['web: db.data:5432', 'db: web.shop'] as const;
const refused = 'Refused/CrossEnvironment';

describe('An entry between two environments (hard cases 34 and 35)', () => {
  test('is refused at both ends, although both declare it, and both stay isolated', () => {
    const found = both(namespace('shop', of('dev')), namespace('data', of('prod')));
    expect(states.map((name) => found.states[name])).toEqual([refused, refused]);
    expect(found.allows('web', 'data/db', 5432)).toBe(false);
    expect(found.policies.map(({ spec }) => spec.policyTypes)).toEqual([['Egress'], ['Ingress']]);
    expect(found.why['web: db.data:5432']).toBe(
      '"db.data:5432" crosses from namespace shop (env: dev) to namespace data (env: prod), which no entry can allow: name somebody of env dev, or have the pair allowed by environments.allowed in the operator\'s settings',
    );
  });

  test.each([
    ['of one', of('prod'), of('prod')],
    ['of an allowed pair', of('dev'), of('staging')],
    ['of an allowed pair, the other way round', of('staging'), of('dev')],
  ])('is none where both namespaces are %s', (_, shop, data) => {
    const found = both(namespace('shop', shop), namespace('data', data));
    expect(states.map((name) => found.states[name])).toEqual([
      'Allowed/Allowed',
      'Allowed/Allowed',
    ]);
    expect(found.allows('web', 'data/db', 5432)).toBe(true);
    expect(found.codes).not.toContain('CrossEnvironment');
  });

  test('an allowed pair lets nobody through to a third', () => {
    const pairs = {
      ...environments,
      allowed: [
        ['dev', 'staging'],
        ['staging', 'prod'],
      ] as const,
    };
    const found = given(
      [
        ...[namespace('shop', of('dev')), namespace('data', of('prod'))],
        workload('shop/web', { talksTo: 'db.data' }),
        workload('data/db'),
      ],
      { settings: { environments: pairs } },
    );
    expect(found.states['web: db.data']).toBe(refused);
  });

  test.each([
    ['the writer', namespace('shop'), namespace('data', of('prod')), 'shop'],
    ['the other', namespace('shop', of('dev')), namespace('data'), 'data'],
    ['both', namespace('shop'), namespace('data'), 'shop'],
    ['the writer, in all but name', namespace('shop', of('')), namespace('data', of('')), 'shop'],
  ])(
    'is one, too, where %s has no environment: whoever takes the label off gains nothing',
    (...row) => {
      const [, shop, data, unlabelled] = row;
      const found = both(shop, data);
      expect(states.map((name) => found.states[name])).toEqual([refused, refused]);
      expect(found.allows('web', 'data/db', 5432)).toBe(false);
      expect(found.why['web: db.data:5432']).toContain(
        `have Namespace ${unlabelled} labelled with its env, or shared`,
      );
    },
  );

  test('is one by whatever it is named: a Service, a kind of workload, a namespace, a resource', () => {
    const found = world(
      ...[namespace('shop', of('dev')), namespace('data', of('prod'))],
      workload('shop/web', { talksTo: 'svc/db.data, deployment/db.data, ns/data' }),
      resource('shop/web', {
        workload: { kind: 'Deployment', name: 'web' },
        talksTo: [{ service: { name: 'db', namespace: 'data' }, ports: [{ port: 5432 }] }],
      }),
      ...[service('data/db', { ports: ['5432:5432'] }), workload('data/db')],
    );
    expect(Object.keys(found.states)).toHaveLength(4);
    expect(new Set(Object.values(found.states))).toEqual(new Set([refused]));
    expect(found.allows('web', 'data/db', 5432)).toBe(false);
  });

  test('is not said of a namespace that does not exist: that is a name to correct', () => {
    const found = world(namespace('shop', of('dev')), workload('shop/web', { talksTo: 'db.dta' }));
    expect(found.states['web: db.dta']).toBe('Pending/NamespaceNotFound');
  });

  test('addresses are in none', () => {
    const talksTo = '203.0.113.0/24, @internet';
    const found = world(namespace('shop', of('dev')), workload('shop/web', { talksTo }));
    expect(Object.values(found.states)).toEqual(['Allowed/Allowed', 'Allowed/Allowed']);
  });
});

describe('The own and the shared namespaces', () => {
  const dns = [
    namespace('kube-system'),
    service('kube-system/kube-dns', {
      selector: { 'k8s-app': 'kube-dns' },
      ports: ['53:53/UDP', '53:53'],
      clusterIP: '10.96.0.10',
    }),
    workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' }, ports: ['53/UDP', 53] }),
  ];

  test.each([['dev'], ['']])('can be reached from environment "%s", and DNS goes on', (env) => {
    const found = world(
      ...dns,
      namespace('shop', of(env)),
      workload('shop/web', { talksTo: 'cart, metrics.kube-system' }),
      ...[workload('shop/cart'), workload('kube-system/metrics')],
    );
    expect(found.codes).not.toContain('CrossEnvironment');
    expect(found.allows('web', 'cart', 80)).toBe(true);
    expect(found.allows('web', 'kube-system/metrics', 80)).toBe(true);
    expect(found.allows('web', 'kube-system/coredns', 53, 'UDP')).toBe(true);
  });

  test('DNS goes on for whoever has nothing left of what it declared', () => {
    const found = world(
      ...[...dns, namespace('shop', of('dev')), namespace('data', of('prod'))],
      ...[workload('shop/web', { talksTo: 'db.data' }), workload('data/db')],
    );
    expect(found.allows('web', 'kube-system/coredns', 53, 'UDP')).toBe(true);
    expect(found.allows('web', 'data/db', 80)).toBe(false);
  });

  test('a shared namespace reaches every environment, as wide as it says', () => {
    const found = world(
      ...[...dns, namespace('shop', of('dev')), namespace('legacy')],
      workload('kube-system/scraper', { talksTo: '@cluster:9100' }),
      ...[workload('shop/web'), workload('legacy/app')],
    );
    expect(found.allows('kube-system/scraper', 'web', 9100)).toBe(true);
    expect(found.allows('kube-system/scraper', 'legacy/app', 9100)).toBe(true);
    expect(found.codes).not.toContain('EnvironmentNarrowed');
  });
});

describe('A wide entry', () => {
  const cluster = [
    namespace('kube-system'),
    namespace('shop', of('dev')),
    namespace('test', of('staging')),
    namespace('data', of('prod')),
    namespace('legacy'),
    ...['kube-system/app', 'test/app', 'data/app', 'legacy/app', 'shop/app'].map((path) =>
      workload(path as 'shop/app'),
    ),
  ];
  const reached = (found: ReturnType<typeof given>) =>
    ['kube-system', 'test', 'data', 'legacy', 'shop'].filter((name) =>
      found.allows('web', `${name}/app`, 80),
    );

  test.each([['talksTo'], ['acceptsFrom']] as const)(
    'means what is together with it: %s',
    (way) => {
      const found = world(...cluster, workload('shop/web', { [way]: '@cluster' }));
      const admitted = ['kube-system', 'test', 'data', 'legacy', 'shop'].filter((name) =>
        way === 'talksTo'
          ? found.allows('web', `${name}/app`, 80)
          : found.allows(`${name}/app`, 'web', 80),
      );
      expect(admitted).toEqual(['kube-system', 'test', 'shop']);
      expect(found.states['web: @cluster']).toBe('Open/Open');
      expect(found.shares['web: @cluster']).toBe('3 of 3');
      expect(found.messages).toContain(
        '"@cluster" means here only namespaces with the label env: dev or staging, namespace shop itself and the shared ones',
      );
    },
  );

  test('is judged by what is together with it alone', () => {
    const wide = { talksTo: '@cluster' };
    const [near, far] = [
      ['kube-system', 'test', 'shop'],
      ['data', 'legacy'],
    ];
    const stateOf = (refusing: readonly string[]) => {
      const app = (name: string) => workload(`${name}/app` as 'shop/app', { acceptsFrom: 'none' });
      return world(...cluster, ...refusing.map(app), workload('shop/web', wide)).states;
    };
    expect(stateOf(near)).toMatchObject({ 'web: @cluster': 'Refused/NobodyAccepted' });
    expect(stateOf(far)).toMatchObject({ 'web: @cluster': 'Open/Open' });
    const few = [...cluster.slice(0, 3), workload('test/app'), workload('shop/web', wide)];
    expect(world(...few).shares).toMatchObject({ 'web: @cluster': '1 of 1' });
  });

  test('is written as one peer for the values and one for the names', () => {
    const found = world(...cluster, workload('shop/web', { talksTo: '@cluster' }));
    expect(found.policies[0]?.spec.egress?.[0]?.to?.slice(0, 2)).toEqual([
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'env', operator: 'In', values: ['dev', 'staging'] }],
        },
      },
      {
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              ...{ operator: 'In', values: ['kube-system', 'shop'] },
            },
          ],
        },
      },
    ]);
  });

  test('waits while the live policy still holds it as wide as before', () => {
    const manifests = [...cluster, workload('shop/web', { talksTo: '@cluster' })];
    const { policies: live } = given(manifests);
    const found = given(manifests, { settings: { environments }, live });
    expect(found.states['web: @cluster']).toBe('Pending/NotWritten');
  });

  test('keeps what it asks for itself', () => {
    const selector = { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['staging'] }] };
    const found = world(
      ...[...cluster, workload('shop/web')],
      resource('shop/web', {
        workload: { kind: 'Deployment', name: 'web' },
        talksTo: [{ namespace: { selector } }],
      }),
    );
    expect(reached(found)).toEqual(['kube-system', 'shop']);
  });

  test('of no environment means its own namespace and the shared ones', () => {
    const found = world(
      ...cluster.filter(({ metadata }) => (metadata as { name: string }).name !== 'shop'),
      ...[namespace('shop'), workload('shop/web', { talksTo: '@cluster' })],
    );
    expect(reached(found)).toEqual(['kube-system', 'shop']);
    expect(found.messages).toContain(
      '"@cluster" means here only namespace shop itself and the shared ones, since it has no label env',
    );
  });

  test.each([
    ['dev', { matchLabels: { env: 'prod' } }, '(env: dev)'],
    ['dev', { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] }, '(env: dev)'],
    ['', { matchExpressions: [{ key: 'env', operator: 'Exists' }] }, '(no label env)'],
    ['', { matchLabels: { 'kubernetes.io/metadata.name': 'data' } }, '(no label env)'],
  ])('of "%s" that asks for others by their label is refused: %j', (env, selector, own) => {
    const found = world(
      ...cluster.filter(({ metadata }) => (metadata as { name: string }).name !== 'shop'),
      ...[namespace('shop', of(env)), workload('shop/web')],
      resource('shop/web', {
        workload: { kind: 'Deployment', name: 'web' },
        talksTo: [{ namespace: { selector } }],
      }),
    );
    expect(Object.values(found.states)).toEqual([refused]);
    expect(Object.values(found.why)[0]).toContain(`${own} to other environments, which`);
    expect(found.allows('web', 'data/app', 80)).toBe(false);
    expect(found.allows('web', 'legacy/app', 80)).toBe(false);
  });
});

describe('When a Namespace gets another environment', () => {
  test('everything in it is compiled again, and whoever names something there', () => {
    const found = both(namespace('shop', of('dev')), namespace('data', of('dev')));
    const record = found.world.state('data')?.object?.record;
    if (record === undefined) throw new Error('no namespace');
    const keys = found.world.put({ ...record, labels: { env: 'prod' } });
    expect([...keys].toSorted()).toEqual([
      ...['Deployment/data/db', 'Deployment/shop/web', 'Namespace/data'],
    ]);
  });
});
