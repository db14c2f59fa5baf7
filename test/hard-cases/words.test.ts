import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, service, workload } from './given.ts';

const open = namespace('shop');
const denied = namespace('shop', { deny: 'true' });

describe('The rule of two words', () => {
  test('policies select labels: a pod that shares them shares the word, and is named (1)', () => {
    const labels = { app: 'checkout' };
    const { allows, codes } = given([
      open,
      workload('shop/checkout', { labels, talksTo: 'payment' }),
      workload('shop/cleanup', { labels: { ...labels, job: 'x' } }),
      workload('shop/payment', { ports: [50051] }),
      workload('shop/other', { ports: [80] }),
    ]);
    expect(allows('cleanup', 'payment', 50051)).toBe(true);
    expect(allows('cleanup', 'other', 80)).toBe(false);
    expect(codes).toContain('SelectorOverlap');
  });

  test('a selector that matches everything is never derived, as subject or as peer (2)', () => {
    const { policies, codes } = given([
      open,
      workload('shop/job', { selector: {}, labels: {}, talksTo: 'none' }),
      workload('shop/db', { acceptsFrom: 'job' }),
    ]);
    expect(policies.map(({ spec }) => spec.podSelector)).toEqual([{ matchLabels: { app: 'db' } }]);
    expect(codes.filter((code) => code === 'NoSelectableLabels')).toHaveLength(2);
  });

  test('none is a veto over the namespace word and over other people’s resources (3)', () => {
    const { allows, codes, states } = given([
      namespace('shop', { acceptsFrom: 'ns/monitoring' }),
      namespace('monitoring'),
      workload('monitoring/prometheus'),
      workload('shop/db', { acceptsFrom: 'none', ports: [5432] }),
      workload('shop/web'),
      resource('shop/sneak', {
        workload: { kind: 'Deployment', name: 'db' },
        acceptsFrom: [{ entity: 'Internet' }, { workload: { kind: 'Deployment', name: 'web' } }],
      }),
    ]);
    for (const from of ['monitoring/prometheus', 'web', '198.51.100.1', 'db']) {
      expect(allows(from, 'db', 5432)).toBe(false);
    }
    expect(codes).toContain('VetoedByNone');
    expect(states['sneak: @internet']).toBe('Refused/VetoedByNone');
  });

  test('a selector resource beside a veto opens nothing, and its other workloads keep it', () => {
    const tier = { tier: 'data' };
    const { allows } = given([
      open,
      workload('shop/db', { labels: { app: 'db', ...tier }, acceptsFrom: 'none' }),
      workload('shop/cache', { labels: { app: 'cache', ...tier } }),
      workload('shop/web'),
      resource('shop/tier', {
        selector: { matchLabels: tier },
        acceptsFrom: [{ workload: { kind: 'Deployment', name: 'web' } }],
      }),
    ]);
    expect(allows('web', 'db', 80)).toBe(false);
    expect(allows('web', 'cache', 80)).toBe(true);
  });

  test('an empty list, or none at all, is refused: it must not mean open (4)', () => {
    const target = { workload: { kind: 'Deployment', name: 'db' } };
    const empty = given([open, resource('shop/a', { ...target, acceptsFrom: [] })]);
    const pruned = given([open, resource('shop/b', target)]);
    expect([empty.policies, pruned.policies]).toEqual([[], []]);
    expect(empty.messages.join()).toContain('acceptsFrom');
    expect(pruned.messages).not.toEqual([]);
  });

  test('accepts-from names a source; its ports are the workload’s own (7)', () => {
    const { allows } = given([
      open,
      workload('shop/web', { ports: [3000] }),
      workload('shop/api', { ports: [8080, 9090], acceptsFrom: 'web:80' }),
      service('shop/api', { ports: ['80:8080'] }),
      service('shop/web', { ports: ['80:3000'] }),
    ]);
    expect(allows('web', 'api', 8080)).toBe(true);
    expect(allows('web', 'api', 80)).toBe(false);
    expect(allows('web', 'api', 9090)).toBe(false);
  });

  test('replicas of one workload reach one another, unless self is off (8)', () => {
    const kafka = (annotations = {}) =>
      given([
        open,
        workload('shop/kafka', { kind: 'StatefulSet', acceptsFrom: 'app', annotations }),
        workload('shop/app'),
      ]);
    expect(kafka().allows('kafka', 'kafka', 9092)).toBe(true);
    expect(kafka({ 'appconnectivity.dev/self': 'deny' }).allows('kafka', 'kafka', 9092)).toBe(
      false,
    );
  });

  test('two workloads of one name are both meant (9)', () => {
    const { allows, codes } = given([
      open,
      workload('shop/web', { talksTo: 'cart' }),
      workload('shop/cart', { labels: { app: 'cart-a' }, ports: [80] }),
      workload('shop/cart', { kind: 'StatefulSet', labels: { app: 'cart-b' }, ports: [81] }),
    ]);
    expect(codes).toContain('Ambiguous');
    expect(allows('web', 'cart', 80)).toBe(true);
  });

  test('a declaration by selector is a declaration of every workload it matches (11)', () => {
    const { allows } = given([
      denied,
      workload('shop/api', { labels: { app: 'api', tier: 'api' } }),
      workload('shop/x', { talksTo: 'api' }),
      workload('shop/frontend'),
      resource('shop/tier', {
        selector: { matchLabels: { tier: 'api' } },
        acceptsFrom: [{ workload: { kind: 'Deployment', name: 'frontend' } }],
      }),
    ]);
    expect(allows('x', 'api', 80)).toBe(false);
  });

  test('a selector on labels of run time adds its word for those pods, and is named on both (11)', () => {
    const runtime = { 'statefulset.kubernetes.io/pod-name': 'db-0' };
    const { allows, codes, messages } = given(
      [
        open,
        workload('shop/db', { kind: 'StatefulSet', ports: [5432], acceptsFrom: 'none' }),
        workload('shop/web'),
        resource('shop/first', {
          selector: { matchLabels: runtime },
          acceptsFrom: [{ workload: { kind: 'Deployment', name: 'web' } }],
        }),
      ],
      { pods: { 'shop/db-0': { app: 'db', ...runtime }, 'shop/db-1': { app: 'db' } } },
    );
    expect(allows('web', 'db-0', 5432)).toBe(true);
    expect(allows('web', 'db-1', 5432)).toBe(false);
    expect(codes.filter((code) => code === 'SelectorOverlap')).toHaveLength(2);
    expect(messages.join()).toContain(
      'although accepts-from: none is said for StatefulSet/shop/db',
    );
  });

  test('wide entries name members of their own namespace only, and both ends must agree (12)', () => {
    const { allows } = given([
      denied,
      namespace('other', { deny: 'true' }),
      workload('shop/x', { talksTo: '@cluster' }),
      workload('shop/silent'),
      workload('other/silent'),
    ]);
    expect(allows('x', 'silent', 80)).toBe(true);
    expect(allows('x', 'other/silent', 80)).toBe(false);
  });

  test('a new declaration of somebody else never removes a rule from a policy', () => {
    const before = [
      denied,
      workload('shop/api'),
      workload('shop/a', { talksTo: 'api' }),
      workload('shop/b'),
    ];
    const rules = (manifests: typeof before) =>
      given(manifests)
        .policies.filter(({ metadata }) => metadata.name.startsWith('appconn-api-'))
        .flatMap(({ spec }) => spec.ingress?.flatMap(({ from }) => from ?? []) ?? []);
    const more = [...before.slice(0, 3), workload('shop/b', { talksTo: 'api' })];
    expect(rules(more)).toEqual(expect.arrayContaining(rules(before)));
    expect(rules(more).length).toBeGreaterThan(rules(before).length);
  });

  test('DNS comes with someone to talk to, and goes with none or dns: deny (15)', () => {
    const dns = service('kube-system/kube-dns', {
      selector: { 'k8s-app': 'kube-dns' },
      ports: ['53:53/UDP', '53:53/TCP', '9153:9153/TCP'],
      clusterIP: '10.96.0.10',
    });
    const system = namespace('kube-system');
    const coredns = workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' } });
    const world = (options: Parameters<typeof workload>[1]) =>
      given([denied, system, dns, coredns, workload('shop/a', options), workload('shop/b')]);
    const asks = ({ allows }: ReturnType<typeof world>) =>
      allows('a', 'kube-system/coredns', 53, 'UDP') && allows('a', '10.96.0.10', 53, 'UDP');
    expect(asks(world({ talksTo: 'b' }))).toBe(true);
    expect(asks(world({ talksTo: 'nobody-yet' }))).toBe(true);
    expect(asks(world({}))).toBe(false);
    expect(asks(world({ talksTo: 'none' }))).toBe(false);
    expect(asks(world({ talksTo: 'b', annotations: { 'appconnectivity.dev/dns': 'deny' } }))).toBe(
      false,
    );
    expect(world({ talksTo: 'b' }).allows('a', 'kube-system/coredns', 9153)).toBe(false);
  });

  test('a namespace’s own entries are added to isolated workloads, and isolate nobody', () => {
    const manifests = (deny: string) => [
      namespace('shop', { deny, talksTo: 'proxy.infra:3128' }),
      namespace('infra'),
      workload('infra/proxy', { ports: [3128] }),
      workload('shop/a'),
      workload('shop/b', { talksTo: 'a' }),
    ];
    const isolated = given(manifests('egress'));
    expect(isolated.allows('a', 'infra/proxy', 3128)).toBe(true);
    expect(isolated.allows('b', 'infra/proxy', 3128)).toBe(true);
    expect(isolated.allows('a', 'b', 80)).toBe(false);
    expect(given(manifests('false')).allows('a', 'b', 80)).toBe(true);
    const useless = given([namespace('shop', { acceptsFrom: 'a' }), workload('shop/a')]);
    expect(useless.codes).toEqual(['NamespaceWordWithoutEffect']);
  });

  test('an end’s policy holds every entry that resolves, whatever the other end says', () => {
    const { policies, states } = given([
      open,
      workload('shop/web', { talksTo: 'cart:80' }),
      workload('shop/cart', { ports: [80], acceptsFrom: 'none' }),
    ]);
    expect(states['web: cart:80']).toBe('Refused/NobodyAccepted');
    const own = policies.find(({ metadata }) => metadata.name.startsWith('appconn-web-'));
    expect(JSON.stringify(own?.spec.egress)).toContain('"app":"cart"');
  });

  test.each(['ghost', '10.244.0.0/16', 'ns/nowhere', 'cart:9999'])(
    'who lists only %s, which gives no rule, is isolated all the same',
    (talksTo) => {
      const { allows } = given(
        [
          open,
          workload('shop/web', { talksTo }),
          workload('shop/cart', { ports: ['9999/UDP'] }),
          service('shop/cart', { ports: ['80:8080'] }),
        ],
        { settings: { clusterRanges: ['10.244.0.0/16'] } },
      );
      for (const port of [80, 8080, 9999]) expect(allows('web', 'cart', port)).toBe(false);
      expect(allows('web', '203.0.113.7', 443)).toBe(false);
    },
  );

  test('a label value that is not known changes nothing: the live deny is the memory', () => {
    const { world, policies } = given([denied, workload('shop/a')]);
    expect(policies.map(({ metadata }) => metadata.name)).toContain('appconn-default-deny');
    const keys = world.put({
      kind: 'Namespace',
      name: 'shop',
      uid: '',
      labels: { 'appconnectivity.dev/default-deny': 'True' },
      texts: {},
      terminating: false,
    });
    expect(keys.size).toBeGreaterThan(0);
    const again = given([namespace('shop', { deny: 'True' }), workload('shop/a')]);
    expect(again.policies).toEqual([]);
    expect(again.messages.join()).toContain(
      'cannot be "True"; write "true", "false", ingress or egress',
    );
  });

  test('text that does not parse is as if absent here, and is said; the other direction stays', () => {
    const { allows, codes } = given([
      denied,
      workload('shop/a', { talksTo: 'b, c:', acceptsFrom: 'b' }),
      workload('shop/b', { talksTo: 'a' }),
    ]);
    expect(codes).toContain('InvalidPort');
    expect(allows('a', 'b', 80)).toBe(false);
    expect(allows('b', 'a', 80)).toBe(true);
  });
});
