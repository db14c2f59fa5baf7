import { describe, expect, test } from '@jest/globals';
import { mentionsIn } from './mentions.ts';

type Env = readonly Readonly<Record<string, unknown>>[];

function deployment(container: object) {
  return {
    kind: 'Deployment',
    spec: {
      template: { spec: { containers: [{ name: 'other' }, { name: 'web', ...container }] } },
    },
  };
}

const services = new Set(['shop/redis', 'shop/cart', 'billing/api', 'shop/postgres-main']);
const isService = (namespace: string, name: string) => services.has(`${namespace}/${name}`);

function named(container: object, maps: Readonly<Record<string, object>> = {}): string[] {
  const configMaps = new Map(Object.entries(maps)) as Map<string, Record<string, unknown>>;
  return mentionsIn(deployment(container), 'shop', configMaps, isService).map(
    ({ namespace, service, by }) => `${by}: ${namespace}/${service}`,
  );
}

function inEnv(value: string): string[] {
  return named({ env: [{ name: 'X', value }] });
}

describe('What a pod template names without declaring it', () => {
  test.each([
    ['redis:6379', 'X: shop/redis'],
    ['http://cart', 'X: shop/cart'],
    ['http://cart/items?x=1', 'X: shop/cart'],
    ['https://user:secret@cart:8080/', 'X: shop/cart'],
    ['postgres-main', 'X: shop/postgres-main'],
    ['api.billing:443', 'X: billing/api'],
    ['http://api.billing.svc.cluster.local:80', 'X: billing/api'],
    ['--upstream=cart:80', 'X: shop/cart'],
    ['--cart=cart:80', 'X: shop/cart'],
    ['a-redis,redis:6379', 'X: shop/redis'],
    ['redis-0.redis:6379', 'X: shop/redis'],
    ['redis-0.api.billing.svc:6379', 'X: billing/api'],
    ['HTTP://CART:80', 'X: shop/cart'],
  ])('%s names a Service', (value, expected) => {
    expect(inEnv(value)).toEqual([expected]);
  });

  test.each([
    'the cart is full',
    'my-redis:6379',
    'redis.example.com:6379',
    'api',
    'unknown:80',
    '/cart/items',
    '',
  ])('%s names none', (value) => {
    expect(inEnv(value)).toEqual([]);
  });

  test('arguments, commands and ConfigMaps are read, each Service is told once', () => {
    const env: Env = [
      { name: 'A', value: 'redis:6379' },
      { name: 'B', value: 'redis:6380' },
      { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'cart' } } },
      { name: 'D', valueFrom: { secretKeyRef: { name: 'settings', key: 'cart' } } },
    ];
    const maps = { settings: { cart: 'http://cart' }, all: { api: 'api.billing:80' } };
    const envFrom = [{ configMapRef: { name: 'all' } }, { secretRef: { name: 'x' } }];
    expect(named({ env, envFrom, args: ['--db', 'postgres-main:5432'] }, maps)).toEqual([
      'A: shop/redis',
      'C: shop/cart',
      'api: billing/api',
      'args: shop/postgres-main',
    ]);
  });

  test('files of mounted ConfigMaps are read line by line', () => {
    const volumes = [
      { name: 'v', configMap: { name: 'files' } },
      { name: 'w', emptyDir: {} },
    ];
    const object = { spec: { template: { spec: { containers: [], volumes } } } };
    const maps = new Map([['files', { 'app.conf': 'upstream a\n  redis:6379\n' }]]);
    expect(mentionsIn(object, 'shop', maps, isService)).toEqual([
      {
        ...{ service: 'redis', namespace: 'shop', by: 'app.conf', configMap: 'files' },
        path: ['data', 'app.conf'],
      },
    ]);
  });

  test('it is told where the text stands', () => {
    const object = deployment({
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', value: 'cart:1' },
      ],
    });
    expect(mentionsIn(object, 'shop', new Map(), isService)).toEqual([
      {
        ...{ service: 'cart', namespace: 'shop', by: 'B', configMap: undefined },
        path: ['spec', 'template', 'spec', 'containers', 1, 'env', 1, 'value'],
      },
    ]);
  });

  test('a CronJob, and an object without a template', () => {
    const job = { spec: { jobTemplate: { spec: deployment({ args: ['cart:80'] }).spec } } };
    expect(mentionsIn(job, 'shop', new Map(), isService)).toHaveLength(1);
    expect(mentionsIn({ spec: null }, 'shop', new Map(), isService)).toEqual([]);
  });
});
