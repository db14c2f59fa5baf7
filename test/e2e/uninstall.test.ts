import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Host } from '../../src/cli/host.ts';
import { uninstall } from '../../src/cli/uninstall.ts';
import { readConfig } from '../../src/settings.ts';
import { appconn } from './support/cli.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { History } from './support/history.ts';
import { foreignPolicy, type Manifest, namespace, service, workload } from './support/objects.ts';
import { clockOf, TestOperator } from './support/operator.ts';
import { identityOf, readPolicies } from './support/policies.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;

const guard = foreignPolicy('shop/guard', {
  ...{ podSelector: { matchLabels: { app: 'cart' } }, policyTypes: ['Ingress'] },
});
/** Somebody copied ours under another name that looks like ours, label and identity included. */
const copy: Manifest = {
  ...guard,
  metadata: {
    ...{ name: 'appconn-copied', namespace: 'shop' },
    labels: { 'app.kubernetes.io/managed-by': 'appconnectivity' },
    annotations: { 'appconnectivity.dev/identity': 'Deployment/cart' },
  },
};
const lease: Manifest = {
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  metadata: {
    ...{ name: 'appconnectivity', namespace: 'kube-system' },
    annotations: { 'appconnectivity.dev/installation': 'network' },
  },
};

function heldLease(seconds: number, renewed = 0): Manifest {
  const renewTime = new Date(1_790_000_000_000 + renewed).toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: 'pod-7', leaseDurationSeconds: seconds, renewTime };
  return { ...lease, spec };
}

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
});

afterAll(() => cluster?.stop());

/** Has the operator write what two namespaces declare, and stops it. */
async function populate(): Promise<void> {
  await cluster.apply(
    ...[namespace('shop', 'true'), namespace('bank'), guard, copy],
    ...[workload('shop/web', { talksTo: 'cart:80' }), workload('shop/cart'), workload('shop/idle')],
    ...[service('shop/cart', 80, 7070), workload('bank/db', { acceptsFrom: 'none' })],
  );
  const operator = await TestOperator.start(cluster);
  await operator.whenReady();
  await operator.quiet();
  await operator.stop();
  expect((await ours()).sort()).toEqual([
    ...['Deployment/cart', 'Deployment/db', 'Deployment/idle', 'Deployment/web', 'Namespace/shop'],
  ]);
}

async function ours(): Promise<string[]> {
  const all = await readPolicies(cluster.client, {});
  const others = [copy.metadata.name, guard.metadata.name];
  return all.filter(({ metadata }) => !others.includes(metadata.name)).map(identityOf);
}

async function foreign(): Promise<string[]> {
  const all = await readPolicies(cluster.client, {});
  const names = all.map(({ metadata }) => metadata.name);
  return names.filter((name) => name === copy.metadata.name || !name.startsWith('appconn-'));
}

/** As a process, without a terminal. */
function uninstallUnasked() {
  return appconn(['uninstall', '--yes', '--kubeconfig', cluster.plane.kubeconfig]);
}

/** In this process, where `answer` plays the person on the terminal. */
async function uninstallAsked(answer: () => string | Promise<string>) {
  const said = {
    out: '',
    err: [] as string[],
    questions: [] as string[],
    progress: [] as string[],
  };
  const host: Host = {
    ...{ environment: {}, clock: clockOf(1), wallClock: () => Date.now(), version: 'e2e' },
    paint: (_yes, text) => text,
    print: (text) => {
      said.out += text;
    },
    say: (line) => said.err.push(line),
    progress: (text) => said.progress.push(text),
    ask: async (question) => {
      said.questions.push(question);
      return answer();
    },
  };
  const flags = { kubeconfig: cluster.plane.kubeconfig };
  const config = readConfig({ environment: {}, flags });
  return { code: await uninstall({ config }, host), ...said };
}

describe('appconn uninstall', () => {
  let renewing = false;
  afterEach(() => {
    renewing = false;
  });

  test('without a terminal and without --yes says what to do, and exits with 2', async () => {
    expect(await appconn(['uninstall', '--kubeconfig', cluster.plane.kubeconfig])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: there is no terminal to ask on whether to remove everything; add --yes to do it unasked\n',
    });
  });

  test('shows what goes, what opens and what closes, and keeps everything unless told yes', async () => {
    await populate();
    const { code, out, err, questions } = await uninstallAsked(() => 'y');
    expect({ code, err }).toEqual({ code: 1, err: ['nothing was removed'] });
    expect(questions).toEqual(['Type yes to remove what is listed (5): ']);
    expect(out.replaceAll(/-\w{8} for/g, '-… for').split('\n')).toEqual([
      'NetworkPolicies to be removed: 5',
      '  bank/appconn-db-… for Deployment/db',
      '  shop/appconn-cart-… for Deployment/cart',
      '  shop/appconn-default-deny for Namespace/shop',
      '  shop/appconn-idle-… for Deployment/idle',
      '  shop/appconn-web-… for Deployment/web',
      '',
      'What opens:',
      '  namespace shop: the default-deny ends (ingress and egress)',
      '  namespace bank: 1 workload isolated no more: Deployment/db (ingress)',
      '  namespace shop: 3 workloads isolated no more: Deployment/cart (egress), Deployment/idle (ingress and egress), Deployment/web (ingress and egress)',
      '',
      'What closes: policies that are not ours stay, and isolate these without what ours allow them:',
      '  namespace shop: 1 workload cut to what others allow: Deployment/cart (ingress)',
      '',
    ]);
    expect(await ours()).toHaveLength(5);
  });

  test('refuses while an operator renews its Lease, and says how to stop it', async () => {
    await cluster.apply(heldLease(30));
    renewing = true;
    const renew = async () => {
      for (let time = 1; renewing; time++) await cluster.apply(heldLease(30, time));
    };
    const renewed = renew();
    const { code, stdout, stderr } = await uninstallUnasked();
    renewing = false;
    await renewed;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'error: an operator runs (pod-7 renews the Lease kube-system/appconnectivity) and would write the policies again; stop it first: kubectl -n network scale deployment appconnectivity --replicas=0\n',
    );
    expect(await ours()).toHaveLength(5);
  });

  test('refuses when an operator has started while the question was open', async () => {
    await cluster.remove(lease);
    const starting = async () => {
      await cluster.apply(heldLease(15));
      return 'yes';
    };
    await expect(uninstallAsked(starting)).rejects.toThrow(/an operator runs \(pod-7 renews/);
    expect(await ours()).toHaveLength(5);
    expect(await cluster.get(lease)).toBeDefined();
  });

  test('keeps what allows where the default-deny cannot go, and names both', async () => {
    await cluster.apply({ ...lease, spec: {} });
    const all = await readPolicies(cluster.client, { namespace: 'shop' });
    const deny = all.find((policy) => identityOf(policy) === 'Namespace/shop');
    if (deny === undefined) throw new Error('no default-deny');
    const stuck = { ...deny, metadata: { ...deny.metadata } };
    await cluster.patch(stuck, { metadata: { finalizers: ['example.com/slow'] } });
    const { code, stderr } = await uninstallUnasked();
    expect(code).toBe(1);
    expect(stderr.split('\n').map((line) => line.replace(/-\w{8}:/, '-…:'))).toEqual([
      'stayed: shop/appconn-default-deny: it waits for its finalizers: example.com/slow',
      ...['cart', 'idle', 'web'].map(
        (name) =>
          `stayed: shop/appconn-${name}-…: kept, since the default-deny of its namespace stays and would cut its pods`,
      ),
      '',
    ]);
    expect(await ours()).toEqual(
      expect.arrayContaining(['Deployment/cart', 'Deployment/idle', 'Deployment/web']),
    );
    expect(await cluster.get(lease)).toBeDefined();
    await cluster.patch(stuck, { metadata: { finalizers: null } });
  });

  test('removes everything of ours, default-denies first, its Lease last, and nothing else', async () => {
    await populate();
    // Held by somebody who is gone: nobody renews it.
    await cluster.apply(heldLease(2));
    const history = await History.start(cluster, 'shop');
    const { code, stdout, stderr } = await uninstallUnasked();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nRemoved: 5 NetworkPolicies\.\nLeft as they are: the CRD/);
    expect(await ours()).toEqual([]);
    expect(await foreign()).toEqual(['appconn-copied', 'guard']);
    expect(await cluster.get(lease)).toBeUndefined();
    await history.stop();
    const gone = history.moments.filter(({ type }) => type === 'DELETED');
    expect(gone.map(({ policy }) => identityOf(policy))[0]).toBe('Namespace/shop');
    expect(gone).toHaveLength(4);
  });

  test('has nothing to ask or to do a second time, and exits with 0', async () => {
    const { code, out, questions } = await uninstallAsked(() => 'no');
    expect({ code, questions }).toEqual({ code: 0, questions: [] });
    expect(out).toMatch(/^NetworkPolicies to be removed: 0\nRemoved: 0 NetworkPolicies\.\n/);
  });

  test('also removes what came back from a backup, and says yes to yes', async () => {
    await populate();
    const restored = (await readPolicies(cluster.client, { namespace: 'bank' })).at(0);
    if (restored === undefined) throw new Error('no policy in bank');
    await cluster.remove(restored as unknown as Manifest);
    const { uid: _, resourceVersion: __, ...written } = restored;
    await cluster.client.create(
      '/apis/networking.k8s.io/v1/namespaces/bank/networkpolicies',
      written,
    );
    const { code, progress, err } = await uninstallAsked(() => 'yes');
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(progress.at(-1)).toBe('5 of 5 policies');
    expect(await ours()).toEqual([]);
  });

  test('goes on where a policy changes between the look and the delete', async () => {
    await populate();
    const touch = async () => {
      for (const policy of await readPolicies(cluster.client, { namespace: 'shop' })) {
        await cluster.patch(policy as unknown as Manifest, {
          metadata: { labels: { seen: 'yes' } },
        });
      }
      return 'yes';
    };
    expect(await uninstallAsked(touch)).toMatchObject({ code: 0, err: [] });
    expect(await ours()).toEqual([]);
  });
});
