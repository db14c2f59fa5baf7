import { describe, expect, test } from '@jest/globals';
import { isProblem, readObject } from './read.ts';

const metadata = { name: 'x', namespace: 'shop' };
const gateway = 'gateway.networking.k8s.io';
const kube = 'networking.k8s.io';

function read(apiVersion: string, kind: string, fields: object) {
  return readObject(apiVersion, kind, { metadata, ...fields });
}

function problem(apiVersion: string, kind: string, fields: object): string {
  const found = read(apiVersion, kind, fields);
  if (!isProblem(found)) throw new Error(`no problem: ${JSON.stringify(found)}`);
  return `${found.path.join('.')}: ${found.problem}`;
}

const at = (name: string, port: number | string) => ({ namespace: 'shop', name, port });

describe('an Ingress', () => {
  const service = (name: string, port: object) => ({ backend: { service: { name, port } } });

  test('leads to the Services of its default backend and of its paths, each once', () => {
    const paths = [service('web', { number: 80 }), service('web', { number: 80 })];
    const spec = {
      ingressClassName: 'nginx',
      defaultBackend: { service: { name: 'fallback', port: { name: 'http', number: 0 } } },
      rules: [{ http: { paths } }, { http: { paths: [service('api', { name: 'grpc' })] } }],
    };
    expect(read(`${kube}/v1`, 'Ingress', { spec })).toEqual({
      kind: 'Route',
      ref: { group: kube, kind: 'Ingress', namespace: 'shop', name: 'x' },
      className: 'nginx',
      gateways: [],
      backends: [at('fallback', 'http'), at('web', 80), at('api', 'grpc')],
    });
  });

  test('has its class in the field, else in the annotation, else none', () => {
    const annotations = { 'kubernetes.io/ingress.class': 'old' };
    const classOf = (spec: object, own = {}) =>
      read(`${kube}/v1`, 'Ingress', { metadata: { ...metadata, annotations: own }, spec });
    expect(classOf({ ingressClassName: 'new' }, annotations)).toMatchObject({ className: 'new' });
    expect(classOf({}, annotations)).toMatchObject({ className: 'old' });
    expect(classOf({})).not.toHaveProperty('className');
  });

  test('leads nowhere by what is no Service, has no port, or is not there', () => {
    const spec = {
      defaultBackend: { resource: { kind: 'StorageBucket', name: 'static' } },
      rules: [{ http: null }, { host: 'a' }, { http: { paths: [{ backend: null }] } }],
    };
    expect(read(`${kube}/v1`, 'Ingress', { spec })).toMatchObject({ backends: [] });
    expect(read(`${kube}/v1`, 'Ingress', { spec: null })).toMatchObject({ backends: [] });
    const rules = [{ http: { paths: [service('web', {})] } }];
    expect(read(`${kube}/v1`, 'Ingress', { spec: { rules } })).toMatchObject({ backends: [] });
  });
});

describe('one reference of several that cannot be read', () => {
  const wrong = /^"a\/b" is no name: .*; it counts for nothing, the others do$/;

  test('of an Ingress takes nothing from the others, and is told of', () => {
    const service = (name: string) => ({ backend: { service: { name, port: { number: 80 } } } });
    const paths = [service('web'), service('a/b'), service('api'), service('')];
    const spec = { ingressClassName: 'nginx', rules: [{ host: 'x' }, { http: { paths } }] };
    const path = ['spec', 'rules', 1, 'http', 'paths', 1, 'backend', 'service', 'name'];
    const problem = expect.stringMatching(/ \(and 1 more\); it counts for nothing/);
    expect(read(`${kube}/v1`, 'Ingress', { spec })).toMatchObject({
      ...{ className: 'nginx', backends: [at('web', 80), at('api', 80)] },
      refused: { path, problem },
    });
  });

  test('of a route takes nothing from the others, be it a backend or a Gateway', () => {
    const refs = [
      { name: 'web', port: 80 },
      { name: 'a/b', port: 1 },
      { name: 'x', port: 'http' },
    ];
    const parentRefs = [{ name: 'own' }, { name: 'a/b' }, { name: 'x', namespace: 'A' }];
    const rules = [{ backendRefs: null }, { backendRefs: refs }];
    expect(read(`${gateway}/v1`, 'HTTPRoute', { spec: { rules } })).toMatchObject({
      backends: [at('web', 80)],
      refused: { path: ['spec', 'rules', 1, 'backendRefs', 1, 'name'] },
    });
    const route = read(`${gateway}/v1`, 'HTTPRoute', { spec: { parentRefs, rules } });
    expect(route).toMatchObject({
      ...{ gateways: [{ namespace: 'shop', name: 'own' }], backends: [at('web', 80)] },
      refused: { path: ['spec', 'parentRefs', 1, 'name'] },
    });
  });

  test('of a grant opens nothing, and does not come to mean all', () => {
    const from = [
      { group: gateway, kind: 'HTTPRoute', namespace: 'A b' },
      { group: gateway, kind: 'HTTPRoute', namespace: 'other' },
    ];
    const to = [
      { group: '', kind: 'Service', name: 'a/b' },
      { group: '', kind: 'Service', name: 'web' },
    ];
    const one = read(`${gateway}/v1`, 'ReferenceGrant', { spec: { from: from.slice(1), to } });
    expect(one).toMatchObject({
      ...{ from: [{ namespace: 'other' }], to: ['web'] },
      refused: { path: ['spec', 'to', 0, 'name'], problem: expect.stringMatching(wrong) },
    });
    const both = read(`${gateway}/v1`, 'ReferenceGrant', { spec: { from, to: to.slice(0, 1) } });
    expect(both).toMatchObject({ from: [{ namespace: 'other' }], to: [] });
  });

  test.each([
    ['an Ingress whose class is none', `${kube}/v1`, 'Ingress', { ingressClassName: 1 }],
    ['rules that are no list', `${gateway}/v1`, 'HTTPRoute', { rules: {} }],
    ['a grant without targets', `${gateway}/v1`, 'ReferenceGrant', { from: [] }],
  ])('is not %s: nothing of that counts', (_what, apiVersion, kind, spec) => {
    expect(problem(apiVersion, kind, { spec })).toMatch(/^spec\./);
  });
});

describe('a route of the Gateway API', () => {
  test.each([
    [`${gateway}/v1`, 'HTTPRoute'],
    [`${gateway}/v1beta1`, 'HTTPRoute'],
    [`${gateway}/v1`, 'GRPCRoute'],
    [`${gateway}/v1`, 'TLSRoute'],
    [`${gateway}/v1alpha3`, 'TLSRoute'],
    [`${gateway}/v1alpha2`, 'TLSRoute'],
    [`${gateway}/v1alpha2`, 'TCPRoute'],
  ])('%s %s attaches to Gateways and leads to Services', (apiVersion, kind) => {
    const spec = {
      parentRefs: [
        { name: 'edge', namespace: 'infra' },
        { name: 'own', group: gateway, kind: 'Gateway', sectionName: 'https' },
        { name: 'own', group: gateway, kind: 'Gateway', sectionName: 'http' },
        { name: 'cart', group: '', kind: 'Service' },
        { name: 'set', kind: 'ListenerSet' },
      ],
      rules: [
        {
          backendRefs: [
            { name: 'web', port: 80 },
            { name: 'web', namespace: 'other', port: 81 },
          ],
        },
        { backendRefs: [{ name: 'web', port: 80, weight: 0 }, { name: 'bare' }] },
        { backendRefs: [{ name: '*.a.dev', group: 'a.dev', kind: 'Hostname', port: 80 }] },
        { filters: [{ type: 'RequestRedirect' }], backendRefs: null },
      ],
    };
    expect(read(apiVersion, kind, { spec })).toEqual({
      kind: 'Route',
      ref: { group: gateway, kind, namespace: 'shop', name: 'x' },
      gateways: [
        { namespace: 'infra', name: 'edge' },
        { namespace: 'shop', name: 'own' },
      ],
      backends: [at('web', 80), { namespace: 'other', name: 'web', port: 81 }],
    });
  });

  test('leads also to where its filters, and those of its backends, send a copy of each request', () => {
    const mirror = (backendRef: object) => ({
      type: 'RequestMirror',
      requestMirror: { backendRef, percent: 10 },
    });
    const filters = [{ type: 'URLRewrite' }, mirror({ name: 'shadow', port: 80 })];
    const rule = {
      ...{ filters },
      backendRefs: [{ name: 'web', port: 80, filters: [mirror({ name: 'audit', port: 81 })] }],
    };
    expect(read(`${gateway}/v1`, 'HTTPRoute', { spec: { rules: [rule] } })).toMatchObject({
      backends: [at('web', 80), at('shadow', 80), at('audit', 81)],
    });
    const empty = { filters: [{ requestMirror: {} }], backendRefs: [{ name: 'web', port: 80 }] };
    expect(read(`${gateway}/v1`, 'HTTPRoute', { spec: { rules: [empty] } })).toMatchObject({
      backends: [at('web', 80)],
    });
    const wrong = { filters: [mirror({ name: 'shadow', port: 'http' })], backendRefs: [] };
    expect(read(`${gateway}/v1`, 'HTTPRoute', { spec: { rules: [wrong] } })).toMatchObject({
      backends: [],
      refused: {
        path: ['spec', 'rules', 0, 'filters', 0, 'requestMirror', 'backendRef', 'port'],
      },
    });
  });

  test('has nothing to do with Gateways and Services of other groups', () => {
    const spec = {
      parentRefs: [{ name: 'edge', group: 'networking.istio.io', kind: 'Gateway' }],
      rules: [
        {
          backendRefs: [{ name: 'web', group: 'serving.knative.dev', kind: 'Service', port: 80 }],
        },
      ],
    };
    const none = { gateways: [], backends: [] };
    expect(read(`${gateway}/v1`, 'HTTPRoute', { spec })).toMatchObject(none);
  });

  test('of a version that is not known is not read', () => {
    expect(read(`${gateway}/v9`, 'HTTPRoute', {})).toBeUndefined();
    expect(read('gateway.example.com/v1', 'HTTPRoute', {})).toBeUndefined();
  });
});

describe('Gateways, classes and grants', () => {
  test('a Gateway has a class', () => {
    expect(read(`${gateway}/v1`, 'Gateway', { spec: { gatewayClassName: 'edge' } })).toEqual({
      ...{ kind: 'Gateway', namespace: 'shop', name: 'x', className: 'edge' },
    });
    expect(problem(`${gateway}/v1`, 'Gateway', { spec: {} })).toMatch(/^spec\.gatewayClassName: /);
  });

  test('classes name their controllers; an IngressClass may be the default', () => {
    const own = (isDefault: string) => {
      const annotations = { 'ingressclass.kubernetes.io/is-default-class': isDefault };
      return { metadata: { name: 'x', annotations }, spec: { controller: 'a.dev/nginx' } };
    };
    expect(read(`${kube}/v1`, 'IngressClass', own('false'))).toMatchObject({ isDefault: false });
    expect(read(`${kube}/v1`, 'IngressClass', own('true'))).toEqual({
      ...{ kind: 'Class', of: 'IngressClass', name: 'x', controller: 'a.dev/nginx' },
      isDefault: true,
    });
    expect(read(`${kube}/v1`, 'IngressClass', {})).toMatchObject({
      ...{ controller: '', isDefault: false },
    });
    const controllerName = 'a.dev/gateway';
    expect(read(`${gateway}/v1`, 'GatewayClass', { spec: { controllerName } })).toEqual({
      ...{ kind: 'Class', of: 'GatewayClass', name: 'x', controller: controllerName },
      isDefault: false,
    });
  });

  const from = [{ group: gateway, kind: 'HTTPRoute', namespace: 'other' }];
  const grant = (to: unknown, version = 'v1beta1') =>
    [...([`${gateway}/${version}`, 'ReferenceGrant', { spec: { from, to } }] as const)] as const;

  test('a grant is about Services, all or by name', () => {
    const service = { group: '', kind: 'Service' };
    const others = [
      { group: '', kind: 'Secret' },
      { group: 'serving.knative.dev', kind: 'Service' },
    ];
    const to = [{ ...service, name: 'web' }, service, ...others];
    const record = { kind: 'ReferenceGrant', namespace: 'shop', name: 'x', from };
    // Strictly: to `toEqual` a list of one undefined, which means all Services, is an empty one.
    expect(read(...grant(to))).toStrictEqual({ ...record, to: ['web', undefined] });
    expect(read(...grant(to, 'v1'))).toStrictEqual({ ...record, to: ['web', undefined] });
    expect(read(...grant(others))).toStrictEqual({ ...record, to: [] });
  });

  test.each([
    ['an empty name does not come to mean all', { group: '', kind: 'Service', name: '' }],
    ['a name that is none does not either', { group: '', kind: 'Service', name: 'A b' }],
    ['nor does a missing kind', { group: '' }],
  ])('%s', (_what, to) => {
    expect(read(...grant([to]))).toMatchObject({
      to: [],
      refused: { path: ['spec', 'to', 0, expect.anything()] },
    });
  });

  test('a grant without a sender grants nobody anything', () => {
    const spec = { from: [{ group: gateway, kind: 'HTTPRoute' }], to: [] };
    expect(read(`${gateway}/v1`, 'ReferenceGrant', { spec })).toMatchObject({
      from: [],
      refused: { path: ['spec', 'from', 0, 'namespace'] },
    });
  });
});
