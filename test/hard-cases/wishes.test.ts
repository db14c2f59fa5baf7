import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop', { deny: 'true' });
const web = (talksTo: string) => workload('shop/web', { talksTo });

/** Each is a wish that users of other tools have, or a complaint of theirs, in their own words. */
describe('What people asked other tools for', () => {
  test('"restrict an intent to one port of a multi-port Service": a port on the entry does', () => {
    const both = service('shop/cart', { ports: ['web=80:8080', 'admin=90:9090'] });
    const cart = workload('shop/cart', { ports: [8080, 9090] });
    const one = given([shop, web('cart:80'), cart, both]);
    expect(one.allows('web', 'cart', 8080)).toBe(true);
    expect(one.allows('web', 'cart', 9090)).toBe(false);
    const all = given([shop, web('cart'), cart, both]);
    expect(all.allows('web', 'cart', 9090)).toBe(true);
  });

  test('"a named Service port produced a policy with no port restriction": it stays that port', () => {
    const { allows, policies } = given([
      shop,
      web('cart:api'),
      workload('shop/cart', { ports: ['http=8080', 'admin=9090'] }),
      service('shop/cart', { ports: ['api=80:http'] }),
    ]);
    expect(allows('web', 'cart', 8080)).toBe(true);
    expect(allows('web', 'cart', 9090)).toBe(false);
    const rules = policies.flatMap(({ spec }) => spec.egress ?? []);
    const toCart = rules.filter(({ to }) => JSON.stringify(to).includes('cart'));
    expect(toCart.map(({ ports }) => ports)).toEqual([[{ protocol: 'TCP', port: 'http' }]]);
  });

  test('"a named Service port that nobody has": no rule, never every port', () => {
    const cart = [
      workload('shop/cart', { ports: [8080] }),
      service('shop/cart', { ports: ['80:8080'] }),
    ];
    const { allows, states } = given([shop, web('cart:grpc'), ...cart]);
    expect(allows('web', 'cart', 8080)).toBe(false);
    expect(states['web: cart:grpc']).toBe('Pending/PortNotFound');
  });

  test('"pods of Jobs are never labelled": no pod has to be, and one policy is enough for any number', () => {
    const shared = { app: 'batch' };
    const { policies } = given([shop, workload('shop/batch', { labels: shared, talksTo: 'cart' })]);
    const own = policies.filter(({ spec }) => JSON.stringify(spec.podSelector).includes('batch'));
    expect(own.map(({ spec }) => spec.podSelector)).toEqual([{ matchLabels: shared }]);
  });

  test('"one policy per pair is too many": one for each workload, both directions in it', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const apps = names.map((name) =>
      workload(`shop/${name}`, { talksTo: names.filter((other) => other !== name).join() }),
    );
    expect(given([namespace('shop'), ...apps]).policies).toHaveLength(5);
  });

  test('"names collide, and the last policy silently wins": two long names are two policies', () => {
    const long = 'a'.repeat(80);
    const { policies } = given([
      namespace('shop'),
      workload(`shop/${long}-one`, { labels: { app: 'one' }, talksTo: 'none' }),
      workload(`shop/${long}-two`, { labels: { app: 'two' }, talksTo: 'none' }),
    ]);
    expect(new Set(policies.map(({ metadata }) => metadata.name)).size).toBe(2);
    expect(policies.every(({ metadata }) => metadata.name.length <= 63)).toBe(true);
  });

  test('"hostNetwork peers break it": they get no rule, and are named with what to do', () => {
    const exporter = workload('shop/exporter', { kind: 'DaemonSet', hostNetwork: true });
    const { states } = given([shop, workload('shop/db', { acceptsFrom: 'exporter' }), exporter]);
    expect(states['db: exporter']).toBe('Pending/HostNetworkPeer');
  });

  test('"the rule used the Service port, and traffic was denied": it has the pods’ port', () => {
    const { allows } = given([
      shop,
      web('cart:80'),
      workload('shop/cart', { ports: [8080] }),
      service('shop/cart', { ports: ['80:8080'] }),
    ]);
    expect(allows('web', 'cart', 8080)).toBe(true);
    expect(allows('web', 'cart', 80)).toBe(false);
  });

  test('"the target was absent, and the rule was never retried": it comes with the target', () => {
    const before = given([shop, web('cart:80')]);
    expect(before.states['web: cart:80']).toBe('Pending/TargetNotFound');
    const cart = [
      workload('shop/cart', { ports: [8080] }),
      service('shop/cart', { ports: ['80:8080'] }),
    ];
    const after = given([shop, web('cart:80'), ...cart]);
    expect(after.states['web: cart:80']).toBe('Allowed/Allowed');
  });

  test('"one workload inherits another’s external egress": addresses are each workload’s own', () => {
    const { allows } = given([
      shop,
      workload('shop/pay', { talksTo: '203.0.113.0/24:443' }),
      workload('shop/mail', { talksTo: 'pay' }),
    ]);
    expect(allows('pay', '203.0.113.7', 443)).toBe(true);
    expect(allows('mail', '203.0.113.7', 443)).toBe(false);
  });

  test('"an ipBlock rule and a namespace rule were merged and shared ports": each keeps its own', () => {
    const { allows } = given([
      shop,
      namespace('billing'),
      workload('shop/db', {
        acceptsFrom: '203.0.113.0/24:5432, ns/billing:9187',
        ports: [5432, 9187],
      }),
      workload('billing/invoices'),
    ]);
    expect(allows('203.0.113.7', 'db', 5432)).toBe(true);
    expect(allows('203.0.113.7', 'db', 9187)).toBe(false);
    expect(allows('billing/invoices', 'db', 9187)).toBe(true);
    expect(allows('billing/invoices', 'db', 5432)).toBe(false);
  });

  test('"outbound IPs were missing, so teams wrote NetworkPolicies by hand": blocks with exceptions', () => {
    const { allows } = given([
      shop,
      workload('shop/pay'),
      resource('shop/pay', {
        workload: { kind: 'Deployment', name: 'pay' },
        talksTo: [{ cidr: { block: '203.0.113.0/24', except: ['203.0.113.9/32'] } }],
      }),
    ]);
    expect(allows('pay', '203.0.113.7', 443)).toBe(true);
    expect(allows('pay', '203.0.113.9', 443)).toBe(false);
  });

  test('"an ingress-only policy crashed the controller": every direction alone is a policy', () => {
    const { policies } = given([
      namespace('shop'),
      workload('shop/in', { acceptsFrom: 'none' }),
      workload('shop/out', { talksTo: 'none' }),
    ]);
    expect(policies.map(({ spec }) => [spec.policyTypes, spec.ingress, spec.egress])).toEqual([
      [['Ingress'], [], []],
      [['Egress'], [], []],
    ]);
  });

  test('"deny-all breaks DNS": whoever talks to anyone may resolve names, over UDP and TCP', () => {
    const { allows } = given([
      shop,
      namespace('kube-system'),
      workload('kube-system/coredns', {
        labels: { 'k8s-app': 'kube-dns' },
        ports: ['dns=5353/UDP'],
      }),
      service('kube-system/kube-dns', {
        selector: { 'k8s-app': 'kube-dns' },
        ports: ['53:5353/UDP', '53:5353/TCP'],
      }),
      web('cart'),
      workload('shop/cart'),
    ]);
    expect(allows('web', 'kube-system/coredns', 5353, 'UDP')).toBe(true);
    expect(allows('web', 'kube-system/coredns', 5353, 'TCP')).toBe(true);
    expect(allows('web', 'kube-system/coredns', 9153, 'TCP')).toBe(false);
  });
});
