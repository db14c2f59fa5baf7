import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { allowDeletionsUntil } from '../../src/core/intent/keys.ts';
import { appconn } from './support/cli.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { foreignPolicy, kubeDns, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let operatorKubeconfig: string;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false, audit: true });
  await cluster.install();
  operatorKubeconfig = await cluster.operatorKubeconfig();
  await cluster.apply(
    ...[kubeDns, namespace('shop'), namespace('bank'), namespace('other')],
    ...[workload('shop/web'), workload('bank/payment'), workload('other/bystander')],
    workload('shop/cart', { ports: [{ name: 'http', containerPort: 7070 }] }),
    service('shop/cart', 80, 7070),
  );
});

afterAll(() => cluster?.stop());

interface Connection {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly string[];
}

interface Plan {
  readonly version: number;
  readonly policies: readonly Record<string, unknown>[];
  readonly connections: {
    readonly gained: { total: number; listed: readonly Connection[] };
    readonly lost: { total: number; listed: readonly Connection[] };
  };
  readonly findings: readonly { object: string; code: string; message: string }[];
}

function plan(...args: readonly string[]) {
  return appconn(['run', '--plan', '--kubeconfig', operatorKubeconfig, ...args]);
}

async function planJson(): Promise<Plan & { readonly code: number }> {
  const { code, stdout, stderr } = await plan('-o', 'json');
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Plan) };
}

function linesOf({ listed }: { listed: readonly Connection[] }): string[] {
  return listed.map(({ from, to, ports }) => `${from} -> ${to}: ${ports.join(' ')}`);
}

async function withOperator(work: () => Promise<void> = async () => {}): Promise<void> {
  const operator = await TestOperator.start(cluster);
  await operator.whenReady();
  await work();
  await operator.quiet();
  await operator.stop();
}

describe('appconn run --plan', () => {
  test('says that nothing would change where nobody declares anything, and exits with 0', async () => {
    expect(await plan()).toEqual({
      code: 0,
      stdout: 'Nothing would change: the live policies are the wanted ones.\n',
      stderr: '',
    });
  });

  test('says what is created and lost, writes nothing, and is what the operator then does', async () => {
    await cluster.apply(workload('shop/web', { talksTo: 'cart:80, carrt' }));
    const mark = await cluster.auditMark();
    const { code, version, policies, connections, findings } = await planJson();
    expect({ code, version }).toEqual({ code: 1, version: 1 });
    expect(await cluster.writesSince(mark)).toEqual([]);
    expect(policies).toEqual([
      {
        ...{ action: 'create', namespace: 'shop', name: expect.stringMatching(/^appconn-web-/) },
        ...{ for: 'Deployment/web', change: '+Egress, +4 peers', writes: 1 },
      },
    ]);
    const outside = (word: string) => expect.stringMatching(`^Deployment/shop/web -> ${word}`);
    expect(linesOf(connections.lost)).toEqual([
      'Deployment/shop/web -> Deployment/appconnectivity-system/appconnectivity: all',
      'Deployment/shop/web -> Deployment/bank/payment: all',
      'Deployment/shop/web -> Deployment/other/bystander: all',
      expect.stringMatching(
        /^Deployment\/shop\/web -> Deployment\/shop\/cart: 1-7069\/TCP 7071-65535\/TCP /,
      ),
      ...['outside \\(IPv4\\): all', '10.96.0.10/32: ', 'outside \\(IPv6\\): all'].map(outside),
    ]);
    expect(connections.gained).toEqual({ total: 0, listed: [] });
    expect(findings).toMatchObject([{ object: 'Deployment/shop/web', code: 'TargetNotFound' }]);

    await withOperator();
    const live = await cluster.policies();
    expect(live.map(({ metadata }) => metadata.name)).toEqual(policies.map(({ name }) => name));
    expect(await planJson()).toMatchObject({ code: 0, policies: [] });
  });

  test('tells people the same in lines, and what needs somebody after it', async () => {
    await cluster.apply(
      workload('shop/web', { talksTo: 'cart:80, 203.0.113.0/24:443' }),
      workload('shop/cart', { acceptsFrom: 'not valid' }),
      namespace('bank', 'ingress'),
    );
    const { code, stdout, stderr } = await plan();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout.replaceAll(/(web|payment)-\w+/g, '$1-…').split('\n')).toEqual([
      'NetworkPolicies: 2 would be created, 1 updated, 0 deleted.',
      '  create bank/appconn-default-deny for Namespace/bank: +Ingress',
      '  create bank/appconn-payment-… for Deployment/payment: +Ingress, +1 peer',
      '  update shop/appconn-web-… for Deployment/web: +1 peer',
      '',
      'Connections that would be lost: 5.',
      '  Deployment/appconnectivity-system/appconnectivity, Deployment/other/bystander, Deployment/shop/cart, outside -> Deployment/bank/payment: all ports',
      '',
      'Connections that would be gained: 1.',
      '  Deployment/shop/web -> 203.0.113.0/24: 443/TCP',
      '',
      'Needs somebody:',
      expect.stringMatching(/^ {2}Deployment\/shop\/cart: error: "not valid"/),
      '',
    ]);
  });

  test('judges with the policies of others: what they stop already is not lost', async () => {
    const stop = foreignPolicy('shop/stop', { podSelector: {}, policyTypes: ['Egress'] });
    await cluster.apply(stop);
    const { connections } = await planJson();
    const lost = linesOf(connections.lost).filter((line) => !line.startsWith('outside'));
    expect(lost).toEqual([
      'Deployment/appconnectivity-system/appconnectivity -> Deployment/bank/payment: all',
      'Deployment/other/bystander -> Deployment/bank/payment: all',
    ]);
    await cluster.remove(stop);
  });

  test('shows a policy that goes, and what opens with it', async () => {
    await cluster.apply(workload('shop/cart'), namespace('bank'));
    await withOperator();
    await cluster.apply(workload('shop/web'));
    const { policies, connections } = await planJson();
    expect(policies).toMatchObject([
      { action: 'delete', for: 'Deployment/web', change: '-Egress, -5 peers' },
    ]);
    expect(connections.lost.total).toBe(0);
    expect(linesOf(connections.gained)).toContain(
      'Deployment/shop/web -> Deployment/bank/payment: all',
    );
  });

  test('refuses in one sentence where it may not list everything, and exits with 2', async () => {
    await cluster.kubectl(['create', 'serviceaccount', 'nobody', '-n', 'other']);
    const kubeconfig = await cluster.plane.serviceAccountKubeconfig({
      ...{ namespace: 'other', name: 'nobody' },
    });
    const { code, stdout, stderr } = await appconn(['run', '--plan', '--kubeconfig', kubeconfig]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: these credentials may not list [^\n]*deployments[^\n]*\n$/);
  });

  test('refuses wrong usage in one sentence, and exits with 2', async () => {
    for (const [args, sentence] of [
      [['run', '-o', 'json'], 'error: -o goes with --plan; logs have one format\n'],
      [['run', '--plan', '-o', 'yaml'], /^error: option '-o, --output <format>'.*text, json/],
      [['run', '--plann'], /^error: unknown option '--plann'\n\(Did you mean --plan\?\)\n$/],
    ] as const) {
      const { code, stderr } = await appconn(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(sentence);
    }
  });
});

describe('appconn release', () => {
  const release = (...args: readonly string[]) =>
    appconn(['release', '--kubeconfig', cluster.plane.kubeconfig, ...args]);

  async function annotationOf(name: string): Promise<string | undefined> {
    const live = (await cluster.get(namespace(name))) as {
      metadata: { annotations?: Record<string, string> };
    };
    return live.metadata.annotations?.[allowDeletionsUntil];
  }

  test('writes until when on the namespace, and that is all that it writes', async () => {
    const before = Date.now();
    const { code, stdout } = await release('-n', 'shop', '--for', '1h30m');
    const until = (await annotationOf('shop')) ?? '';
    expect(until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const seconds = (Date.parse(until) - before) / 1000;
    expect(Math.abs(seconds - 5400)).toBeLessThan(120);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        `The operator may delete and narrow any number of policies of namespace shop until ${until}.`,
        `To take it back: kubectl annotate namespace shop ${allowDeletionsUntil}-`,
        '',
      ].join('\n'),
    });
    await cluster.kubectl(['annotate', 'namespace', 'shop', `${allowDeletionsUntil}-`]);
    expect(await annotationOf('shop')).toBeUndefined();
  });

  test('may be said again, also after somebody wrote the annotation by hand', async () => {
    await cluster.kubectl(['annotate', 'namespace', 'shop', `${allowDeletionsUntil}=soon`]);
    expect((await release('-n', 'shop')).code).toBe(0);
    const first = await annotationOf('shop');
    expect((await release('-n', 'shop', '--for', '24h')).code).toBe(0);
    expect(Date.parse((await annotationOf('shop')) ?? '')).toBeGreaterThan(Date.parse(first ?? ''));
  });

  test('is no key that the operator does not know', async () => {
    const { findings } = await planJson();
    expect(findings.filter(({ object }) => object === 'Namespace/shop')).toEqual([]);
  });

  test('of the whole cluster stands on the operator’s own namespace', async () => {
    const { code, stdout } = await release('--cluster');
    expect(code).toBe(0);
    expect(stdout).toContain('policies of the whole cluster until');
    expect(await annotationOf('appconnectivity-system')).toBeDefined();
    expect((await release('--cluster', '--operator-namespace', 'other')).code).toBe(0);
    expect(await annotationOf('other')).toBeDefined();
  });

  test('never makes a namespace, and asks whether another was meant', async () => {
    const { code, stderr } = await release('-n', 'shopp');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: there is no namespace shopp; did you mean shop?\n',
    });
    expect(await cluster.get(namespace('shopp'))).toBeUndefined();
  });

  test.each([
    [[], /say for whom: either -n NAMESPACE, or --cluster/],
    [['-n', 'shop', '--cluster'], /say for whom/],
    [['-n', 'shop', '--operator-namespace', 'x'], /--operator-namespace goes with --cluster/],
    [['-n', 'Shop'], /-n "Shop": the name of a namespace has lower-case letters/],
    [['-n', 'shop', '--for', 'soon'], /--for "soon" is no duration; write it as 10m/],
    [['-n', 'shop', '--for', '59s'], /at least 1m and at most 24h/],
    [['-n', 'shop', '--for', '24h1s'], /at least 1m and at most 24h/],
  ])('refuses %j in one sentence, and exits with 2', async (args, sentence) => {
    const { code, stdout, stderr } = await release(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(sentence);
  });
});
