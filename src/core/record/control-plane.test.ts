import { describe, expect, test } from '@jest/globals';
import { readObject } from './read.ts';

const metadata = { name: 'x', namespace: 'shop' };

function read(apiVersion: string, kind: string, fields: object) {
  return readObject(apiVersion, kind, { metadata, ...fields });
}

const at = (name: string, port: number | string) => ({ namespace: 'shop', name, port });

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

  test('a webhook that names no Service takes nothing from the others of its configuration', () => {
    const of = (service: object) => ({ clientConfig: { service } });
    const webhooks = [
      of({ namespace: 'shop', name: 'a' }),
      of({ namespace: 'shop', name: 'A b' }),
      of({ namespace: 'shop', name: 'c', port: 70_000 }),
      of({ namespace: 'shop', name: 'b', port: 8443 }),
    ];
    const kind = 'ValidatingWebhookConfiguration';
    expect(read('admissionregistration.k8s.io/v1', kind, { webhooks })).toMatchObject({
      services: [at('a', 443), at('b', 8443)],
      refused: {
        path: ['webhooks', 1, 'clientConfig', 'service', 'name'],
        problem: expect.stringMatching(/ \(and 1 more\); it counts for nothing, the others do$/),
      },
    });
  });

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

  test.each([
    ['a selector that somebody put on its Service', 'endpointslice-controller', []],
    ['Endpoints, as k0s writes them', 'endpointslicemirroring-controller', ['10.0.0.2']],
  ])('of slices that are made of %s it counts who wrote them', (_, controller, addresses) => {
    const labels = {
      'kubernetes.io/service-name': 'kubernetes',
      'endpointslice.kubernetes.io/managed-by': `${controller}.k8s.io`,
    };
    const read = slice({ endpoints: [{ addresses: ['10.0.0.2'] }] }, labels);
    expect(read === undefined || !('addresses' in read) ? [] : read.addresses).toEqual(addresses);
  });

  test('slices of other Services are of no interest, wherever they are', () => {
    expect(slice({}, { 'kubernetes.io/service-name': 'other' })).toBeUndefined();
    const labels = { 'kubernetes.io/service-name': 'kubernetes' };
    const other = { metadata: { ...metadata, labels }, endpoints: [] };
    expect(readObject('discovery.k8s.io/v1', 'EndpointSlice', other)).toBeUndefined();
  });

  test('a range that no cluster has counts for nothing, and that is said: a kubelet names its own', () => {
    const problem = '"2000::/3" is larger than the ranges of any cluster; it counts for nothing';
    const node = { metadata: { name: 'n' }, spec: { podCIDRs: ['10.1.0.0/24', '2000::/3'] } };
    expect(readObject('v1', 'Node', node)).toMatchObject({
      ...{ ranges: ['10.1.0.0/24'], refused: { path: ['spec', 'podCIDRs', 1], problem } },
    });
    const services = { metadata: { name: 's' }, spec: { cidrs: ['0.0.0.0/0', 'fc00::/7'] } };
    expect(readObject('networking.k8s.io/v1', 'ServiceCIDR', services)).toMatchObject({
      ...{ ranges: ['fc00::/7'], refused: { path: ['spec', 'cidrs', 0] } },
    });
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
