import { describe, expect, test } from '@jest/globals';
import { isProblem, readObject } from './read.ts';

const metadata = { name: 'x', namespace: 'shop' };
const monitoring = 'monitoring.coreos.com';

function read(apiVersion: string, kind: string, fields: object) {
  return readObject(apiVersion, kind, { metadata, ...fields });
}

function problem(apiVersion: string, kind: string, fields: object): string {
  const found = read(apiVersion, kind, fields);
  if (!isProblem(found)) throw new Error(`no problem: ${JSON.stringify(found)}`);
  return `${found.path.join('.')}: ${found.problem}`;
}

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

  test('a targetPort that can be the name of no containerPort asks for nothing', () => {
    const targets = ['8080', 'Metrics', 'http_metrics', 'a-name-of-16-chars', 'a--b', 'admin'];
    const endpoints = targets.map((targetPort) => ({ targetPort }));
    const service = { spec: { selector, endpoints } };
    const pod = { spec: { selector, podMetricsEndpoints: endpoints } };
    const ports = [{ targetPort: 'admin' }];
    expect(read(`${monitoring}/v1`, 'ServiceMonitor', service)).toMatchObject({ ports });
    expect(read(`${monitoring}/v1`, 'PodMonitor', pod)).toMatchObject({ ports });
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

  test('a port of pods by a name that none can have is none: a policy with it would be refused', () => {
    const podMetricsEndpoints = [{ port: 'HTTP_bad_name_very_long' }, { port: 'metrics' }];
    const monitor = { spec: { selector: { matchLabels: {} }, podMetricsEndpoints } };
    expect(read(`${monitoring}/v1`, 'PodMonitor', monitor)).toMatchObject({
      ports: [{ name: 'metrics' }],
    });
    const endpoints = [{ port: 'name-of-a-service-port' }];
    const service = { spec: { selector: { matchLabels: {} }, endpoints } };
    expect(read(`${monitoring}/v1`, 'ServiceMonitor', service)).toMatchObject({
      ports: [{ name: 'name-of-a-service-port' }],
    });
  });

  test('a port that there is not, or an empty one, takes nothing from the other endpoints', () => {
    const endpoints = [{ targetPort: 70000 }, { port: 'metrics' }, { targetPort: '' }];
    const service = read(`${monitoring}/v1`, 'ServiceMonitor', { spec: { selector, endpoints } });
    expect(service).toMatchObject({
      ports: [{ name: 'metrics' }],
      refused: { path: ['spec', 'endpoints', 0, 'targetPort'] },
    });
    const spec = { selector, podMetricsEndpoints: endpoints.slice(2) };
    expect(read(`${monitoring}/v1`, 'PodMonitor', { spec })).toMatchObject({
      ports: [],
      refused: { path: ['spec', 'podMetricsEndpoints', 0, 'targetPort'] },
    });
  });

  test.each([
    [
      'a selector that is none',
      { selector: { matchExpressions: [{ key: 'a', operator: 'NotIn' }] } },
    ],
    ['namespaces that are no list', { selector, namespaceSelector: { matchNames: 'a' } }],
    ['any as a text', { selector, namespaceSelector: { any: 'true' } }],
  ])('%s is a problem', (_what, spec) => {
    expect(problem(`${monitoring}/v1`, 'ServiceMonitor', { spec })).toMatch(/^spec\./);
  });
});
