import { describe, expect, test } from '@jest/globals';
import type { Labels } from '../../src/core/model/labels.ts';
import { managedBy, managedByLabel } from '../../src/core/model/names.ts';
import type { NetworkPolicy, PolicySpec } from '../../src/core/model/policy.ts';
import { given, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop');
const billing = namespace('billing');
const deployment = (name: string) => ({ workload: { kind: 'Deployment', name } });

/** Somebody else's policy, which isolates the pods of an app. */
function foreign(
  path: string,
  app: string,
  spec: Partial<PolicySpec> = {},
  labels: Labels = {},
): NetworkPolicy {
  const [of = '', name = ''] = path.split('/');
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: of, name, labels },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ...spec },
  };
}

describe('Somebody else’s policies (10)', () => {
  const talking = [shop, workload('shop/web', { talksTo: 'db' }), workload('shop/db')];

  test('one that isolates an end which is silent for us blocks the edge, and is named', () => {
    const { states, why } = given(talking, { foreign: [foreign('shop/lockdown', 'db')] });
    expect(states['web: db']).toBe('Blocked/ForeignPolicy');
    expect(why['web: db']).toBe(
      'NetworkPolicy shop/lockdown, which is not ours, stops it: let it allow this too, or remove it',
    );
  });

  test('several that block an edge are all named, but for those beyond the third', () => {
    const four = ['a', 'b', 'c', 'd'].map((name) => foreign(`shop/${name}`, 'db'));
    const { why } = given(talking, { foreign: four });
    expect(why['web: db']).toContain('NetworkPolicy shop/a, shop/b, shop/c and 1 more, which');
  });

  test('one that carries our label is somebody else’s all the same', () => {
    const copied = foreign('shop/copy', 'db', {}, { [managedByLabel]: managedBy });
    expect(given(talking, { foreign: [copied] }).states['web: db']).toBe('Blocked/ForeignPolicy');
  });

  test('one beside ours blocks nothing that ours allows', () => {
    const both = [...talking.slice(0, 2), workload('shop/db', { acceptsFrom: 'web' })];
    const { states } = given(both, { foreign: [foreign('shop/lockdown', 'db')] });
    expect(states).toEqual({ 'web: db': 'Allowed/Allowed', 'db: web': 'Allowed/Allowed' });
  });

  test('beside ours, the other end is asked for its entry: that is what would help', () => {
    const picky = [...talking.slice(0, 2), workload('shop/db', { acceptsFrom: 'none' })];
    const { states } = given(picky, { foreign: [foreign('shop/lockdown', 'db')] });
    expect(states['web: db']).toBe('Refused/NobodyAccepted');
  });

  test('one that isolates the declaring end itself only lasts until ours is written', () => {
    const lockdown = foreign('shop/lockdown', 'web', { policyTypes: ['Egress'] });
    const before = given(talking, { live: [], foreign: [lockdown] });
    expect(before.states['web: db']).toBe('Pending/NotWritten');
    expect(given(talking, { foreign: [lockdown] }).states['web: db']).toBe('Open/Open');
  });

  test('one that happens to allow an edge does not stand in for ours', () => {
    const allowing = foreign('shop/helpful', 'web', {
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }],
    });
    const { states } = given(talking, { live: [], foreign: [allowing] });
    expect(states['web: db']).toBe('Pending/NotWritten');
  });

  test('a wide edge is held by our policy only', () => {
    const wide = [shop, workload('shop/web', { talksTo: '@cluster' })];
    const allowing = foreign('shop/helpful', 'web', {
      policyTypes: ['Egress'],
      egress: [{ to: [{ namespaceSelector: {} }] }],
    });
    const { states } = given(wide, { live: [], foreign: [allowing] });
    expect(states['web: @cluster']).toBe('Pending/NotWritten');
  });
});

describe('What only waits for a write (13)', () => {
  test('an edge is not allowed before its own policy is live, although nothing stops it yet', () => {
    const world = [shop, workload('shop/web', { talksTo: 'db' }), workload('shop/db')];
    expect(given(world, { live: [] }).states['web: db']).toBe('Pending/NotWritten');
    expect(given(world).states['web: db']).toBe('Open/Open');
  });

  test('an end that has agreed is not told to agree while only its policy is behind', () => {
    const db = (acceptsFrom: string) => workload('billing/db', { acceptsFrom });
    const web = workload('shop/web', { talksTo: 'db.billing' });
    const before = given([shop, billing, web, db('api'), workload('billing/api')]);
    expect(before.states['web: db.billing']).toBe('Refused/NotAccepted');
    const agreed = [shop, billing, web, db('api, web.shop'), workload('billing/api')];
    const { states } = given(agreed, { live: before.policies });
    expect(states['web: db.billing']).toBe('Pending/NotWritten');
    expect(given(agreed).states['web: db.billing']).toBe('Allowed/Allowed');
  });

  test('so is one whose namespace is default-deny no more, until the deny is gone', () => {
    const web = workload('shop/web', { talksTo: 'db.billing' });
    const denied = [shop, namespace('billing', { deny: 'true' }), web, workload('billing/db')];
    const before = given(denied);
    expect(before.states['web: db.billing']).toBe('Pending/ConsentRequired');
    const open = [shop, billing, web, workload('billing/db')];
    const after = given(open, { live: before.policies });
    expect(after.states['web: db.billing']).toBe('Pending/NotWritten');
  });
});

describe('Edges that no policy can hold', () => {
  test('those of a workload whose selector matches every pod are refused, and say why', () => {
    const { states, why } = given([
      shop,
      workload('shop/job', { selector: {}, labels: {}, talksTo: 'db' }),
      workload('shop/db'),
    ]);
    expect(states['job: db']).toBe('Refused/NoSelectableLabels');
    expect(why['job: db']).toContain('give its pods a label of their own');
  });

  test('those to labels that no workload has wait for one, where nobody is admitted by default', () => {
    const pods = { pods: { selector: { matchLabels: { app: 'later' } } } };
    const world = (deny?: string) => [
      namespace('shop', deny === undefined ? {} : { deny }),
      workload('shop/web'),
      resource('shop/web', { ...deployment('web'), talksTo: [pods] }),
    ];
    const { states, why } = given(world('ingress'));
    expect(Object.values(states)).toEqual(['Pending/NobodyThere']);
    expect(Object.values(why)[0]).toContain('no workload of namespace shop has these labels yet');
    expect(Object.values(given(world()).states)).toEqual(['Open/Open']);
  });
});

describe('Pods by their labels', () => {
  test('are judged by the workloads that carry them: each is told what it has to agree to', () => {
    const pods = { pods: { selector: { matchLabels: { tier: 'data' } } } };
    const data = (name: string) => ({ labels: { app: name, tier: 'data' } });
    const { states, why, shares } = given([
      shop,
      workload('shop/web'),
      workload('shop/admin'),
      workload('shop/db', { ...data('db'), selector: { app: 'db' }, acceptsFrom: 'admin' }),
      workload('shop/cache', { ...data('cache'), selector: { app: 'cache' } }),
      resource('shop/web', { ...deployment('web'), talksTo: [pods] }),
    ]);
    expect(states['web: pods(tier=data)']).toBe('Refused/NotAccepted');
    expect(why['web: pods(tier=data)']).toContain('Deployment db in namespace shop lists others');
    expect(shares['web: pods(tier=data)']).toBe('1 of 2');
  });
});

describe('Several destinations (13)', () => {
  test('the worst counts, and of how many is said', () => {
    const both = { labels: { app: 'db', tier: 'data' } };
    const { states, shares } = given([
      shop,
      workload('shop/web', { talksTo: 'db:5432' }),
      workload('shop/db', {
        ...both,
        selector: { tier: 'data' },
        ports: [5432],
        acceptsFrom: 'web',
      }),
      workload('shop/old', {
        labels: { app: 'db', age: 'old' },
        selector: { age: 'old' },
        ports: [5432],
        acceptsFrom: 'nobody-else',
      }),
      workload('shop/nobody-else'),
      service('shop/db', { ports: ['5432:5432'] }),
    ]);
    expect(states['web: db:5432']).toBe('Refused/NotAccepted');
    expect(shares['web: db:5432']).toBe('1 of 2');
  });
});

describe('Declarations of both ends (14)', () => {
  const web = workload('shop/web', { talksTo: 'api.billing:80' });

  test('are one edge: each names the other’s source', () => {
    const { also } = given([
      shop,
      billing,
      web,
      workload('billing/api', { ports: [8080], acceptsFrom: 'web.shop' }),
      service('billing/api', { ports: ['80:8080'] }),
      resource('billing/api', {
        ...deployment('api'),
        acceptsFrom: [{ workload: { kind: 'Deployment', name: 'web', namespace: 'shop' } }],
      }),
    ]);
    expect(also['web: api.billing:80']).toBe('AppConnectivity/billing/api,Deployment/billing/api');
    expect(also['api: web.shop']).toBe('Deployment/shop/web');
    expect(also['api: deployment/web.shop']).toBe('Deployment/shop/web');
  });

  test('are two where they mean different ports, or where the other end means somebody else', () => {
    const { also } = given([
      shop,
      billing,
      web,
      workload('shop/other'),
      workload('billing/api', { ports: [8080, 9090], acceptsFrom: 'web.shop:9090, other.shop' }),
      service('billing/api', { ports: ['80:8080'] }),
    ]);
    expect(also).toMatchObject({
      'web: api.billing:80': '',
      'api: web.shop:9090': '',
      'api: other.shop': '',
    });
  });

  test('a selector and a whole namespace count as well, where they mean this workload', () => {
    const { also } = given([
      shop,
      billing,
      web,
      workload('billing/api', { acceptsFrom: 'ns/shop' }),
      resource('billing/api', {
        ...deployment('api'),
        acceptsFrom: [
          {
            pods: {
              selector: { matchLabels: { app: 'web' } },
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
            },
          },
        ],
      }),
    ]);
    expect(also['web: api.billing:80']).toBe('AppConnectivity/billing/api,Deployment/billing/api');
  });

  test('a resource that says both about one flow is its own second source', () => {
    const self = { workload: { kind: 'Deployment', name: 'web' } };
    const { also } = given([
      shop,
      workload('shop/web'),
      resource('shop/web', { ...self, talksTo: [self], acceptsFrom: [self] }),
    ]);
    expect(also['web: deployment/web']).toBe('AppConnectivity/shop/web');
  });
});
