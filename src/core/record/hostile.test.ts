import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { defaultKinds, optionalKinds } from '../model/kinds.ts';
import { outsideReaders } from './outside.ts';
import { readObject } from './read.ts';

const workloads = [...defaultKinds, ...optionalKinds];
const kinds: readonly (readonly [string, string])[] = [
  ...workloads.map(
    ({ group, version, kind }) => [group === '' ? version : `${group}/${version}`, kind] as const,
  ),
  ...Object.keys(outsideReaders).map((whole) => {
    const slash = whole.lastIndexOf('/');
    return [whole.slice(0, slash), whole.slice(slash + 1)] as const;
  }),
  ...(['Namespace', 'Service', 'Node'] as const).map((kind) => ['v1', kind] as const),
  ['networking.k8s.io/v1', 'NetworkPolicy'],
];

/** The fields that readers look at, with anything in them, so that no depth is out of reach. */
const names = [
  ...['metadata', 'name', 'namespace', 'labels', 'annotations', 'ownerReferences', 'controller'],
  ...['spec', 'status', 'template', 'jobTemplate', 'selector', 'matchLabels', 'matchExpressions'],
  ...['containers', 'ports', 'port', 'conditions', 'type', 'phase', 'rules', 'http', 'paths'],
  ...['backend', 'service', 'backendRefs', 'parentRefs', 'from', 'to', 'endpoints', 'addresses'],
  ...['webhooks', 'clientConfig', 'namespaceSelector', 'kind', 'group', '__proto__', 'constructor'],
];
const scalar = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1.5, 80, 1e9, '', 'x', 'a/b', 'Service', 'True'),
  fc.string(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
  ),
}));
const own = fc.constant({ name: 'x', namespace: 'shop' });
const objects = fc.oneof(
  value,
  fc.record({ metadata: own, spec: value, status: value, webhooks: value, endpoints: value }),
);

describe('objects as nobody should write them', () => {
  test.each(kinds)(
    '%s %s: whatever it holds, it is read or told of, and never thrown',
    (of, kind) => {
      fc.assert(
        fc.property(objects, (raw) => {
          const read = readObject(of, kind, raw, workloads);
          if (read === undefined) return;
          if ('problem' in read) expect(read.problem).toMatch(/./);
          else expect(read.kind).toMatch(/./);
        }),
        runsOf(200),
      );
    },
  );

  test('records hold nothing but what is read: no other field of an object stays in memory', () => {
    const big = 'x'.repeat(10_000);
    const metadata = { name: 'x', namespace: 'default', managedFields: [{ fieldsV1: big }] };
    const labels = { 'kubernetes.io/service-name': 'kubernetes' };
    for (const [of, kind] of kinds) {
      const template = { metadata: {}, spec: { containers: [{ image: big, env: [big] }] } };
      const spec = {
        ...{ template, jobTemplate: { spec: { template } }, selector: {}, gatewayClassName: 'x' },
        ...{ controllerName: 'x', from: [], to: [], other: big, rules: [{ host: big }] },
      };
      const raw = { metadata: { ...metadata, labels }, spec, other: big, status: { other: big } };
      const read = readObject(of, kind, raw, workloads);
      expect(read).not.toHaveProperty('problem');
      expect(JSON.stringify(read) ?? '').not.toContain(big);
    }
  });

  test('an Ingress with ten thousand paths to one Service is one backend', () => {
    const path = { backend: { service: { name: 'web', port: { number: 80 } } } };
    const paths = Array.from({ length: 10_000 }, () => path);
    const raw = {
      metadata: { name: 'x', namespace: 'shop' },
      spec: { rules: [{ http: { paths } }] },
    };
    expect(readObject('networking.k8s.io/v1', 'Ingress', raw)).toMatchObject({
      backends: [{ namespace: 'shop', name: 'web', port: 80 }],
    });
  });

  test('a ClusterIP that is no address is none: a policy with it would be refused whole', () => {
    const spec = { clusterIPs: ['', '10.96.0.10', 'FD00::A', '10.96.0.0/12', 'None'] };
    const metadata = { name: 'kube-dns', namespace: 'kube-system' };
    expect(readObject('v1', 'Service', { metadata, spec })).toMatchObject({
      ...{ headless: true, clusterIPs: ['10.96.0.10', 'fd00::a'] },
    });
  });
});
