import { describe, expect, test } from '@jest/globals';
import { nothingDenied } from '../../src/core/model/declaration.ts';
import { given, type Manifest, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop');

/** All that is said about these objects. */
function said(...manifests: readonly Manifest[]): string {
  return given(manifests).messages.join('\n');
}

describe('A key of ours that nothing reads', () => {
  const entry = { 'appconnectivity.dev/talks-to': 'cart' };

  test('is reported on its workload, with the one that was meant', () => {
    const wrong = workload('shop/web', { annotations: { 'appconnectivity.dev/talk-to': 'cart' } });
    expect(said(shop, wrong)).toContain(
      'appconnectivity.dev/talk-to is not a key that is read; did you mean appconnectivity.dev/talks-to?',
    );
    expect(given([shop, wrong]).policies).toEqual([]);
  });

  test('is reported on a Namespace, whether annotation or label', () => {
    const wrong = namespace('shop', {
      annotations: { 'appconnectivity.dev/talk-to': 'cart' },
      labels: { 'appconnectivity.dev/default-denny': 'true' },
    });
    expect(said(wrong)).toContain('did you mean appconnectivity.dev/talks-to?');
    expect(said(wrong)).toContain('did you mean appconnectivity.dev/default-deny?');
  });

  test('because it stands on a pod template is reported on the workload, and has no effect', () => {
    const web = workload('shop/web');
    const spec = web.spec as { template: { metadata: object } };
    const metadata = { ...spec.template.metadata, annotations: entry };
    const wrong = { ...web, spec: { ...spec, template: { ...spec.template, metadata } } };
    expect(said(shop, wrong)).toContain(
      "is not read on spec.template.metadata; put it on the workload's own metadata.annotations",
    );
    expect(given([shop, wrong]).policies).toEqual([]);
  });

  test('because it stands on a Service is reported there, and has no effect', () => {
    const cart = service('shop/cart', { ports: ['80:80'] });
    const wrong = { ...cart, metadata: { ...(cart.metadata as object), annotations: entry } };
    expect(said(shop, workload('shop/cart'), wrong)).toContain(
      'appconnectivity.dev/talks-to is not read on',
    );
    expect(given([shop, workload('shop/cart'), wrong]).policies).toEqual([]);
  });
});

describe('A Namespace', () => {
  test('cannot say none: that is what default-deny is for', () => {
    const wrong = namespace('shop', { deny: 'ingress', acceptsFrom: 'none' });
    expect(said(wrong, workload('shop/web'))).toContain('cannot be "none"');
  });
});

describe('A switch', () => {
  const dns = (world: ReturnType<typeof given>) =>
    world.allows('web', 'kube-system/dns', 53, 'UDP');
  const self = (world: ReturnType<typeof given>) => world.allows('web', 'web', 80);
  const about = { workload: { kind: 'Deployment', name: 'web' } };
  const deny = { 'appconnectivity.dev/dns': 'deny', 'appconnectivity.dev/self': 'deny' };
  const web = (annotations = {}) =>
    workload('shop/web', { talksTo: 'cart', acceptsFrom: 'cart', annotations });
  const cluster = (...manifests: readonly Manifest[]) =>
    given([
      namespace('kube-system'),
      workload('kube-system/dns', { labels: { 'k8s-app': 'kube-dns' } }),
      workload('shop/cart'),
      ...manifests,
    ]);

  test('is on unless somebody denies it', () => {
    const world = cluster(shop, web());
    expect([dns(world), self(world)]).toEqual([true, true]);
  });

  test.each<readonly [string, readonly Manifest[]]>([
    ['the workload', [shop, web(deny)]],
    ['its namespace', [namespace('shop', { annotations: deny }), web()]],
    [
      'one of several resources about it',
      [
        ...[
          shop,
          web(),
          resource('shop/a', {
            ...about,
            dns: 'Allow',
            self: 'Allow',
            talksTo: [{ entity: 'Namespace' }],
          }),
        ],
        resource('shop/b', {
          ...about,
          dns: 'Deny',
          self: 'Deny',
          talksTo: [{ entity: 'Namespace' }],
        }),
      ],
    ],
  ])('that %s denies is off', (_, manifests) => {
    const world = cluster(...manifests);
    expect([dns(world), self(world)]).toEqual([false, false]);
  });

  test('that the operator’s settings deny is off everywhere', () => {
    const settings = { deny: { ...nothingDenied, dns: true, self: true } };
    const world = given(
      [
        namespace('kube-system'),
        workload('kube-system/dns', { labels: { 'k8s-app': 'kube-dns' } }),
        ...[workload('shop/cart'), shop, web()],
      ],
      { settings },
    );
    expect([dns(world), self(world)]).toEqual([false, false]);
  });
});
