import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { defaultDeny, mode } from '../../src/core/intent/keys.ts';
import { defaultDenyName, exemptAnnotation } from '../../src/core/model/names.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import {
  appConnectivity,
  foreignPolicy,
  type Manifest,
  namespace,
  workload,
} from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identities, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

/** Namespaces of production may not be opened; those of development are closed unless they say so. */
const file = {
  defaultDeny: {
    rules: [
      { selector: { matchLabels: { env: 'prod' } }, directions: 'ingress', strength: 'floor' },
      { selector: { matchLabels: { env: 'dev' } } },
    ],
  },
};

let cluster: Cluster;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true });
  await cluster.install();
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
});

afterAll(() => cluster?.stop());

async function start(settings: object = file): Promise<TestOperator> {
  await operator?.stop();
  operator = await TestOperator.start(cluster, 1, settings);
  await operator.whenReady();
  return operator;
}

function labelled(name: string, labels: Readonly<Record<string, string>>): Manifest {
  return { ...namespace(name), metadata: { name, labels } };
}

/** Waits until the namespace has policies for exactly these. */
function policiesFor(name: string, ...wanted: readonly string[]): Promise<Map<string, LivePolicy>> {
  return eventually(async () => {
    const policies = await cluster.policies(name);
    expect(identities(policies)).toEqual([...wanted].sort());
    return byIdentity(policies);
  }, 30);
}

async function whenDenied(name: string, policyTypes: readonly string[]): Promise<void> {
  await eventually(async () => {
    const deny = byIdentity(await cluster.policies(name)).get(`Namespace/${name}`);
    expect(deny?.spec.policyTypes).toEqual(policyTypes);
  }, 30);
}

/** Waits for an Event about a Namespace that says this. */
async function whenSaid(name: string, text: string): Promise<void> {
  const field = `regarding.name=${name},regarding.kind=Namespace`;
  const get = ['get', 'events.events.k8s.io', '-n', 'default', '--field-selector', field];
  await eventually(async () => {
    const notes = await cluster.kubectl([...get, '-o', 'jsonpath={.items[*].note}']);
    expect(notes).toContain(text);
  });
}

describe('default-deny by configuration', () => {
  test('covers a namespace that is made later, and a workload in it, without any label of ours', async () => {
    await start();
    await cluster.apply(labelled('new', { env: 'dev' }), workload('new/silent'));
    const policies = await policiesFor('new', 'Namespace/new', 'Deployment/silent');
    expect(policies.get('Namespace/new')?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ...{ ingress: [], egress: [] },
    });
  });

  test('gives way to a label where it is a default, and holds where it is a floor', async () => {
    await start();
    await cluster.apply(labelled('dev', { env: 'dev', [defaultDeny]: 'egress' }));
    await whenDenied('dev', ['Egress']);
    await cluster.apply(labelled('prod', { env: 'prod', [defaultDeny]: 'false' }));
    await whenDenied('prod', ['Ingress']);
    await whenSaid('prod', 'defaultDeny.rules.0');
    await cluster.apply(labelled('prod', { env: 'prod', [defaultDeny]: 'egress' }));
    await whenDenied('prod', ['Ingress', 'Egress']);
  });

  test('for every namespace leaves out those of the cluster itself', async () => {
    const every = { defaultDeny: { rules: [{ selector: {} }], exclude: ['spared'] } };
    await cluster.apply(namespace('spared'), namespace('taken'));
    await start(every);
    await whenDenied('taken', ['Ingress', 'Egress']);
    await operator?.quiet();
    const own = ['kube-system', 'kube-public', 'kube-node-lease', 'appconnectivity-system'];
    for (const name of [...own, 'spared']) expect(await cluster.policies(name)).toEqual([]);
  });

  test("leaves out the operator's own, which is that of its kubeconfig's context", async () => {
    const config = JSON.parse(await readFile(await cluster.operatorKubeconfig(), 'utf8'));
    config.contexts[0].context.namespace = 'ours';
    const kubeconfig = join(cluster.plane.folder, 'with-namespace');
    await writeFile(kubeconfig, JSON.stringify(config));
    await cluster.apply(labelled('ours', { team: 'us' }), labelled('theirs', { team: 'us' }));
    const rule = { selector: { matchLabels: { team: 'us' } } };
    await start({ kubeconfig, defaultDeny: { rules: [rule] } });
    await whenDenied('theirs', ['Ingress', 'Egress']);
    await operator?.quiet();
    expect(await cluster.policies('ours')).toEqual([]);
  });

  test('a label that has no valid value keeps the live directions, over a restart too', async () => {
    await start();
    await cluster.apply(
      labelled('typo', { env: 'dev', [defaultDeny]: 'ingress' }),
      workload('typo/silent'),
    );
    await whenDenied('typo', ['Ingress']);
    await policiesFor('typo', 'Namespace/typo', 'Deployment/silent');
    const before = await cluster.policies('typo');
    await cluster.apply(labelled('typo', { env: 'dev', [defaultDeny]: 'ingres' }));
    await whenSaid('typo', '"ingres"');
    await operator?.quiet();
    expect(await cluster.policies('typo')).toEqual(before);
    await operator?.stop();
    const mark = await cluster.auditMark();
    await start();
    await operator?.quiet();
    expect(await cluster.policies('typo')).toEqual(before);
    expect((await cluster.writesSince(mark)).filter((write) => /typo\//.test(write))).toEqual([]);
  });

  test('a namespace that is deleted gets no write meanwhile, and is covered when it comes back', async () => {
    const gone = labelled('gone', { env: 'dev', [defaultDeny]: 'ingress' });
    await start();
    const pinned = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: { namespace: 'gone', name: 'pin', finalizers: ['example.com/pin'] },
    };
    await cluster.apply(gone, workload('gone/silent'));
    await policiesFor('gone', 'Namespace/gone', 'Deployment/silent');
    await operator?.quiet();
    const mark = await cluster.auditMark();
    await cluster.apply(pinned);
    await cluster.remove(gone);
    await policiesFor('gone');
    await operator?.quiet();
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => write.includes('networkpolicies gone/'))).toEqual([]);
    await cluster.patch(pinned, { metadata: { finalizers: null } });
    await eventually(async () => expect(await cluster.get(gone)).toBeUndefined(), 60);
    await cluster.apply(labelled('gone', { env: 'dev' }), workload('gone/silent'));
    await policiesFor('gone', 'Namespace/gone', 'Deployment/silent');
    await whenDenied('gone', ['Ingress', 'Egress']);
  });
});

describe('audit', () => {
  const audit = { [mode]: 'audit' };
  const database = (annotations = {}) =>
    workload('audited/database', { acceptsFrom: 'none', talksTo: 'none', annotations });

  test('of a workload under default-deny: one policy that allows everything, until it is enforced', async () => {
    await start();
    await cluster.apply(namespace('audited', 'ingress'), database());
    await policiesFor('audited', 'Namespace/audited', 'Deployment/database');
    const specOf = async () => {
      const policy = byIdentity(await cluster.policies('audited')).get('Deployment/database');
      return [policy?.spec, policy?.metadata.annotations?.[exemptAnnotation]];
    };
    const enforced = await specOf();
    const podSelector = { matchLabels: { app: 'database' } };
    await cluster.apply(database(audit));
    await eventually(async () =>
      expect(await specOf()).toEqual([
        { podSelector, policyTypes: ['Ingress'], ingress: [{}], egress: [] },
        'audit',
      ]),
    );
    await cluster.apply(database());
    await eventually(async () => expect(await specOf()).toEqual(enforced));
  });

  test('of a namespace takes its policies away, the default-deny first, and brings them back', async () => {
    await start();
    const backend = workload('trial/backend', { acceptsFrom: 'frontend' });
    await cluster.apply(namespace('trial', 'true'), backend, workload('trial/frontend'));
    const all = ['Namespace/trial', 'Deployment/backend', 'Deployment/frontend'];
    await policiesFor('trial', ...all);
    await operator?.quiet();
    const specs = async () => (await cluster.policies('trial')).map(({ spec }) => spec);
    const before = await specs();
    const mark = await cluster.auditMark();
    await cluster.apply(labelled('trial', { [defaultDeny]: 'true', ...audit }));
    await policiesFor('trial');
    const deletes = await eventually(async () => {
      const writes = await cluster.writesSince(mark);
      const found = writes.filter((write) => write.startsWith('delete networkpolicies trial/'));
      expect(found).toHaveLength(3);
      return found;
    });
    expect(deletes[0]).toBe('delete networkpolicies trial/appconn-default-deny');
    await cluster.apply(labelled('trial', { [defaultDeny]: 'true', [mode]: 'Enforce' }));
    await whenSaid('trial', '"Enforce"');
    // Nothing is live that would tell what was, so the cluster's mode counts.
    await eventually(async () => expect(await specs()).toEqual(before), 30);
    await cluster.apply(labelled('trial', { [defaultDeny]: 'true', [mode]: 'enforce' }));
    await operator?.quiet();
    expect(await specs()).toEqual(before);
  });

  test('of a namespace does not come by a typo, nor by one and the loss of the default-deny', async () => {
    await start();
    await cluster.apply(namespace('mistyped'), workload('mistyped/db', { acceptsFrom: 'none' }));
    const own = async () =>
      byIdentity(await cluster.policies('mistyped')).get('Deployment/db')?.uid;
    await policiesFor('mistyped', 'Deployment/db');
    const uid = await own();
    await cluster.apply(labelled('mistyped', { [defaultDeny]: 'true', [mode]: 'Enforce' }));
    await policiesFor('mistyped', 'Namespace/mistyped', 'Deployment/db');
    await cluster.remove(foreignPolicy(`mistyped/${defaultDenyName}`, {}));
    await policiesFor('mistyped', 'Namespace/mistyped', 'Deployment/db');
    expect([await own()]).toEqual([uid]);
  });

  test('is told in the status of a resource: what each edge would be, and that it isolates nobody', async () => {
    await start();
    const resource = appConnectivity('told/web', {
      workload: { kind: 'Deployment', name: 'web' },
      talksTo: [{ workload: { kind: 'Deployment', name: 'api' } }],
    });
    const web = (annotations = {}) => workload('told/web', { annotations });
    await cluster.apply(namespace('told', 'true'), web(audit), workload('told/api'), resource);
    const status = async () => (await cluster.get(resource))?.status;
    await eventually(async () =>
      expect(await status()).toMatchObject({
        isolation: { ingress: false, egress: false },
        edges: [
          {
            ...{ state: 'Unenforced', reason: 'Audit' },
            message: 'audit: enforced, it would be Allowed',
          },
        ],
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: 'Programmed', status: 'True' }),
        ]),
      }),
    );
    await cluster.apply(web());
    await eventually(async () =>
      expect(await status()).toMatchObject({
        isolation: { ingress: true, egress: true },
        edges: [{ state: 'Allowed' }],
      }),
    );
  });

  test('of the cluster: a restart with another setting; namespaces labelled enforce stay', async () => {
    const kept = labelled('kept', { [defaultDeny]: 'ingress', [mode]: 'enforce' });
    await start();
    await cluster.apply(kept, namespace('left', 'true'), workload('left/silent'));
    await policiesFor('kept', 'Namespace/kept');
    const all = ['Namespace/left', 'Deployment/silent'];
    await policiesFor('left', ...all);
    await start({ ...file, mode: 'audit' });
    await policiesFor('left');
    await policiesFor('kept', 'Namespace/kept');
    await start();
    await policiesFor('left', ...all);
    await policiesFor('kept', 'Namespace/kept');
  });
});
