import { describe, expect, test } from '@jest/globals';
import {
  admits,
  cronJob,
  pod,
  policy,
  type Raw,
  service,
  told,
  word,
  workload,
} from './fixtures/given.ts';

const web = workload('shop/web');
const http = { name: 'http', containerPort: 8080 };

function cart(spec: object, ...others: readonly Raw[]): readonly Raw[] {
  return [web, workload('shop/cart', { ports: [http] }), service('shop/cart', spec), ...others];
}

describe('a Service as the destination', () => {
  test('is asked on its own port, and its pods are judged on the port that it leads to', () => {
    const objects = cart({}, admits('shop/cart', 'web', [{ port: 8080 }]));
    expect(told(objects, 'shop/deployment/web', 'shop/svc/cart', { port: 80 })).toBe(
      'yes: Deployment/shop/web may open connections to Service/shop/cart on 80/TCP. ' +
        'That is Deployment/shop/web to Deployment/shop/cart on 8080/TCP. ' +
        'No NetworkPolicy isolates Deployment/shop/web for egress, so that it may open any connection. ' +
        'ingress[0] of NetworkPolicy shop/cart lets it in to Deployment/shop/cart.',
    );
    const wrong = cart({}, admits('shop/cart', 'web', [{ port: 80 }]));
    expect(told(wrong, 'web', 'shop/svc/cart', { port: 80 })).toContain(
      'What is refused is Deployment/shop/web to Deployment/shop/cart on 8080/TCP.',
    );
  });

  test('names the same of several pods behind it in whatever order they are listed', () => {
    const pods = ['cart-b', 'cart-a'].map((name) =>
      pod(`shop/${name}`, { labels: { app: 'cart' } }),
    );
    for (const listed of [pods, pods.toReversed()]) {
      const objects = [pod('shop/web'), service('shop/cart'), admits('shop/cart', 'else')];
      expect(told([...objects, ...listed], 'shop/web', 'shop/svc/cart', { port: 80 })).toContain(
        'What is refused is Pod/shop/web to Pod/shop/cart-a on 8080/TCP.',
      );
    }
  });

  test('stands for the pods of a CronJob that are there, however they were made', () => {
    const made = (kind: string, name: string, owner?: [string, string]) =>
      workload(`shop/${name}`, {
        ...{ kind, apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', labels: { app: 'c' } },
        ...(owner && { owner }),
      });
    const objects = (one: Raw, between: Raw, maker: [string, string]) => [
      ...[one, between, service('shop/c'), pod('shop/t')],
      pod('shop/c-1-a', { ips: ['10.0.0.1'], labels: { app: 'c' }, owner: maker }),
      policy('shop/t', {
        podSelector: { matchLabels: { app: 't' } },
        ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] }],
      }),
    ];
    const job = made('Job', 'c-1', ['CronJob', 'c']);
    const set = made('ReplicaSet', 'c-1', ['Deployment', 'c']);
    for (const each of [
      objects(cronJob('shop/c'), job, ['Job', 'c-1']),
      objects(made('Deployment', 'c'), set, ['ReplicaSet', 'c-1']),
    ])
      expect(word(each, 'shop/svc/c', 'shop/pod/t')).toBe('yes');
  });

  test('is reached over the families of its addresses only', () => {
    const objects = (clusterIPs: string[]) => [
      pod('shop/web', { ips: ['10.0.0.1', 'fd00::1'] }),
      pod('shop/db', { ips: ['10.0.0.2', 'fd00::2'] }),
      service('shop/db', { clusterIPs }),
      policy('shop/db', {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ ipBlock: { cidr: 'fd00::/64' } }] }],
      }),
    ];
    const asked = (to: string, ...clusterIPs: string[]) =>
      word(objects(clusterIPs), 'shop/pod/web', to, { port: 80 });
    expect(asked('shop/svc/db', '10.96.0.5')).toBe('no');
    expect(asked('10.96.0.5', '10.96.0.5')).toBe('no');
    expect(asked('shop/svc/db', 'fd00:96::5')).toBe('yes');
    expect(asked('shop/svc/db', '10.96.0.5', 'fd00:96::5')).toBe('yes');
    expect(asked('10.96.0.5', '10.96.0.5', 'fd00:96::5')).toBe('no');
    expect(asked('shop/svc/db')).toBe('yes');
  });

  test('stands for a workload without pods, although those of another carry what it selects', () => {
    const canary = { app: 'web', track: 'canary' };
    const objects = [
      ...[workload('shop/web'), workload('shop/web-canary', { labels: canary, selects: canary })],
      pod('shop/c', { labels: canary, owner: ['ReplicaSet', 'web-canary-5f'] }),
      ...[service('shop/web'), pod('shop/t')],
      policy('shop/t', {
        podSelector: { matchLabels: { app: 't' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { track: 'canary' } } }] }],
      }),
    ];
    expect(word(objects, 'shop/svc/web', 'shop/pod/t')).toBe('no');
  });

  test('resolves a named targetPort on every pod by itself', () => {
    const objects = [
      web,
      pod('shop/old', { labels: { app: 'cart' }, ports: [{ name: 'http', containerPort: 9090 }] }),
      pod('shop/new', { labels: { app: 'cart' }, ports: [http] }),
      service('shop/cart', { ports: [{ port: 80, targetPort: 'http' }] }),
      admits('shop/cart', 'web', [{ port: 8080 }]),
    ];
    expect(told(objects, 'web', 'shop/svc/cart', { port: 80 })).toContain(
      'Not every pod behind the Service can be reached: Pod/shop/new can, Pod/shop/old cannot, so that some connections fail.',
    );
  });

  test('is a no where no pod has the port that a named targetPort means', () => {
    const named = { ports: [{ port: 80, targetPort: 'grpc' }] };
    expect(told(cart(named), 'web', 'shop/svc/cart', { port: 80 })).toBe(
      'no: Deployment/shop/web may not open connections to Service/shop/cart on 80/TCP. ' +
        'No pod behind Service shop/cart has a container port named grpc, which its port 80 leads to.',
    );
  });

  test('is a no on a port that it has not, and says those that it has', () => {
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 53, protocol: 'UDP' },
    ];
    const at = (port: object) => told(cart({ ports }), 'web', 'shop/svc/cart', port);
    const has = 'it has 80/TCP, 53/UDP.';
    expect(at({ port: 8080 })).toContain(`Service shop/cart has no port 8080/TCP; ${has}`);
    expect(at({ port: 53 })).toContain(`Service shop/cart has no port 53/TCP; ${has}`);
    expect(at({ port: 'c' })).toContain(`Service shop/cart has no port c; ${has}`);
    expect(at({ protocol: 'SCTP' })).toContain(`Service shop/cart has no SCTP port; ${has}`);
    expect(at({ port: 53, protocol: 'UDP' })).toMatch(/^yes: /);
    expect(at({ port: 'b' })).toMatch(/^yes: /);
  });

  test('without a port is all of its ports, or those of the protocol', () => {
    const ports = [
      { name: 'tcp', port: 80, targetPort: 8080 },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ];
    const objects = cart({ ports }, admits('shop/cart', 'web', [{ port: 8080 }]));
    expect(word(objects, 'web', 'shop/svc/cart')).toBe('no');
    expect(word(objects, 'web', 'shop/svc/cart', { protocol: 'TCP' })).toBe('yes');
    expect(word(objects, 'web', 'shop/svc/cart', { protocol: 'UDP' })).toBe('no');
  });

  test('that is headless translates no number', () => {
    const headless = { clusterIP: 'None', ports: [{ name: 'http', port: 80, targetPort: 8080 }] };
    const objects = cart(headless, admits('shop/cart', 'web', [{ port: 8080 }]));
    expect(word(objects, 'web', 'shop/svc/cart', { port: 8080 })).toBe('yes');
    expect(word(objects, 'web', 'shop/svc/cart', { port: 80 })).toBe('no');
  });

  test('that is headless and without ports is every port of its pods', () => {
    const headless = { clusterIP: 'None', ports: [] };
    expect(word(cart(headless), 'web', 'shop/svc/cart')).toBe('yes');
    const objects = cart(headless, admits('shop/cart', 'web', [{ port: 8080 }]));
    expect(told(objects, 'web', 'shop/svc/cart')).toContain(
      'with rules that allow Deployment/shop/web 8080/TCP only.',
    );
  });

  test('with nobody behind it is a no; one that tells no pods is unknown', () => {
    expect(told([web, service('shop/cart')], 'web', 'shop/svc/cart', { port: 80 })).toContain(
      'No pod or workload in the input is behind Service shop/cart, so that nobody answers.',
    );
    expect(told(cart({ selector: {} }), 'web', 'shop/svc/cart')).toBe(
      'Service/shop/cart has no selector, so nothing tells its pods; ask with the address of one',
    );
    const external = { type: 'ExternalName', externalName: 'example.com' };
    expect(told(cart(external), 'web', 'shop/svc/cart')).toBe(
      'Service/shop/cart is a name outside of the cluster (ExternalName); ask with an address',
    );
  });

  test('may be named by its cluster address', () => {
    const objects = cart(
      { clusterIPs: ['10.96.0.7', 'fd00::7'] },
      admits('shop/cart', 'web', [{ port: 8080 }]),
    );
    expect(told(objects, 'web', 'fd00:0::7', { port: 80 })).toContain('Service/shop/cart on 80');
    expect(word(objects, 'web', '10.96.0.7', { port: 80 })).toBe('yes');
    expect(word(objects, 'web', '10.96.0.7', { port: 8080 })).toBe('no');
  });
});

describe('a Service as the source', () => {
  const pods = [
    pod('shop/w1', { labels: { app: 'web', on: 'yes' } }),
    pod('shop/w2', { labels: { app: 'web' } }),
    service('shop/web'),
    pod('shop/cart'),
  ];

  test('needs all of its pods to be allowed', () => {
    expect(word(pods, 'shop/svc/web', 'shop/pod/cart')).toBe('yes');
    const some = {
      ...admits('shop/cart', ''),
      spec: {
        podSelector: {},
        ingress: [{ from: [{ podSelector: { matchLabels: { on: 'yes' } } }] }],
      },
    };
    expect(told([...pods, some], 'shop/svc/web', 'shop/pod/cart', { port: 80 })).toContain(
      'What is refused is Pod/shop/w2 to Pod/shop/cart on 80/TCP.',
    );
  });

  test('with nobody behind it is unknown', () => {
    expect(told([service('shop/web'), pod('shop/cart')], 'shop/svc/web', 'shop/pod/cart')).toBe(
      'no pod or workload is behind Service/shop/web, so that nobody opens connections from there',
    );
  });
});
