import { describe, expect, test } from '@jest/globals';
import { nothingDenied, type Switches } from '../../src/core/model/declaration.ts';
import { defaultSettings, type Settings } from '../../src/core/model/settings.ts';
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

  test('because it is an annotation and should be a label, or the other way round, is reported so', () => {
    const deny = 'appconnectivity.dev/default-deny';
    const wrong = namespace('shop', {
      annotations: { [deny]: 'true', 'appconnectivity.dev/mode': 'audit' },
      labels: { 'appconnectivity.dev/dns': 'deny' },
    });
    for (const meant of [
      `the label ${deny}`,
      'the label appconnectivity.dev/mode',
      'the annotation appconnectivity.dev/dns',
    ]) {
      expect(said(wrong)).toContain(`did you mean ${meant}?`);
    }
    const web = workload('shop/web');
    const labels = { 'appconnectivity.dev/mode': 'audit', app: 'web' };
    const labelled = { ...web, metadata: { ...(web.metadata as object), labels } };
    expect(said(shop, labelled)).toContain(
      "appconnectivity.dev/mode is not read on metadata.labels; put it on the workload's own metadata.annotations",
    );
  });

  test.each(['annotations', 'labels'])(
    'because it is one of a Namespace is reported so on the workload, where it stands among the %s',
    (field) => {
      const web = workload('shop/web');
      const own = (web.metadata ?? {}) as Record<string, object | undefined>;
      const deny = 'appconnectivity.dev/default-deny';
      const from = 'appconnectivity.dev/monitors-from';
      const keys = { ...own[field], [deny]: 'true', [from]: 'monitoring' };
      const wrong = { ...web, metadata: { ...own, [field]: keys } };
      expect(said(shop, wrong)).toContain(`did you mean the label ${deny} of its Namespace?`);
      expect(said(shop, wrong)).toContain(`did you mean the annotation ${from} of its Namespace?`);
      expect(given([shop, wrong]).policies).toEqual([]);
    },
  );

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

  test('because it stands on a Service that no workload is behind is reported there all the same', () => {
    const cart = service('shop/cart', { ports: ['80:80'] });
    const wrong = { ...cart, metadata: { ...(cart.metadata as object), annotations: entry } };
    expect(said(workload('shop/web'), wrong)).toBe(
      "appconnectivity.dev/talks-to is not read on metadata; put it on the workload's own metadata.annotations",
    );
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

describe('The switch auto', () => {
  const denied = { deny: 'ingress' };
  const settings = {
    parties: {
      ...defaultSettings.parties,
      ingress: [{ namespace: 'edge', selector: { matchLabels: { app: 'proxy' } } }],
      monitoring: [{ namespace: 'edge', selector: { matchLabels: { app: 'prometheus' } } }],
      apiServerSources: ['192.0.2.1/32'],
    },
  };
  const ingress = {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
    metadata: { namespace: 'shop', name: 'web' },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  };
  const monitor = {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor' },
    metadata: { namespace: 'shop', name: 'web' },
    spec: { selector: {}, podMetricsEndpoints: [{ portNumber: 9090 }] },
  };
  const webhook = {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: { name: 'web' },
    webhooks: [
      { name: 'web.example.com', clientConfig: { service: { namespace: 'shop', name: 'web' } } },
    ],
  };
  const web = (annotations = {}) => workload('shop/web', { annotations });

  /** What of routes, metrics and webhooks gets to a web whose namespace is default-deny. */
  function stays(manifests: readonly Manifest[], more: Partial<Settings> = {}): string[] {
    const { allows } = given(
      [
        ...[namespace('edge'), workload('edge/proxy'), workload('edge/prometheus')],
        service('shop/web', { ports: ['plain=80:8080', 'tls=443:8443'] }),
        ...[ingress, monitor, webhook, ...manifests],
      ],
      { settings: { ...settings, ...more } },
    );
    const open = {
      routes: allows('edge/proxy', 'web', 8080),
      metrics: allows('edge/prometheus', 'web', 9090),
      webhooks: allows('192.0.2.1', 'web', 8443),
    };
    return Object.entries(open).flatMap(([name, isOpen]) => (isOpen ? [name] : []));
  }

  const key = 'appconnectivity.dev/auto';
  const all = { routes: true, metrics: true, webhooks: true };
  const about = (name: string, auto: object) =>
    resource(`shop/${name}`, {
      workload: { kind: 'Deployment', name: 'web' },
      ...{ auto, talksTo: [{ entity: 'Namespace' }] },
    });
  const denying = (some: Partial<Switches>) => ({ deny: { ...nothingDenied, ...some } });

  test.each<readonly [string, readonly Manifest[], Partial<Settings>]>([
    ['nobody', [namespace('shop', denied), web()], {}],
    ['a workload that says allow', [namespace('shop', denied), web({ [key]: 'allow' })], {}],
  ])('of %s leaves routes, metrics and webhooks on', (_, manifests, more) => {
    expect(stays(manifests, more)).toEqual(['routes', 'metrics', 'webhooks']);
  });

  test.each<readonly [string, readonly Manifest[], Partial<Settings>]>([
    ['a workload', [namespace('shop', denied), web({ [key]: 'deny' })], {}],
    [
      'its namespace',
      [namespace('shop', { ...denied, annotations: { [key]: 'deny' } }), web()],
      {},
    ],
    [
      'resources about it, one by one',
      [
        ...[namespace('shop', denied), web()],
        about('a', { routes: 'Deny', webhooks: 'Allow' }),
        about('b', { metrics: 'Deny', webhooks: 'Deny' }),
      ],
      {},
    ],
    ['the operator’s settings', [namespace('shop', denied), web()], denying(all)],
  ])('of %s denies all three', (_, manifests, more) => {
    expect(stays(manifests, more)).toEqual([]);
  });

  test.each<readonly [string, readonly Manifest[], Partial<Settings>]>([
    ['a workload', [namespace('shop', denied), web({ [key]: 'metrics' })], {}],
    [
      'its namespace',
      [namespace('shop', { ...denied, annotations: { [key]: 'metrics' } }), web()],
      {},
    ],
    [
      'a resource',
      [namespace('shop', denied), web(), about('a', { routes: 'Deny', webhooks: 'Deny' })],
      {},
    ],
    [
      'the operator’s settings',
      [namespace('shop', denied), web()],
      denying({ routes: true, webhooks: true }),
    ],
    [
      'its namespace and the workload together, of which each leaves one more',
      [
        namespace('shop', { ...denied, annotations: { [key]: 'routes, metrics' } }),
        web({ [key]: 'metrics, webhooks' }),
      ],
      {},
    ],
  ])('of %s leaves on what it lists, or does not deny', (_, manifests, more) => {
    expect(stays(manifests, more)).toEqual(['metrics']);
  });

  test('with another word is said to be wrong, and switches nothing off', () => {
    const wrong = [namespace('shop', denied), web({ [key]: 'routes, logs' })];
    expect(said(...wrong)).toContain(
      `${key} cannot be "routes, logs"; write deny, allow, or those that stay: routes, metrics, webhooks`,
    );
    expect(stays(wrong)).toEqual(['routes', 'metrics', 'webhooks']);
  });
});
