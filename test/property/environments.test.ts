import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type LabelSelector, selects } from '../../src/core/model/labels.ts';
import { namespaceNameLabel } from '../../src/core/model/names.ts';
import type { NetworkPolicy, PolicyPeer } from '../../src/core/model/policy.ts';
import type { EnvironmentSettings } from '../../src/core/model/settings.ts';
import { given, namespace, resource, service, workload } from '../hard-cases/given.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';

const worldsAsked = runs / 4;
jest.setTimeout(timeFor(runs));

const names = ['dev-1', 'dev-2', 'stage', 'prod', 'tools', 'kube-system'] as const;
const values = ['dev', 'staging', 'prod'] as const;
const label = 'env';

const environmentSettings: fc.Arbitrary<EnvironmentSettings> = fc.record({
  label: fc.constant(label),
  allowed: fc.uniqueArray(fc.constantFrom(...pairs()), { maxLength: 2 }),
  sharedNamespaces: fc.constantFrom(['kube-system'], ['kube-system', 'tools']),
});

function pairs(): (readonly [string, string])[] {
  return values.flatMap((a) => values.filter((b) => a !== b).map((b) => [a, b] as const));
}

/** Labels of a Namespace; undefined: its object is not there. */
const labelsOf = fc.option(
  fc.record(
    { [label]: fc.constantFrom(...values, ''), team: fc.constantFrom('a', 'b') },
    { requiredKeys: [] },
  ),
  { nil: undefined, freq: 8 },
);

const requirement = fc.record({
  key: fc.constantFrom(label, 'team', namespaceNameLabel),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.uniqueArray(fc.constantFrom(...values, 'a', ...names), { minLength: 1, maxLength: 3 }),
});

const selector = fc
  .record(
    {
      matchLabels: fc.dictionary(
        fc.constantFrom(label, 'team', namespaceNameLabel),
        fc.constantFrom(...values, 'a', 'prod'),
        { minKeys: 1, maxKeys: 1 },
      ),
      matchExpressions: fc.array(requirement, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  .filter((each) => Object.keys(each).length > 0)
  .map(
    ({ matchExpressions, ...rest }): LabelSelector => ({
      ...rest,
      ...(matchExpressions && {
        matchExpressions: matchExpressions.map(({ key, operator, values: some }) => ({
          ...{ key, operator },
          ...((operator === 'In' || operator === 'NotIn') && { values: some }),
        })) as NonNullable<LabelSelector['matchExpressions']>,
      }),
    }),
  );

const app = { matchLabels: { app: 'app' } };

const entry = fc.oneof(
  selector.map((each) => ({ namespace: { selector: each } })),
  selector.map((each) => ({ pods: { selector: app, namespaceSelector: each } })),
  fc.constantFrom({ pods: { selector: app } }, { party: 'Cluster' }, { party: 'Namespace' }),
  fc.constantFrom(...names).map((name) => ({ namespace: { name } })),
  fc
    .constantFrom(...names)
    .map((of) => ({ workload: { kind: 'Deployment', name: 'app', namespace: of } })),
);

const writer = fc.record({
  talksTo: fc.array(entry, { minLength: 1, maxLength: 4 }),
  acceptsFrom: fc.array(entry, { minLength: 1, maxLength: 4 }),
});

/** A Gateway, a route that leads through it, mostly of its own namespace, and to whose backend. */
const route = fc.record({
  through: fc.constantFrom(...names),
  beside: fc.option(fc.constantFrom(...names), { nil: undefined, freq: 2 }),
  to: fc.constantFrom(...names),
});

const cluster = fc.record({
  routes: fc.array(route, { maxLength: 4 }),
  environments: environmentSettings,
  labels: fc.tuple(...names.map(() => labelsOf)),
  writers: fc.tuple(...names.map(() => writer)),
});

type Cluster = typeof cluster extends fc.Arbitrary<infer Value> ? Value : never;

const gatewayApi = 'gateway.networking.k8s.io';

/** A route with its Gateway, and the grant of its backend's namespace: nothing else holds it back. */
function routed({ through, beside = through, to }: Cluster['routes'][number], index: number) {
  const name = `route-${index}`;
  const apiVersion = `${gatewayApi}/v1`;
  return [
    {
      apiVersion,
      kind: 'Gateway',
      metadata: { namespace: through, name: 'main' },
      spec: { gatewayClassName: 'none' },
    },
    {
      ...{ apiVersion, kind: 'HTTPRoute', metadata: { namespace: beside, name } },
      spec: {
        parentRefs: [{ namespace: through, name: 'main' }],
        rules: [{ backendRefs: [{ namespace: to, name: 'app', port: 80 }] }],
      },
    },
    {
      apiVersion: `${gatewayApi}/v1beta1`,
      ...{ kind: 'ReferenceGrant', metadata: { namespace: to, name } },
      spec: {
        from: [{ group: gatewayApi, kind: 'HTTPRoute', namespace: beside }],
        to: [{ group: '', kind: 'Service' }],
      },
    },
  ];
}

function build({ environments, labels, writers, routes }: Cluster) {
  const manifests = names.flatMap((name, index) => [
    ...(labels[index] === undefined ? [] : [namespace(name, { labels: labels[index] })]),
    workload(`${name}/app`, { ports: [80] }),
    service(`${name}/app`, { ports: ['80:80'] }),
    resource(`${name}/app`, { workload: { kind: 'Deployment', name: 'app' }, ...writers[index] }),
  ]);
  manifests.push(...routes.flatMap(routed));
  const together = given(manifests, { settings: { environments } });
  return { ...together, everywhere: given(manifests) };
}

/** The labels that the API server would have on each Namespace. */
function liveLabels({ labels }: Cluster) {
  return names.map((name, index) => ({ ...labels[index], [namespaceNameLabel]: name }));
}

/** 0010 word for word, over the labels as they are. */
function areTogether({ environments, labels }: Cluster, a: string, b: string): boolean {
  const { allowed, sharedNamespaces } = environments;
  if (a === b || sharedNamespaces.includes(a) || sharedNamespaces.includes(b)) return true;
  const [one, other] = [a, b].map((name) => labels[names.indexOf(name as 'prod')]?.[label]);
  if (!one || !other) return false;
  return (
    one === other ||
    allowed.some(([x, y]) => (x === one && y === other) || (y === one && x === other))
  );
}

/** The namespaces of which a policy admits, or lets reach, any pod. */
function namespacesIn(policy: NetworkPolicy, live: readonly Record<string, string>[]): string[] {
  const { ingress = [], egress = [] } = policy.spec;
  const peers = [
    ...ingress.flatMap(({ from = [] }) => from),
    ...egress.flatMap(({ to = [] }) => to),
  ];
  const own = policy.metadata.namespace;
  const means = ({ ipBlock, namespaceSelector }: PolicyPeer, name: string, index: number) => {
    if (ipBlock !== undefined) return false;
    return namespaceSelector === undefined
      ? name === own
      : selects(namespaceSelector, live[index] ?? {});
  };
  return names.filter((name, index) => peers.some((peer) => means(peer, name, index)));
}

describe('With environments', () => {
  test('no rule of a policy means a namespace that is not together with its own', () => {
    let narrowed = 0;
    fc.assert(
      fc.property(cluster, (world) => {
        const { policies, everywhere } = build(world);
        const live = liveLabels(world);
        for (const policy of policies) {
          const { namespace: own, name: called } = policy.metadata;
          const without = everywhere.policies.find(
            ({ metadata }) => metadata.namespace === own && metadata.name === called,
          );
          const all = without === undefined ? [] : namespacesIn(without, live);
          const kept = all.filter((name) => areTogether(world, own, name));
          // Nothing more than without them, and nothing less than what is together.
          expect(namespacesIn(policy, live)).toEqual(kept);
          if (kept.length < all.length) narrowed += 1;
          expect(policy.spec.policyTypes).toEqual(without?.spec.policyTypes);
        }
      }),
      runsOf(worldsAsked),
    );
    expect(narrowed).toBeGreaterThan(0);
  });
});
