import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop');

describe('Names, Services and ports', () => {
  test('the peer is the workload’s own selector, so that a promotion does not flap (16)', () => {
    const rollout = (hash: string) =>
      given([
        shop,
        workload('shop/web', { talksTo: 'cart' }),
        workload('shop/cart', { ports: [8080] }),
        service('shop/cart', {
          selector: { app: 'cart', 'rollouts-pod-template-hash': hash },
          ports: ['80:8080'],
        }),
      ]);
    expect(rollout('abc').allows('web', 'cart', 8080)).toBe(true);
    expect(rollout('abc').policies).toEqual(rollout('def').policies);
  });

  test('a Service that is switched from one workload to another means the one behind it now; both may be named (16)', () => {
    const switched = (version: string, talksTo: string) =>
      given([
        shop,
        workload('shop/web', { talksTo }),
        workload('shop/blue', { labels: { app: 'cart', version: 'blue' }, ports: [80] }),
        workload('shop/green', { labels: { app: 'cart', version: 'green' }, ports: [80] }),
        service('shop/cart', { selector: { app: 'cart', version }, ports: ['80:80'] }),
      ]);
    const [blue, green] = [switched('blue', 'cart'), switched('green', 'cart')];
    expect([blue.allows('web', 'blue', 80), blue.allows('web', 'green', 80)]).toEqual([
      true,
      false,
    ]);
    expect([green.allows('web', 'blue', 80), green.allows('web', 'green', 80)]).toEqual([
      false,
      true,
    ]);
    const both = 'deployment/blue, deployment/green';
    expect(switched('blue', both).policies).toEqual(switched('green', both).policies);
  });

  test('a Service by runtime labels reaches the workload that it does not contradict (17)', () => {
    const { allows, codes } = given([
      shop,
      workload('shop/web', { talksTo: 'primary' }),
      workload('shop/pg', { ports: [5432] }),
      service('shop/primary', { selector: { app: 'pg', role: 'primary' }, ports: ['5432:5432'] }),
    ]);
    expect(allows('web', 'pg', 5432)).toBe(true);
    expect(codes).toContain('RuntimeLabel');
  });

  test('a label that many workloads share does not make a Service reach them all (17)', () => {
    const shared = { 'part-of': 'shop' };
    const { allows } = given([
      shop,
      workload('shop/web', { labels: { app: 'web', ...shared }, talksTo: 'db' }),
      workload('shop/db', { labels: { component: 'db', ...shared }, ports: [5432] }),
      workload('shop/mail', { labels: { app: 'mail', ...shared }, ports: [5432] }),
      service('shop/db', { selector: { component: 'db', ...shared }, ports: ['5432:5432'] }),
    ]);
    expect(allows('web', 'db', 5432)).toBe(true);
    expect(allows('web', 'mail', 5432)).toBe(false);
  });

  test('a headless Service is not translated by anyone (18)', () => {
    const { allows, codes } = given([
      shop,
      workload('shop/web', { talksTo: 'db:80' }),
      workload('shop/x', { talksTo: 'db' }),
      workload('shop/db', { ports: [8080] }),
      service('shop/db', { headless: true, ports: ['80:8080'] }),
    ]);
    expect(allows('web', 'db', 80)).toBe(true);
    expect(allows('web', 'db', 8080)).toBe(false);
    expect(codes).toContain('HeadlessPort');
  });

  test('a Service without selector has no pods to name: no rule, and a hint (18)', () => {
    const { allows, states, messages } = given([
      shop,
      workload('shop/web', { talksTo: 'legacy' }),
      workload('shop/legacy'),
      service('shop/legacy', { selector: null, ports: ['80:80'] }),
    ]);
    expect(allows('web', 'legacy', 80)).toBe(false);
    expect(states['web: legacy']).toBe('Pending/ServiceHasNoSelector');
    expect(messages.join()).toContain('selects no pods; list its addresses');
  });

  test('a named targetPort that differs between the pods behind stays a name, and is told (19e)', () => {
    const behind = { app: 'cart' };
    const manifests = (other: string) => [
      shop,
      service('shop/cart', { ports: ['80:http'] }),
      workload('shop/blue', { labels: { ...behind, track: 'blue' }, ports: ['http=8080'] }),
      workload('shop/green', { labels: { ...behind, track: 'green' }, ports: [other] }),
      workload('shop/web', { talksTo: 'cart:80' }),
    ];
    const differing = given(manifests('http=9090'));
    expect(differing.messages.join()).toContain(
      '"cart:80": port http is 8080 in Deployment/shop/blue and 9090 in Deployment/shop/green;',
    );
    expect(differing.allows('web', 'blue', 8080)).toBe(true);
    expect(differing.allows('web', 'green', 9090)).toBe(true);
    expect(differing.allows('web', 'green', 8080)).toBe(false);
    for (const same of ['http=8080', 'http=9090/UDP', 'other=9090']) {
      expect(given(manifests(same)).codes).not.toContain('PortNameDiffers');
    }
  });

  test('ports: ranges, protocols, precedence and named targetPorts are translated exactly (19)', () => {
    const { allows, policies } = given([
      shop,
      workload('shop/range', { talksTo: 'cart:8000-8100' }),
      workload('shop/first', { talksTo: 'cart:8080' }),
      workload('shop/dns', { talksTo: 'cart:53' }),
      workload('shop/named', { talksTo: 'cart:web' }),
      workload('shop/cart', { ports: ['http=7070', 9001, 9090, '5353/UDP'] }),
      service('shop/cart', {
        ports: [
          'a=8001:9001/TCP',
          'b=80:8080/TCP',
          'c=8080:9090/TCP',
          'd=53:5353/UDP',
          'web=81:http/TCP',
        ],
      }),
    ]);
    expect(allows('range', 'cart', 9001)).toBe(true);
    expect(allows('range', 'cart', 8001)).toBe(false);
    expect(allows('first', 'cart', 9090)).toBe(true);
    expect(allows('first', 'cart', 8080)).toBe(false);
    expect(allows('dns', 'cart', 5353, 'UDP')).toBe(true);
    expect(allows('dns', 'cart', 5353, 'TCP')).toBe(false);
    expect(allows('named', 'cart', 7070)).toBe(true);
    const named = policies.find(({ metadata }) => metadata.name.startsWith('appconn-named-'));
    expect(JSON.stringify(named?.spec.egress)).toContain('"port":"http"');
  });

  test('a port that the target does not have gives no rule, never every port (19)', () => {
    const { allows, states } = given([
      shop,
      workload('shop/web', { talksTo: 'cart:9999, svc/cart:grpc' }),
      workload('shop/cart', { ports: [8080] }),
      service('shop/cart', { ports: ['80:8080'] }),
    ]);
    expect(allows('web', 'cart', 8080)).toBe(false);
    expect(states['web: cart:9999']).toBe('Pending/PortNotFound');
    expect(states['web: svc/cart:grpc']).toBe('Pending/PortNotFound');
  });

  test('an address entry never overlaps the cluster, and @internet leaves it out (20)', () => {
    const ranges = { settings: { clusterRanges: ['10.244.0.0/16', '198.51.100.0/24'] } };
    const { allows, states } = given(
      [
        shop,
        workload('shop/a', { talksTo: '10.0.0.0/8, 0.0.0.0/0' }),
        workload('shop/b', { talksTo: '@internet' }),
      ],
      ranges,
    );
    expect(states).toMatchObject({
      'a: 10.0.0.0/8': 'Refused/OverlapsCluster',
      'a: 0.0.0.0/0': 'Refused/OverlapsCluster',
    });
    expect(allows('a', '10.1.2.3', 443)).toBe(false);
    expect(allows('b', '203.0.113.1', 443)).toBe(true);
    expect(allows('b', '2001:db8::1', 443)).toBe(true);
    expect(allows('b', '64:ff9b::cb00:7101', 443)).toBe(true);
    for (const inside of [
      ...['198.51.100.1', '64:ff9b::c633:6401', '64:ff9b::a01:203', '64:ff9b::a9fe:a9fe'],
      ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', 'fd00::1'],
      ...['127.0.0.1', '::1', '169.254.169.254', 'fe80::1', '224.0.0.1', 'ff02::1'],
    ]) {
      expect(allows('b', inside, 443)).toBe(false);
    }
  });

  test('a peer on the host’s network gets no rule, and is named (22)', () => {
    const { states } = given([
      shop,
      workload('shop/exporter', { kind: 'DaemonSet', hostNetwork: true }),
      workload('shop/db', { acceptsFrom: 'exporter' }),
    ]);
    expect(states['db: exporter']).toBe('Pending/HostNetworkPeer');
  });

  test('no rule for a namespace that does not exist: its name could be taken (33)', () => {
    const { policies, states } = given([
      shop,
      workload('shop/db', { acceptsFrom: 'cart.billing, ns/monitoring' }),
    ]);
    expect(states).toEqual({
      'db: cart.billing': 'Pending/NamespaceNotFound',
      'db: ns/monitoring': 'Pending/NamespaceNotFound',
    });
    const specs = policies.map(({ spec }) => spec);
    expect(JSON.stringify(specs)).not.toMatch(/billing|monitoring/);
  });

  test('a selector is never resolved to one namespace: it stays a selector (peers 20)', () => {
    const { allows } = given([
      shop,
      namespace('a1', { labels: { team: 'a' } }),
      namespace('a2', { labels: { team: 'a' } }),
      namespace('b', { labels: { team: 'b' } }),
      workload('shop/db'),
      ...['a1/x', 'a2/x', 'b/x'].map((path) => workload(path as 'a1/x')),
      resource('shop/db', {
        workload: { kind: 'Deployment', name: 'db' },
        acceptsFrom: [{ namespace: { selector: { matchLabels: { team: 'a' } } } }],
      }),
    ]);
    expect(['a1/x', 'a2/x', 'b/x'].map((from) => allows(from, 'db', 80))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('states say who has to write which line, and where', () => {
    const { states } = given([
      shop,
      namespace('billing', { deny: 'ingress' }),
      workload('shop/web', { talksTo: 'payment.billing, cart, audit.billing:1' }),
      workload('shop/cart', { acceptsFrom: 'none' }),
      workload('billing/payment', { ports: [50051] }),
      workload('billing/audit', { ports: [1, 2], acceptsFrom: 'web.shop:2' }),
    ]);
    expect(states).toMatchObject({
      'web: payment.billing': 'Pending/ConsentRequired',
      'web: cart': 'Refused/NobodyAccepted',
      'web: audit.billing:1': 'Refused/PortMismatch',
    });
  });
});

describe('What a status tells to write', () => {
  test('for a workload with a dot in its name, the name with its namespace', () => {
    const client = (name: string) => workload(`shop/${name}`, { talksTo: 'cart' });
    const cart = (acceptsFrom: string) => workload('shop/cart', { acceptsFrom });
    const apart = [namespace('app'), workload('app/my', { talksTo: 'cart.shop' })];
    const refused = given([shop, ...apart, client('my.app'), cart('api')]);
    expect(refused.why['my.app: cart']).toContain('add my.app.shop to its accepts-from');
    const taken = given([shop, ...apart, client('my.app'), cart('api, my.app.shop')]);
    expect(taken.states['my.app: cart']).toBe('Allowed/Allowed');
    expect(taken.states['my: cart.shop']).toBe('Refused/NotAccepted');
  });

  test('for a port that is closed at the other end, the workload with its own port', () => {
    const web = (talksTo: string) => workload('shop/web', { talksTo });
    const cart = workload('shop/cart', { ports: [8080, 9090], acceptsFrom: 'web:9090' });
    const front = service('shop/cart', { selector: { app: 'cart' }, ports: ['80:8080'] });
    const refused = given([shop, web('cart'), cart, front]);
    expect(refused.states['cart: web:9090']).toBe('Refused/PortMismatch');
    expect(refused.why['cart: web:9090']).toContain('deployment/cart:9090');
    const taken = given([shop, web('cart, deployment/cart:9090'), cart, front]);
    expect(taken.states['cart: web:9090']).toBe('Allowed/Allowed');
  });

  test('the line for consent keeps those whom the silence admits today', () => {
    const { states, why } = givenConsent('');
    expect(states['web: payment.billing']).toBe('Pending/ConsentRequired');
    const line = why['web: payment.billing'];
    expect(line).toContain('accepts-from: web.shop, cron, ledger to Deployment payment');
    const agreed = givenConsent('web.shop, cron, ledger');
    expect(agreed.states['web: payment.billing']).toBe('Allowed/Allowed');
    for (const from of ['billing/cron', 'billing/ledger', 'shop/web']) {
      expect(agreed.allows(from, 'billing/payment', 50051)).toBe(true);
    }
  });

  test('a Service with nobody behind it yet is Pending, and says so', () => {
    const { states } = given([
      namespace('shop', { deny: 'true' }),
      workload('shop/web', { talksTo: 'cart' }),
      service('shop/cart', { ports: ['80:8080'] }),
    ]);
    expect(states['web: cart']).toBe('Pending/NoWorkloadBehind');
  });
});

function givenConsent(acceptsFrom: string) {
  return given([
    shop,
    namespace('billing', { deny: 'ingress' }),
    workload('shop/web', { talksTo: 'payment.billing' }),
    workload('billing/payment', { ports: [50051], ...(acceptsFrom !== '' && { acceptsFrom }) }),
    workload('billing/cron', { talksTo: 'payment' }),
    workload('billing/ledger', { talksTo: 'deployment/payment:50051' }),
  ]);
}
