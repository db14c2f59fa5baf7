import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cluster, MINUTE } from './support/cluster.ts';
import { kubeDns, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identities, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
  await cluster.apply(kubeDns);
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** Waits until the namespace has policies for exactly these. */
function policiesFor(name: string, ...wanted: readonly string[]): Promise<Map<string, LivePolicy>> {
  return eventually(async () => {
    const policies = await cluster.policies(name);
    expect(identities(policies)).toEqual([...wanted].sort());
    return byIdentity(policies);
  });
}

const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });

describe('annotations become policies, by an operator with no more rights than are shipped', () => {
  test('a workload that talks to a Service may reach its pods on their own port, and DNS', async () => {
    await cluster.apply(
      namespace('shop'),
      workload('shop/frontend', { talksTo: 'cart:80' }),
      workload('shop/cart', { ports: [{ containerPort: 8080 }] }),
      service('shop/cart', 80, 8080),
    );
    const expected = {
      podSelector: { matchLabels: { app: 'frontend' } },
      policyTypes: ['Egress'],
      ingress: [],
      egress: [
        { to: [app('frontend')] },
        {
          to: [
            { ipBlock: { cidr: '10.96.0.10/32' } },
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
              podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
            },
          ],
          ports: [
            { protocol: 'TCP', port: 53 },
            { protocol: 'UDP', port: 53 },
          ],
        },
        { to: [app('cart')], ports: [{ protocol: 'TCP', port: 8080 }] },
      ],
    };
    await eventually(async () => {
      const [policy, ...others] = await cluster.policies('shop');
      expect(others).toEqual([]);
      expect(policy?.spec).toEqual(expected);
      expect(policy?.metadata.labels).toEqual({
        'app.kubernetes.io/managed-by': 'appconnectivity',
      });
    });
  });

  test('a database that accepts from nobody and talks to nobody is cut off, without DNS', async () => {
    const database = workload('vault/database', {
      kind: 'StatefulSet',
      acceptsFrom: 'none',
      talksTo: 'none',
    });
    await cluster.apply(namespace('vault'), database);
    const policies = await policiesFor('vault', 'StatefulSet/database');
    expect(policies.get('StatefulSet/database')?.spec).toEqual({
      podSelector: { matchLabels: { app: 'database' } },
      policyTypes: ['Ingress', 'Egress'],
      ...{ ingress: [], egress: [] },
    });
  });

  test('a changed annotation changes the policy, and a removed one removes it', async () => {
    const backend = (acceptsFrom?: string) =>
      workload('changing/backend', { kind: 'DaemonSet', acceptsFrom });
    await cluster.apply(namespace('changing'), backend('203.0.113.0/24'));
    await policiesFor('changing', 'DaemonSet/backend');
    expect(await sources()).toEqual([app('backend'), block('203.0.113.0/24')]);
    await cluster.apply(backend('198.51.100.0/24'));
    await eventually(async () =>
      expect(await sources()).toEqual([app('backend'), block('198.51.100.0/24')]),
    );
    await cluster.apply(backend());
    await policiesFor('changing');

    async function sources() {
      const [policy] = await cluster.policies('changing');
      const peers = policy?.spec.ingress?.flatMap(({ from = [] }) => from) ?? [];
      return peers.sort((a, b) => JSON.stringify(b).localeCompare(JSON.stringify(a)));
    }
    function block(cidr: string) {
      return { ipBlock: { cidr } };
    }
  });

  test('an entry whose target comes later takes effect when it comes', async () => {
    await cluster.apply(namespace('early'), workload('early/web', { talksTo: 'api' }));
    await policiesFor('early', 'Deployment/web');
    const api = workload('early/api', { ports: [{ containerPort: 9000 }] });
    await cluster.apply(api);
    const rule = { to: [app('api')], ports: [{ protocol: 'TCP', port: 9000 }] };
    const rules = async () => (await cluster.policies('early')).flatMap(({ spec }) => spec.egress);
    await eventually(async () => expect(await rules()).toContainEqual(rule));
    await cluster.remove(api);
    await eventually(async () => expect(await rules()).not.toContainEqual(rule));
    await policiesFor('early', 'Deployment/web');
  });
});

describe('a namespace labelled default-deny', () => {
  test.each([
    { value: 'true', policyTypes: ['Ingress', 'Egress'] },
    { value: 'ingress', policyTypes: ['Ingress'] },
    { value: 'egress', policyTypes: ['Egress'] },
  ])('"$value" denies $policyTypes, also for workloads that say nothing', async (given) => {
    const name = `deny-${given.value}`;
    await cluster.apply(namespace(name, given.value), workload(`${name}/silent`));
    const policies = await policiesFor(name, `Namespace/${name}`, 'Deployment/silent');
    const deny = policies.get(`Namespace/${name}`);
    expect(deny?.metadata.name).toBe('appconn-default-deny');
    expect(deny?.spec).toEqual({
      podSelector: {},
      policyTypes: given.policyTypes,
      ...{ ingress: [], egress: [] },
    });
    expect(policies.get('Deployment/silent')?.spec.policyTypes).toEqual(given.policyTypes);
  });

  test('follows its label to another direction and away', async () => {
    await cluster.apply(namespace('turning', 'true'), workload('turning/silent'));
    await policiesFor('turning', 'Namespace/turning', 'Deployment/silent');
    await cluster.apply(namespace('turning', 'egress'));
    await eventually(async () => {
      const types = (await cluster.policies('turning')).map(({ spec }) => spec.policyTypes);
      expect(types).toEqual([['Egress'], ['Egress']]);
    });
    await cluster.apply(namespace('turning', 'false'));
    await policiesFor('turning');
  });

  test('keeps what it had while its label cannot be read, and says so in an Event', async () => {
    await cluster.apply(namespace('typo', 'ingress'), workload('typo/silent'));
    await policiesFor('typo', 'Namespace/typo', 'Deployment/silent');
    const before = await cluster.policies('typo');
    await cluster.apply(namespace('typo', 'ingres'));
    const field = 'regarding.name=typo,regarding.kind=Namespace';
    const get = ['get', 'events.events.k8s.io', '-n', 'default', '--field-selector', field];
    const note = await eventually(async () => {
      const text = await cluster.kubectl([...get, '-o', 'jsonpath={.items[*].note}']);
      expect(text).toContain('"ingres"');
      return text;
    });
    expect(note).toMatch(
      /default-deny cannot be "ingres"; write "true", "false", ingress or egress/,
    );
    await operator.quiet();
    expect(await cluster.policies('typo')).toEqual(before);
  });
});
