import { describe, expect, test } from '@jest/globals';
import { eventsOf } from '../../src/core/status/events.ts';
import { given, type Manifest, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop');

/** A Service, a Deployment and a StatefulSet of one name, each with pods of its own. */
const carts = [
  workload('shop/store', { ports: [8080] }),
  service('shop/cart', { selector: { app: 'store' }, ports: ['80:8080'] }),
  workload('shop/cart', { labels: { app: 'cart-d' } }),
  workload('shop/cart', { kind: 'StatefulSet', labels: { app: 'cart-s' } }),
];
const pods = {
  'shop/d': { app: 'cart-d' },
  'shop/s': { app: 'cart-s' },
  'shop/b': { app: 'store' },
};

/** Whom `web` may reach on port 8080 when it says this: the Service's pods (b), or those of a kind. */
function reached(talksTo: string): string {
  const { allows } = given([shop, workload('shop/web', { talksTo }), ...carts], { pods });
  return ['b', 'd', 's'].filter((name) => allows('web', name, 8080)).join('');
}

/** Who may reach `web` when it says this. */
function admitted(acceptsFrom: string): string {
  const { allows } = given([shop, workload('shop/web', { acceptsFrom }), ...carts], { pods });
  return ['b', 'd', 's'].filter((name) => allows(name, 'web', 8080)).join('');
}

describe('A name', () => {
  test('in talks-to is the Service before the workloads, in accepts-from the other way round', () => {
    expect([reached('cart'), admitted('cart')]).toEqual(['b', 'ds']);
  });

  test.each([
    ['svc/cart', 'b'],
    ['service/cart', 'b'],
    ['services/cart', 'b'],
    ['deployment/cart', 'd'],
    ['deploy/cart', 'd'],
    ['Deployment/cart', 'd'],
    ['statefulset/cart', 's'],
    ['sts/cart', 's'],
  ])('%s means exactly that object', (text, names) => {
    expect([reached(text), admitted(text)]).toEqual([names, names]);
  });

  test.each([
    ['store', 'no Service or workload store in namespace shop yet'],
    ['svc/store', 'no Service store in namespace shop yet'],
    ['sts/store', 'no StatefulSet store in namespace shop yet'],
  ])('%s, which is not there, is told by what was looked for', (talksTo, said) => {
    const other = workload('shop/store', { kind: 'DaemonSet' });
    const others = talksTo === 'store' ? [] : [other];
    const { messages } = given([shop, workload('shop/web', { talksTo }), ...others]);
    expect(messages).toContainEqual(expect.stringContaining(`"${talksTo}": ${said}`));
  });

  test('of another namespace may be written short, with svc, or as a client dials it', () => {
    const rules = ['billing', 'billing.svc', 'billing.svc.cluster.local'].map((place) => {
      const { policies } = given([
        shop,
        namespace('billing'),
        workload('shop/web', { talksTo: `invoices.${place}:80` }),
        workload('billing/invoices', { ports: [8080] }),
        service('billing/invoices', { ports: ['80:8080'] }),
      ]);
      return JSON.stringify(policies.map(({ spec }) => spec));
    });
    expect(rules[0]).toContain('"port":8080');
    expect(new Set(rules).size).toBe(1);
  });

  test('with a dot in it is written in a resource: in a text the last dot separates', () => {
    const dotted = workload('shop/my.app', { labels: { app: 'dotted' } });
    const text = given([shop, workload('shop/web', { talksTo: 'my.app' }), dotted]);
    expect(text.states['web: my.app']).toBe('Pending/NamespaceNotFound');
    const talksTo = [{ workload: { kind: 'Deployment', name: 'my.app' } }];
    const about = resource('shop/web', { workload: { kind: 'Deployment', name: 'web' }, talksTo });
    const { allows } = given([shop, workload('shop/web'), dotted, about]);
    expect(allows('web', 'my.app', 80)).toBe(true);
  });
});

describe('Everybody', () => {
  const places = [shop, namespace('other'), namespace('third')];
  const whom = (talksTo: string) => {
    const paths = ['shop/a', 'other/b', 'third/c'] as const;
    const { allows } = given([
      ...places,
      ...paths.map((path) => workload(path)),
      workload('shop/web', { talksTo }),
    ]);
    return paths.filter((path) => allows('web', path, 80));
  };

  test('of the own namespace, of another one, and of all is three different entries', () => {
    expect(whom('@namespace')).toEqual(['shop/a']);
    expect(whom('ns/other')).toEqual(['other/b']);
    expect(whom('@cluster')).toEqual(['shop/a', 'other/b', 'third/c']);
  });
});

describe('A Service', () => {
  test('that is an ExternalName leads to nobody, and is never resolved', () => {
    const external = {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 'pay' } },
      spec: { type: 'ExternalName', externalName: 'db.billing.svc.cluster.local' },
    };
    const manifests = [namespace('billing'), workload('billing/db'), shop, external];
    const { states, allows, messages } = given([
      ...manifests,
      workload('shop/web', { talksTo: 'pay:80' }),
    ]);
    expect(states['web: pay:80']).toBe('Pending/ServiceHasNoSelector');
    expect(allows('web', 'billing/db', 80)).toBe(false);
    expect(messages.join()).toContain('host/');
  });

  test('behind which no workload is, means the pods that its own selector names', () => {
    const { allows, codes } = given(
      [
        shop,
        workload('shop/web', { talksTo: 'ghost:80' }),
        service('shop/ghost', { ports: ['80:8080'] }),
      ],
      { pods: { 'shop/by-hand': { app: 'ghost' }, 'shop/other': { app: 'other' } } },
    );
    expect(allows('web', 'by-hand', 8080)).toBe(true);
    expect(allows('web', 'other', 8080)).toBe(false);
    expect(codes).toContain('NoWorkloadBehind');
  });
});

describe('A workload', () => {
  test.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)(
    'that is a %s speaks for the pods that its selector matches, not for its template’s labels',
    (kind) => {
      const labels = { app: 'web', version: '1' };
      const { policies } = given([
        shop,
        workload('shop/web', { kind, labels, selector: { app: 'web' }, talksTo: 'none' }),
      ]);
      expect(policies.map(({ spec }) => spec.podSelector)).toEqual([
        { matchLabels: { app: 'web' } },
      ]);
    },
  );

  test('that is a number alone is told that it may be a port of the entry before it', () => {
    const { why } = given([shop, workload('shop/web', { talksTo: 'cart:80,443' })]);
    expect(why['web: 443']).toContain('write that entry again with :443');
  });

  test('on the host’s network is told that nothing it says can be enforced', () => {
    const { states } = given([
      shop,
      workload('shop/agent', { kind: 'DaemonSet', hostNetwork: true, talksTo: 'cart' }),
      workload('shop/cart'),
    ]);
    expect(states['agent: cart']).toBe('Unenforced/HostNetwork');
  });

  test.each(['none', 'cart'])('and so where it says %s, whoever says it', (talksTo) => {
    const agent = (more: object) =>
      workload('shop/agent', { kind: 'DaemonSet', hostNetwork: true, ...more });
    expect(given([shop, agent({ talksTo })]).codes).toContain('HostNetwork');
    const nobody = {
      ...{ workload: { kind: 'DaemonSet', name: 'agent' }, acceptsFrom: [{ nobody: true }] },
    };
    const { findings } = given([shop, agent({}), resource('shop/agent', nobody)]);
    expect(findings).toMatchObject([
      {
        code: 'HostNetwork',
        object: { kind: 'AppConnectivity' },
        at: { path: ['spec', 'workload'] },
      },
    ]);
    expect(eventsOf(findings)).toMatchObject([{ reason: 'HostNetwork', type: 'Warning' }]);
  });

  test('on the host’s network in a denied namespace, saying nothing, needs no word about it', () => {
    const agent = workload('shop/agent', { kind: 'DaemonSet', hostNetwork: true });
    expect(given([namespace('shop', { deny: 'true' }), agent]).codes).not.toContain('HostNetwork');
  });

  test.each<readonly [string, string, readonly Manifest[]]>([
    ['an annotation', 'a: b', [workload('shop/a', { talksTo: 'b' })]],
    [
      'a resource about it',
      'more: deployment/b',
      [
        workload('shop/a'),
        resource('shop/more', {
          workload: { kind: 'Deployment', name: 'a' },
          talksTo: [{ workload: { kind: 'Deployment', name: 'b' } }],
        }),
      ],
    ],
    [
      'a resource that selects it',
      'more: deployment/b',
      [
        workload('shop/a'),
        resource('shop/more', {
          selector: { matchLabels: { app: 'a' } },
          talksTo: [{ workload: { kind: 'Deployment', name: 'b' } }],
        }),
      ],
    ],
  ])('is declared by %s, and isolated in that direction only', (_, edge, manifests) => {
    const { allows, states } = given([shop, ...manifests, workload('shop/b'), workload('shop/c')]);
    expect(states[edge]).toBe('Open/Open');
    expect(allows('a', 'b', 80)).toBe(true);
    expect(allows('a', 'c', 80)).toBe(false);
    expect(allows('c', 'a', 80)).toBe(true);
  });
});
