import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { defaultDeny } from '../../src/core/intent/keys.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { appConnectivity, kubeDns, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity } from './support/policies.ts';
import { renderCluster, whenLiveIsRendered } from './support/render.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

const boutique = 'examples/online-boutique';

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

test('kubectl get piped into render gives exactly the policies that the operator keeps', async () => {
  const deployment = (name: string) => ({ workload: { kind: 'Deployment', name } });
  await cluster.apply(
    namespace('billing', 'ingress'),
    {
      ...namespace('shop'),
      metadata: { name: 'shop', labels: { team: 'a', [defaultDeny]: 'true' } },
    },
    workload('shop/web', { talksTo: 'api:80, db, payment.billing:443, @internet', replicas: 1 }),
    workload('shop/api', {
      ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 9090 }],
      acceptsFrom: 'web\nns/billing:9090',
    }),
    workload('shop/db', { kind: 'StatefulSet', acceptsFrom: 'none', talksTo: 'none' }),
    workload('shop/agent', {
      kind: 'DaemonSet',
      talksTo: '203.0.113.0/24:8000-8100/udp, @cluster:9100',
    }),
    workload('shop/silent'),
    workload('shop/invalid', { talksTo: 'web, http://x' }),
    workload('billing/payment', { labels: { app: 'payment', tier: 'money' } }),
    service('shop/api', 80, 'http'),
    service('billing/payment', 443, 8443),
    appConnectivity('shop/silent', {
      ...deployment('silent'),
      acceptsFrom: [
        { pods: { selector: { matchLabels: { app: 'web' } } }, ports: [{ port: 1, endPort: 9 }] },
      ],
      talksTo: [{ cidr: { block: '198.51.100.0/24', except: ['198.51.100.7/32'] } }],
    }),
    appConnectivity('billing/money', {
      selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['money', 'cash'] }] },
      acceptsFrom: [
        { namespace: { selector: { matchLabels: { team: 'a' } } }, ports: [{ port: 443 }] },
      ],
    }),
  );
  expect(await whenLiveIsRendered(cluster)).toEqual(
    [
      ...['AppConnectivity/money', 'Deployment/api', 'Deployment/invalid', 'Deployment/payment'],
      ...['Deployment/silent', 'Deployment/web', 'DaemonSet/agent'].sort(),
      ...['Namespace/billing', 'Namespace/shop', 'StatefulSet/db'],
    ].sort(),
  );
  const { exitCode, messages } = await renderCluster(cluster);
  expect(exitCode).toBe(1);
  expect(messages).toMatch(/^stdin:\d+:\d+: error: "http:\/\/x"/m);
});

describe('Online Boutique', () => {
  test('as it is published gets no policy: nobody says anything', async () => {
    const published = `${boutique}/kubernetes-manifests.yaml`;
    await cluster.apply(namespace('boutique'));
    await cluster.kubectl(['apply', '-n', 'boutique', '-f', published]);
    await operator.quiet();
    expect(await cluster.policies('boutique')).toEqual([]);
    await whenLiveIsRendered(cluster);
  });

  test('settles on the rendered policies once its workloads say whom they talk to', async () => {
    await cluster.kubectl(['label', 'namespace', 'boutique', `${defaultDeny}=true`]);
    await cluster.kubectl(['apply', '-k', boutique]);
    await eventually(async () => expect(await cluster.policies('boutique')).toHaveLength(13), 30);
    await whenLiveIsRendered(cluster);
    const policies = await cluster.policies('boutique');
    expect(policies.flatMap(({ spec }) => spec.policyTypes)).toHaveLength(26);
    const frontend = byIdentity(policies).get('Deployment/frontend');
    expect(frontend?.spec.egress).toContainEqual({
      to: [{ podSelector: { matchLabels: { app: 'adservice' } } }],
      ports: [{ protocol: 'TCP', port: 9555 }],
    });
  });
});
