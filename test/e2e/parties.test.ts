import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { confirm } from '../../src/core/intent/keys.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { whenPoliciesFor, whenSaid } from './support/denies.ts';
import { type Manifest, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

const ingress = [{ namespace: 'ingress', selector: { matchLabels: { app: 'nginx' } } }];
const confirmed = { [confirm]: 'would-break-party' };

let cluster: Cluster;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
});
afterEach(stop);
afterAll(() => cluster?.stop());

async function start(grace = 60): Promise<TestOperator> {
  const hosts = { minimumTTL: 1, maximumTTL: 1, grace };
  operator = await TestOperator.start(cluster, 1, { hosts, parties: { ingress } });
  await operator.whenReady();
  return operator;
}

async function stop(): Promise<void> {
  await operator?.stop();
  operator = undefined;
}

describe('The API server, for a workload that talks to it', () => {
  const clusterIP = '10.96.0.1/32';

  /** A slice beside the one that the API server keeps of itself. */
  function slice(...addresses: readonly string[]): Manifest {
    const labels = { 'kubernetes.io/service-name': 'kubernetes' };
    return {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { namespace: 'default', name: 'elsewhere', labels },
      endpoints: [{ addresses }],
      ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    };
  }

  /** Of the blocks that the workload may talk to, those of this test. */
  async function blocks(): Promise<string[]> {
    const policy = byIdentity(await cluster.policies('talking')).get('Deployment/web');
    const peers = (policy?.spec.egress ?? []).flatMap(({ to }) => to ?? []);
    const all = peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []);
    return all.filter((cidr) => cidr === clusterIP || cidr.startsWith('198.51.100.')).sort();
  }

  function whenBlocks(...wanted: readonly string[]): Promise<void> {
    return eventually(async () => expect(await blocks()).toEqual([clusterIP, ...wanted]));
  }

  test('has its new address at once, and the old one until its grace is over, a restart in between', async () => {
    await start();
    const web = workload('talking/web', { talksTo: '@kube-apiserver' });
    await cluster.apply(slice('198.51.100.1'), namespace('talking'), web);
    await whenBlocks('198.51.100.1/32');
    await cluster.apply(slice('198.51.100.2'));
    await whenBlocks('198.51.100.1/32', '198.51.100.2/32');
    await stop();
    const before = JSON.stringify(await cluster.policies('talking'));
    const again = await start();
    await again.quiet();
    expect(JSON.stringify(await cluster.policies('talking'))).toBe(before);
    await stop();
    // No end is believed beyond one grace: this process knows a short one.
    await start(4);
    await whenBlocks('198.51.100.2/32');
  });
});

describe('What the cluster relies on is not isolated without a word', () => {
  const notWritten = 'WouldBreakParty: not written: it would cut ';

  test('an ingress controller, until its workload confirms it', async () => {
    await start();
    const nginx = (annotations = {}) =>
      workload('ingress/nginx', { acceptsFrom: 'web.shop', annotations });
    const other = workload('ingress/other', { acceptsFrom: 'none' });
    const front = service('ingress/nginx', 443, 8443);
    await cluster.apply(namespace('ingress'), front, nginx(), other);
    const about = { kind: 'Deployment', namespace: 'ingress', name: 'nginx' };
    await whenSaid(
      cluster,
      about,
      `${notWritten}everyone outside from an ingress controller (8443/tcp)`,
    );
    await whenPoliciesFor(cluster, 'ingress', 'Deployment/other');
    await cluster.apply(nginx(confirmed));
    await whenPoliciesFor(cluster, 'ingress', 'Deployment/nginx', 'Deployment/other');
  });

  test('the pods behind an admission webhook, until their namespace confirms it', async () => {
    await start();
    // It is called for nothing that there is.
    const webhook: Manifest = {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
      metadata: { name: 'guard' },
      webhooks: [
        {
          name: 'guard.example.com',
          clientConfig: { service: { namespace: 'guards', name: 'guard' } },
          rules: [
            {
              apiGroups: ['example.com'],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['nothings'],
            },
          ],
          ...{ sideEffects: 'None', admissionReviewVersions: ['v1'], failurePolicy: 'Ignore' },
        },
      ],
    };
    const guard = workload('guards/guard', { acceptsFrom: '203.0.113.0/24:9443' });
    const front = service('guards/guard', 443, 8443);
    await cluster.apply(namespace('guards'), front, webhook, guard);
    const about = { kind: 'Deployment', namespace: 'guards', name: 'guard' };
    const whom =
      'the API server from the webhook of ValidatingWebhookConfiguration guard (8443/tcp)';
    await whenSaid(cluster, about, `${notWritten}${whom}`);
    expect(await cluster.policies('guards')).toEqual([]);
    const guards = namespace('guards');
    const metadata = { ...guards.metadata, annotations: confirmed };
    await cluster.apply({ ...guards, metadata });
    await whenPoliciesFor(cluster, 'guards', 'Deployment/guard');
  });
});
