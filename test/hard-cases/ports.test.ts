import { describe, expect, test } from '@jest/globals';
import type { Protocol } from '../../src/core/model/policy.ts';
import { given, namespace, resource, service, workload } from './given.ts';

const shop = namespace('shop');
type Options = Parameters<typeof workload>[1];

/** A caller with one entry, and the workload `cart` that it names. */
function calls(talksTo: string, cart: Options, ...services: ReturnType<typeof service>[]) {
  return given([shop, workload('shop/web', { talksTo }), workload('shop/cart', cart), ...services]);
}

/** A workload `api` with one entry, and the Services in front of it. */
function accepts(acceptsFrom: string, ports: Options, ...services: ReturnType<typeof service>[]) {
  const api = workload('shop/api', { ...ports, acceptsFrom });
  return given([shop, workload('shop/web'), api, ...services]);
}

type Given = ReturnType<typeof given>;

/** Which of these ports `web` may reach. */
function open({ allows }: Given, to: string, ...ports: readonly (number | string)[]): unknown[] {
  return ports.filter((text) => {
    const [port, protocol = 'TCP'] = `${text}`.split('/');
    return allows('web', to, Number(port), protocol as Protocol);
  });
}

describe('A port in talks-to', () => {
  test('of a Service is the one in the app’s own URL; without it, every port of the Service', () => {
    const behind = service('shop/cart', { ports: ['80:8080', '81:8081/UDP'] });
    const cart = { ports: [8080, '8081/UDP', 9090] };
    expect(open(calls('cart:80', cart, behind), 'cart', 80, 8080, 9090)).toEqual([8080]);
    expect(open(calls('cart', cart, behind), 'cart', 80, 8080, '8081/UDP', 9090)).toEqual([
      8080,
      '8081/UDP',
    ]);
  });

  test('that is only a targetPort works, and the notice says what clients dial', () => {
    const { allows, messages } = calls(
      'cart:8080',
      { ports: [8080] },
      service('shop/cart', { ports: ['80:8080'] }),
    );
    expect(allows('web', 'cart', 8080)).toBe(true);
    expect(messages).toContainEqual(expect.stringContaining('clients of the Service dial 80'));
  });

  test('that only a workload on the host’s network declares is none of the others behind a Service', () => {
    const labels = { part: 'all' };
    const onHost = workload('shop/agent', { labels, hostNetwork: true, ports: ['metrics=9100'] });
    const front = service('shop/all', { selector: labels, ports: ['80:8080'] });
    const { allows, messages } = calls('all:metrics', { labels }, onHost, front);
    expect(allows('web', 'cart', 9100)).toBe(false);
    expect(messages).toContainEqual(
      expect.stringContaining('port metrics is not one of its ports (80/tcp)'),
    );
  });

  test('of a workload is its pod port, or the name of a containerPort', () => {
    const cart = { ports: ['http=8080', 'admin=9090', '53/UDP'] };
    const ports = [8080, 9090, 53, '53/UDP'];
    expect(open(calls('deployment/cart:9090', cart), 'cart', ...ports)).toEqual([9090]);
    expect(open(calls('deployment/cart:http', cart), 'cart', ...ports)).toEqual([8080]);
    expect(open(calls('deployment/cart:53', cart), 'cart', ...ports)).toEqual(['53/UDP']);
    expect(open(calls('deployment/cart', cart), 'cart', ...ports)).toEqual([8080, 9090, '53/UDP']);
  });

  test('that is not written is all of them where none is declared, and the notice says so', () => {
    const any = calls('cart', {});
    expect(open(any, 'cart', 1, '65535/UDP')).toEqual([1, '65535/UDP']);
    expect(any.codes).toContain('NoPortsDeclared');
    expect(calls('cart', { ports: [80] }).codes).not.toContain('NoPortsDeclared');
  });

  test.each([
    ['tcp', 'TCP'],
    ['udp', 'UDP'],
    ['sctp', 'SCTP'],
  ])('with /%s is of this protocol only; TCP where nothing is declared', (text, protocol) => {
    const all = ['7000/TCP', '7000/UDP', '7000/SCTP'];
    expect(open(calls(`cart:7000/${text}`, {}), 'cart', ...all)).toEqual([`7000/${protocol}`]);
    expect(open(calls('cart:7000', {}), 'cart', ...all)).toEqual(['7000/TCP']);
  });
});

describe('A port in accepts-from', () => {
  test('is this workload’s own: its containerPort, of whatever protocol that is', () => {
    const ports = { ports: [8080, '5353/UDP'] };
    expect(open(accepts('web:8080', ports), 'api', 8080, 9090)).toEqual([8080]);
    expect(open(accepts('web:5353', ports), 'api', 5353, '5353/UDP')).toEqual(['5353/UDP']);
  });

  test('is else that of a Service in front of it, translated; of several Services, all', () => {
    const one = service('shop/one', { selector: { app: 'api' }, ports: ['80:8080'] });
    const two = service('shop/two', { selector: { app: 'api' }, ports: ['80:9090'] });
    const world = accepts('web:80', { ports: [8080, 9090, 7070] }, one, two);
    expect(open(world, 'api', 80, 7070, 8080, 9090)).toEqual([8080, 9090]);
  });

  test('is else itself, and the notice says that nothing declares it', () => {
    const world = accepts('web:9999', { ports: [8080] });
    expect(open(world, 'api', 8080, 9999)).toEqual([9999]);
    expect(world.codes).toContain('PortNotDeclared');
  });

  test('by name is a containerPort, else the port of a Service in front of it', () => {
    const front = service('shop/api', { ports: ['web=80:8080', 'admin=81:9090'] });
    const ports = { ports: [8080, 'admin=7070', 9090] };
    expect(open(accepts('web:admin', ports, front), 'api', 7070, 8080, 9090)).toEqual([7070]);
    expect(open(accepts('web:web', ports, front), 'api', 7070, 8080, 9090)).toEqual([8080]);
  });

  test('by name is one’s own whoever the source is: addresses, too, which have no names themselves', () => {
    const front = service('shop/api', { ports: ['web=80:8080'] });
    const world = accepts(
      '203.0.113.0/24:admin, [2001:db8::/32]:web, @internet:metrics/udp',
      { ports: [8080, 'admin=7070', 'metrics=9090/UDP'] },
      front,
    );
    const from = (address: string, ...ports: readonly (readonly [number, Protocol?])[]) =>
      ports.map(([port, protocol]) => world.allows(address, 'api', port, protocol));
    const all = [[7070], [8080], [9090], [9090, 'UDP']] as const;
    expect(from('203.0.113.7', ...all)).toEqual([true, false, false, true]);
    expect(from('2001:db8::1', ...all)).toEqual([false, true, false, true]);
    expect(from('198.51.100.7', ...all)).toEqual([false, false, false, true]);
    expect(world.states).toMatchObject({ 'api: 203.0.113.0/24:admin': 'Allowed/Allowed' });
  });

  test('by a name that it has not lets no address in, and says so', () => {
    const world = accepts('203.0.113.0/24:ghost', { ports: ['http=8080'] });
    expect(world.allows('203.0.113.7', 'api', 8080)).toBe(false);
    expect(world.states).toEqual({ 'api: 203.0.113.0/24:ghost': 'Pending/PortNotFound' });
  });

  test('by name, with addresses, holds on a Namespace and in a resource as well', () => {
    const silent = workload('shop/api', { ports: ['http=8080', 9090] });
    const acceptsFrom = [{ cidr: { block: '203.0.113.0/24' }, ports: [{ port: 'http' }] }];
    const about = { workload: { kind: 'Deployment', name: 'api' }, acceptsFrom };
    for (const world of [
      given([namespace('shop', { deny: 'true', acceptsFrom: '203.0.113.0/24:http' }), silent]),
      given([shop, silent, resource('shop/api', about)]),
      given([
        ...[shop, silent],
        resource('shop/api', { selector: { matchLabels: { app: 'api' } }, acceptsFrom }),
      ]),
    ]) {
      expect(world.codes).not.toContain('InvalidField');
      expect(world.allows('203.0.113.7', 'api', 8080)).toBe(true);
      expect(world.allows('203.0.113.7', 'api', 9090)).toBe(false);
    }
  });

  test('that is not written is every port, declared or not: the source is what is restricted', () => {
    const world = accepts('web', { ports: [8080] });
    expect(open(world, 'api', 8080, 9999, '53/UDP')).toEqual([8080, 9999, '53/UDP']);
    expect(world.codes).toEqual([]);
  });
});

test('declarations about one workload add up, of whatever form: an annotation and several resources', () => {
  const about = { workload: { kind: 'Deployment', name: 'web' } };
  const more = (name: 'shop/one' | 'shop/two', port: number) =>
    resource(name, { ...about, talksTo: [{ service: { name: 'cart' }, ports: [{ port }] }] });
  const world = given([
    ...[shop, workload('shop/web', { talksTo: 'cart:81' }), workload('shop/cart')],
    service('shop/cart', { ports: ['81:8081', '82:8082', '83:8083', '84:8084'] }),
    ...[more('shop/one', 82), more('shop/two', 83)],
  ]);
  expect(open(world, 'cart', 8081, 8082, 8083, 8084)).toEqual([8081, 8082, 8083]);
});
