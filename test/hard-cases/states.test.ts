import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop');
const billing = namespace('billing');
const deniedBilling = namespace('billing', { deny: 'ingress' });
const deployment = (name: string) => ({ workload: { kind: 'Deployment', name } });

describe('What a status tells the other end to write', () => {
  test('an end that lists others is told the entry to add, never a line that replaces its own', () => {
    const { states, why } = given([
      shop,
      billing,
      workload('shop/report', { talksTo: 'db.billing' }),
      workload('billing/db', { ports: [5432], acceptsFrom: 'api' }),
      workload('billing/api', { talksTo: 'db' }),
      workload('billing/cron', { talksTo: 'db' }),
    ]);
    expect(states['report: db.billing']).toBe('Refused/NotAccepted');
    expect(why['report: db.billing']).toBe(
      'Deployment db in namespace billing lists others only: add report.shop to its accepts-from, beside what it lists',
    );
  });

  test('an end that lists other ports is told the entry with its port', () => {
    const { why } = given([
      shop,
      billing,
      workload('shop/web', { talksTo: 'audit.billing:1' }),
      workload('billing/audit', { ports: [1, 2], acceptsFrom: 'web.shop:2' }),
    ]);
    expect(why['web: audit.billing:1']).toBe(
      'Deployment audit in namespace billing allows other ports only: add web.shop:1 to its accepts-from, beside what it lists',
    );
  });

  test('an end that says none is not told to list anyone: somebody decided that', () => {
    const { states, why } = given([
      shop,
      workload('shop/web', { talksTo: 'db' }),
      workload('shop/db', { acceptsFrom: 'none' }),
      workload('shop/api', { acceptsFrom: 'hermit' }),
      workload('shop/hermit', { talksTo: 'none' }),
    ]);
    expect(states).toMatchObject({
      'web: db': 'Refused/NobodyAccepted',
      'api: hermit': 'Refused/NobodyAccepted',
    });
    expect(why['web: db']).toBe(
      'Deployment db in namespace shop says accepts-from: none: nobody is admitted until that is changed',
    );
    expect(why['api: hermit']).toContain('talks-to: none: it reaches nobody until');
  });
});

describe('Ports that nobody has', () => {
  const tier = { tier: 'api' };
  const accepting = (port: number | string) =>
    resource('shop/tier', {
      selector: { matchLabels: tier },
      acceptsFrom: [{ ...deployment('web'), ports: [{ port }] }],
    });
  const api = workload('shop/api', { labels: { app: 'api', ...tier }, ports: ['http=8080'] });

  test('a selector’s port that none of its workloads has is said, and its edge is not Allowed', () => {
    const { states, codes, messages } = given([shop, workload('shop/web'), api, accepting('grpc')]);
    expect(states['tier: deployment/web:grpc']).toBe('Pending/PortNotFound');
    expect(codes).toContain('PortNotFound');
    expect(messages.join()).toContain('http=8080');
  });

  test('a selector’s port that one of its workloads has is found; the others get their notice', () => {
    const more = workload('shop/more', { labels: { app: 'more', ...tier }, ports: [9090] });
    const named = given([shop, workload('shop/web'), api, more, accepting('http')]);
    expect(named.codes).not.toContain('PortNotFound');
    expect(named.states['tier: deployment/web:http']).toMatch(/^(Allowed|Open)/);
    const numbered = given([shop, workload('shop/web'), api, more, accepting(8080)]);
    expect(numbered.messages.join()).toContain('Deployment/shop/more declares no port 8080');
  });

  test('a named targetPort that no workload behind the Service declares is said (19e)', () => {
    const { policies, states, messages } = given([
      shop,
      workload('shop/web', { talksTo: 'cart:80' }),
      workload('shop/all', { talksTo: 'cart' }),
      workload('shop/cart', { ports: ['web=8080'] }),
      service('shop/cart', { ports: ['80:http'] }),
    ]);
    expect(states).toEqual({
      'web: cart:80': 'Pending/PortNotFound',
      'all: cart': 'Pending/PortNotFound',
    });
    expect(messages.join()).toContain('port http (targetPort of 80) is not one of its ports');
    expect(JSON.stringify(policies)).toContain('"port":"http"');
  });

  test('a port name that no known pod declares is never Allowed', () => {
    const pods = (labels: Record<string, string>) => ({
      pods: { selector: { matchLabels: labels } },
      ports: [{ port: 'http' }],
    });
    const grpc = { pods: { selector: { matchLabels: tier } }, ports: [{ port: 'grpc' }] };
    const { states, why } = given([
      shop,
      workload('shop/web'),
      api,
      resource('shop/other', { ...deployment('web'), talksTo: [grpc] }),
      resource('shop/web', { ...deployment('web'), talksTo: [pods({ app: 'unknown' })] }),
      resource('shop/known', { ...deployment('web'), talksTo: [pods(tier)] }),
    ]);
    const stateOf = (name: string) =>
      Object.entries(states).find(([edge]) => edge.startsWith(name))?.[1];
    expect(stateOf('web: ')).toBe('Pending/PortNotFound');
    expect(stateOf('known: ')).toMatch(/^Open/);
    expect(stateOf('other: ')).toBe('Pending/PortNotFound');
    expect(Object.values(why).join()).toContain('port grpc is not one of its ports (http)');
  });

  test('of a range both ends are judged', () => {
    const { states } = given([
      shop,
      billing,
      workload('shop/web', { talksTo: 'deployment/cart.billing:8000-8100' }),
      workload('billing/cart', { acceptsFrom: 'web.shop:8000-8050' }),
    ]);
    expect(states['web: deployment/cart.billing:8000-8100']).toBe('Refused/PortMismatch');
  });
});

describe('What a Namespace says', () => {
  const withWord = (word: Parameters<typeof namespace>[1]) =>
    given([
      namespace('shop', { deny: 'true', ...word }),
      workload('shop/web', { ports: ['http=80'] }),
      workload('shop/cart', { ports: [8080] }),
      service('shop/cart', { ports: ['80:8080'] }),
    ]);

  test('a port that the target of its entry lacks is said once', () => {
    const { codes } = withWord({ talksTo: 'cart:9999' });
    expect(codes.filter((code) => code === 'PortNotFound')).toHaveLength(1);
    expect(withWord({ talksTo: 'cart:80' }).codes).not.toContain('PortNotFound');
  });

  test('a port that none of its isolated workloads has is said once', () => {
    const { codes } = withWord({ acceptsFrom: '@cluster:grpc' });
    expect(codes.filter((code) => code === 'PortNotFound')).toHaveLength(1);
    expect(withWord({ acceptsFrom: '@cluster:http' }).codes).not.toContain('PortNotFound');
  });
});

describe('Addresses', () => {
  const except = (except: string[]) => ({ cidr: { block: '203.0.113.0/24', except } });
  const stateWith = (entry: unknown) =>
    Object.values(
      given([
        shop,
        workload('shop/web'),
        resource('shop/web', { ...deployment('web'), talksTo: [entry] }),
      ]).states,
    );

  test('a block whose beginning is left out is judged by an address that is not', () => {
    expect(stateWith(except(['203.0.113.0/30']))).toEqual(['Allowed/Allowed']);
    const halves = ['203.0.113.0/25', '203.0.113.128/26', '203.0.113.192/27'];
    expect(stateWith(except(halves))).toEqual(['Allowed/Allowed']);
    const v6 = { cidr: { block: '2001:db8::/32', except: ['2001:db8::/33'] } };
    expect(stateWith(v6)).toEqual(['Allowed/Allowed']);
  });
});

describe('Subjects that are not there', () => {
  test('a resource without its workload names the workload that is missing', () => {
    const { states, why } = given([
      shop,
      workload('shop/web'),
      resource('shop/late', { ...deployment('api'), acceptsFrom: [deployment('web')] }),
    ]);
    expect(states['late: deployment/web']).toBe('Pending/WorkloadNotFound');
    expect(why['late: deployment/web']).toContain('there is no Deployment/shop/api yet');
  });

  test('a selector that matches no workload is judged by a pod with its labels, and says so', () => {
    const { states, why } = given([
      shop,
      billing,
      deniedBilling,
      workload('shop/web'),
      workload('billing/payment'),
      resource('shop/tier', {
        selector: { matchLabels: { tier: 'api' } },
        acceptsFrom: [deployment('web')],
        talksTo: [{ workload: { kind: 'Deployment', name: 'payment', namespace: 'billing' } }],
      }),
    ]);
    expect(states['tier: deployment/web']).toBe('Open/NoWorkloadMatches');
    expect(why['tier: deployment/web']).toBe(
      'no workload matches its selector yet; its own policy is written',
    );
    expect(states['tier: deployment/payment.billing']).toBe('Pending/ConsentRequired');
    expect(why['tier: deployment/payment.billing']).toContain('tier=api');
  });

  test('a selector without labels of which a pod could be made waits for a workload', () => {
    const { states } = given([
      shop,
      workload('shop/web'),
      resource('shop/tier', {
        selector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
        acceptsFrom: [deployment('web')],
      }),
    ]);
    expect(states['tier: deployment/web']).toBe('Pending/NoWorkloadMatches');
  });
});

describe('DNS', () => {
  const system = namespace('kube-system');
  const coredns = workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' } });
  const withDns = (options: Parameters<typeof service>[1]) =>
    given([
      shop,
      system,
      coredns,
      service('kube-system/kube-dns', options),
      workload('shop/a', { talksTo: 'b' }),
      workload('shop/b'),
    ]).codes;
  const selector = { 'k8s-app': 'kube-dns' };

  test('a DNS Service through which nobody is reached is said', () => {
    expect(withDns({ selector, ports: ['9153:9153'] })).toContain('DNSNotCovered');
    expect(withDns({ selector: null, ports: ['53:53/UDP'] })).toContain('DNSNotCovered');
    expect(withDns({ selector, ports: ['53:53/UDP'] })).not.toContain('DNSNotCovered');
  });
});
