import { describe, expect, test } from '@jest/globals';
import { isProblem, readObject } from './read.ts';

const metadata = { name: 'x', namespace: 'shop' };
const gateway = 'gateway.networking.k8s.io';
const monitoring = 'monitoring.coreos.com';
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
        { backendRefs: [{ name: 'bucket', group: 'a.dev', kind: 'Bucket', port: 80 }] },
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

  test('with one reference that cannot be read is a problem, and opens nothing', () => {
    const spec = {
      rules: [
        {
          backendRefs: [
            { name: 'web', port: 80 },
            { name: 'a/b', port: 1 },
          ],
        },
      ],
    };
    expect(problem(`${gateway}/v1`, 'HTTPRoute', { spec })).toMatch(
      /^spec\.rules\.0\.backendRefs\.1\.name: "a\/b" is no name/,
    );
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
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    const spec = { controller: 'a.dev/nginx' };
    const own = { metadata: { name: 'x', annotations }, spec };
    expect(read(`${kube}/v1`, 'IngressClass', own)).toEqual({
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
    const to = [{ ...service, name: 'web' }, service, { group: '', kind: 'Secret' }];
    const record = { kind: 'ReferenceGrant', namespace: 'shop', name: 'x', from };
    expect(read(...grant(to))).toEqual({ ...record, to: ['web', undefined] });
    expect(read(...grant(to, 'v1'))).toEqual({ ...record, to: ['web', undefined] });
    expect(read(...grant([{ group: '', kind: 'Secret' }]))).toEqual({ ...record, to: [] });
  });

  test.each([
    ['an empty name does not come to mean all', { group: '', kind: 'Service', name: '' }],
    ['a name that is none does not either', { group: '', kind: 'Service', name: 'A b' }],
    ['nor does a missing kind', { group: '' }],
  ])('%s', (_what, to) => {
    expect(problem(...grant([to]))).toMatch(/^spec\.to\.0\.(name|kind): /);
  });

  test('a grant without a sender is a problem', () => {
    const spec = { from: [{ group: gateway, kind: 'HTTPRoute' }], to: [] };
    expect(problem(`${gateway}/v1`, 'ReferenceGrant', { spec })).toMatch(
      /^spec\.from\.0\.namespace/,
    );
  });
});

describe('monitors', () => {
  const selector = { matchLabels: { app: 'web' } };

  test('a ServiceMonitor has ports of Services by name and of pods by number or name', () => {
    const endpoints = [
      { port: 'metrics' },
      { targetPort: 9090 },
      { targetPort: 'admin' },
      { port: 'metrics', targetPort: 1 },
      { path: '/metrics' },
    ];
    expect(read(`${monitoring}/v1`, 'ServiceMonitor', { spec: { selector, endpoints } })).toEqual({
      kind: 'Monitor',
      ref: { group: monitoring, kind: 'ServiceMonitor', namespace: 'shop', name: 'x' },
      ...{ selector, namespaces: 'own' },
      ports: [{ name: 'metrics' }, { targetPort: 9090 }, { targetPort: 'admin' }],
    });
  });

  test('a PodMonitor has ports of pods: the name counts before the number', () => {
    const podMetricsEndpoints = [
      { port: 'metrics', portNumber: 1, targetPort: 2 },
      { portNumber: 8080, targetPort: 'admin' },
      { targetPort: 'admin' },
    ];
    const spec = { selector, podMetricsEndpoints };
    expect(read(`${monitoring}/v1`, 'PodMonitor', { spec })).toMatchObject({
      ref: { kind: 'PodMonitor' },
      ports: [{ name: 'metrics' }, { targetPort: 8080 }, { targetPort: 'admin' }],
    });
  });

  test.each([
    [undefined, 'own'],
    [null, 'own'],
    [{}, 'own'],
    [{ any: false, matchNames: [] }, 'own'],
    [{ matchNames: ['a', 'b'] }, ['a', 'b']],
    [{ any: true, matchNames: ['a'] }, 'any'],
  ])('namespaceSelector %j covers %j', (namespaceSelector, namespaces) => {
    const spec = { selector, namespaceSelector };
    expect(read(`${monitoring}/v1`, 'PodMonitor', { spec })).toMatchObject({ namespaces });
  });

  test('an empty selector is every Service, and one that is missing is a problem', () => {
    const read_ = (spec: object) => read(`${monitoring}/v1`, 'ServiceMonitor', { spec });
    expect(read_({ selector: {} })).toMatchObject({ selector: {} });
    for (const spec of [{}, { selector: null }]) {
      expect(problem(`${monitoring}/v1`, 'ServiceMonitor', { spec })).toMatch(/^spec\.selector: /);
    }
  });

  test.each([
    [
      'a selector that is none',
      { selector: { matchExpressions: [{ key: 'a', operator: 'NotIn' }] } },
    ],
    ['a port that there is not', { selector, endpoints: [{ targetPort: 70000 }] }],
    ['an empty port', { selector, endpoints: [{ targetPort: '' }] }],
    ['namespaces that are no list', { selector, namespaceSelector: { matchNames: 'a' } }],
    ['any as a text', { selector, namespaceSelector: { any: 'true' } }],
  ])('%s is a problem', (_what, spec) => {
    expect(problem(`${monitoring}/v1`, 'ServiceMonitor', { spec })).toMatch(/^spec\./);
  });
});

describe('the control plane', () => {
  test.each(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'])(
    'a %s names Services, on 443 unless it says otherwise',
    (kind) => {
      const of = (service: object) => ({ clientConfig: { service } });
      const webhooks = [
        of({ namespace: 'shop', name: 'a', path: '/validate' }),
        of({ namespace: 'shop', name: 'b', port: 8443 }),
        of({ namespace: 'shop', name: 'a' }),
        { clientConfig: { url: 'https://example.com' } },
      ];
      expect(read('admissionregistration.k8s.io/v1', kind, { webhooks })).toEqual({
        kind: 'Webhook',
        ref: { group: 'admissionregistration.k8s.io', kind, namespace: 'shop', name: 'x' },
        services: [at('a', 443), at('b', 8443)],
      });
      expect(read('admissionregistration.k8s.io/v1', kind, {})).toMatchObject({ services: [] });
    },
  );

  const slice = (fields: object, labels = { 'kubernetes.io/service-name': 'kubernetes' }) =>
    readObject('discovery.k8s.io/v1', 'EndpointSlice', {
      metadata: { name: 'kubernetes', namespace: 'default', labels },
      ...fields,
    });

  test('the API server is where its slices say, unless an endpoint is not ready', () => {
    const endpoints = [
      { addresses: ['10.0.0.2'], conditions: { ready: true } },
      { addresses: ['FD00::1'], conditions: {} },
      { addresses: ['10.0.0.1', '10.0.0.2'], conditions: { ready: null } },
      { addresses: ['10.0.0.3'], conditions: { ready: false } },
      { addresses: ['api.example.com', '10.0.0.0/8', ''] },
    ];
    const ports = [{ name: 'https', port: 6443 }, { port: 6443, protocol: 'TCP' }, { port: null }];
    expect(slice({ addressType: 'IPv4', endpoints, ports })).toEqual({
      ...{ kind: 'APIServer', name: 'kubernetes' },
      addresses: ['10.0.0.1', '10.0.0.2', 'fd00::1'],
      ports: [{ port: 6443, protocol: 'TCP' }],
    });
    expect(slice({ endpoints: null, ports: null })).toMatchObject({ addresses: [], ports: [] });
  });

  test('slices of other Services are of no interest, wherever they are', () => {
    expect(slice({}, { 'kubernetes.io/service-name': 'other' })).toBeUndefined();
    const labels = { 'kubernetes.io/service-name': 'kubernetes' };
    const other = { metadata: { ...metadata, labels }, endpoints: [] };
    expect(readObject('discovery.k8s.io/v1', 'EndpointSlice', other)).toBeUndefined();
  });

  test('a Node tells its own addresses, and what it is', () => {
    const addresses = [
      { type: 'InternalIP', address: '10.0.0.9' },
      { type: 'InternalIP', address: 'FD00::9' },
      { type: 'InternalIP', address: 'not one' },
      { type: 'ExternalIP', address: '203.0.113.1' },
      { type: 'Hostname', address: '10.0.0.8' },
    ];
    const node = (labels: object) => ({
      metadata: { name: 'n', labels },
      ...{ spec: { podCIDRs: ['10.1.0.0/24'] }, status: { addresses } },
    });
    expect(readObject('v1', 'Node', node({}))).toEqual({
      ...{ kind: 'ClusterRange', source: 'Node/n', ranges: ['10.1.0.0/24'] },
      node: { addresses: ['10.0.0.9', 'fd00::9'], controlPlane: false, gke: false },
    });
    const labels = {
      'node-role.kubernetes.io/control-plane': '',
      'cloud.google.com/gke-nodepool': 'a',
    };
    expect(readObject('v1', 'Node', node(labels))).toMatchObject({
      node: { controlPlane: true, gke: true },
    });
  });
});
