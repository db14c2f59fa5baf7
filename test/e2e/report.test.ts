import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  attentionAnnotation,
  statusManager,
  summaryAnnotation,
} from '../../src/core/model/names.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { isRecord, readObject } from '../../src/core/record/read.ts';
import type { Status } from '../../src/core/status/schema.ts';
import { World } from '../../src/core/world/world.ts';
import { isInvalid } from '../../src/kube/errors.ts';
import { objectPath, resources } from '../../src/kube/resources.ts';
import { reportAttention } from '../../src/operator/report/attention.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { appConnectivity, foreignPolicy, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true, controllerManager: false });
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

async function policyOf(place: string, identity: string): Promise<LivePolicy> {
  const policy = byIdentity(await cluster.policies(place)).get(identity);
  if (policy === undefined) throw new Error(`no policy of ${identity} in ${place} yet`);
  return policy;
}

async function attentionTo(place: string, identity: string): Promise<string | undefined> {
  const { metadata } = await policyOf(place, identity);
  return metadata.annotations?.[attentionAnnotation];
}

/** Which field managers have applied which annotations of a policy. */
async function annotationsBy(policy: LivePolicy): Promise<Record<string, string[]>> {
  const { metadata } = (await cluster.client.get(
    objectPath(resources.networkPolicies, policy.metadata),
  )) as { metadata: { managedFields: Entry[] } };
  return Object.fromEntries(
    metadata.managedFields.map(({ manager, fieldsV1 }) => {
      const owned = fieldsV1['f:metadata']?.['f:annotations'] ?? {};
      return [manager, Object.keys(owned).filter((field) => field.startsWith('f:app'))];
    }),
  );
}

interface Entry {
  readonly manager: string;
  readonly fieldsV1: Record<string, Record<string, Record<string, unknown>>>;
}

describe('people with annotations only', () => {
  test('are told by kubectl describe what a policy says', async () => {
    await cluster.apply(
      namespace('told', 'ingress'),
      workload('told/web', { talksTo: 'api:8080' }),
      workload('told/api', { ports: [{ containerPort: 8080 }] }),
    );
    await eventually(async () => {
      const { metadata } = await policyOf('told', 'Deployment/web');
      const args = ['describe', 'netpol', metadata.name, '-n', 'told'];
      const text = (await cluster.kubectl(args)).replaceAll(/\s+/g, ' ');
      expect(text).toContain(
        `${summaryAnnotation}: Deployment/web may open connections only to api:8080, DNS and its own replicas; accepts connections only from its own replicas.`,
      );
      const deny = await policyOf('told', 'Namespace/told');
      expect(deny.metadata.annotations?.[summaryAnnotation]).toContain('default-deny for ingress');
    });
    expect(await attentionTo('told', 'Deployment/web')).toBeUndefined();
  });

  test('are told which edge needs somebody, until it does no more, and the spec is left alone', async () => {
    const db = (acceptsFrom?: string) => workload('far/db', { acceptsFrom });
    await cluster.apply(
      namespace('near'),
      namespace('far', 'true'),
      workload('near/web', { talksTo: 'db.far' }),
      db(),
    );
    await eventually(async () => {
      expect(await attentionTo('near', 'Deployment/web')).toBe(
        'talks-to db.far: Pending/ConsentRequired: namespace far has to agree: add appconnectivity.dev/accepts-from: web.near to Deployment db in namespace far',
      );
    });
    const policy = await policyOf('near', 'Deployment/web');
    expect(await annotationsBy(policy)).toMatchObject({
      [statusManager]: [`f:${attentionAnnotation}`],
      appconnectivity: expect.not.arrayContaining([`f:${attentionAnnotation}`]),
    });
    await cluster.apply(db('web.near'));
    await eventually(async () => {
      expect(await attentionTo('near', 'Deployment/web')).toBeUndefined();
    });
    const after = await policyOf('near', 'Deployment/web');
    expect([after.uid, after.spec]).toEqual([policy.uid, policy.spec]);
  });

  test('are told that somebody else’s policy is in the way, and of a resource’s edges as well', async () => {
    await cluster.apply(
      namespace('stopped'),
      workload('stopped/web', { talksTo: 'db' }),
      workload('stopped/db'),
      foreignPolicy('stopped/lockdown', {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Ingress'],
      }),
      appConnectivity('stopped/more', {
        workload: { kind: 'Deployment', name: 'web' },
        talksTo: [{ service: { name: 'later' } }],
      }),
    );
    await eventually(async () => {
      const lines = (await attentionTo('stopped', 'Deployment/web'))?.split('\n') ?? [];
      expect(lines.map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
        'talks-to db: Blocked/ForeignPolicy',
        'talks-to svc/later: Pending/TargetNotFound',
      ]);
    });
  });

  test('see no edit of it by hand for long', async () => {
    await cluster.apply(namespace('edited'), workload('edited/web', { acceptsFrom: 'none' }));
    const policy = await eventually(() => policyOf('edited', 'Deployment/web'));
    await operator.quiet();
    const lie = { metadata: { annotations: { [attentionAnnotation]: 'all is lost' } } };
    await cluster.patch(foreignPolicy(`edited/${policy.metadata.name}`, {}), lie);
    await eventually(async () => {
      expect(await attentionTo('edited', 'Deployment/web')).toBeUndefined();
    });
  });
});

describe('what is said on a policy', () => {
  test('never brings back one that was deleted', async () => {
    await cluster.apply(namespace('gone'));
    const manifest = foreignPolicy('gone/appconn-web', { podSelector: {} });
    const options = { fieldManager: 'appconnectivity', force: true };
    const path = objectPath(resources.networkPolicies, { namespace: 'gone', name: 'appconn-web' });
    await operator.stop();
    const record = readObject(
      manifest.apiVersion,
      manifest.kind,
      await cluster.client.apply(path, manifest, options),
    );
    if (!isRecord(record) || record.kind !== 'NetworkPolicy') throw new Error('no policy');
    const world = new World(defaultSettings);
    world.put(record);
    await cluster.client.remove(path);
    const reporter = {
      client: cluster.client,
      wallClock: () => 0,
      instance: '',
      count: () => {},
      listen: () => () => {},
    };
    const { signal } = new AbortController();
    await reportAttention(reporter, world, [record.policy], 'look here', signal);
    expect(await cluster.get(manifest)).toBeUndefined();
    // Another one of its name is none of ours to speak on.
    const again = await cluster.client.apply(path, manifest, options);
    await reportAttention(reporter, world, [record.policy], 'look here', signal);
    expect(await cluster.client.get(path)).toEqual(again);
    const refused = cluster.client.apply(
      path,
      { ...manifest, metadata: { ...manifest.metadata, uid: record.uid }, spec: undefined },
      { fieldManager: statusManager, force: true },
    );
    await expect(refused.catch(isInvalid)).resolves.toBe(true);
    operator = await TestOperator.start(cluster);
    await operator.whenReady();
  });
});

describe('one changed annotation', () => {
  const write = (verb: string, resource: string, name: string) =>
    `${verb} ${resource} storm/${name}`;

  test('is one write of its policy and at most one for whoever is told otherwise, then silence', async () => {
    const db = (acceptsFrom: string) => workload('storm/db', { acceptsFrom });
    const clients = ['a', 'b', 'c', 'd'];
    await cluster.apply(
      namespace('storm'),
      ...clients.map((name) => workload(`storm/${name}`, { talksTo: 'db' })),
      db('a, b, c, d'),
      appConnectivity('storm/a', {
        workload: { kind: 'Deployment', name: 'a' },
        talksTo: [{ workload: { kind: 'Deployment', name: 'db' } }],
      }),
    );
    const resource = appConnectivity('storm/a', {});
    await eventually(async () => {
      const { edges = [] } = ((await cluster.get(resource))?.status ?? {}) as Status;
      expect(edges.map(({ state }) => state)).toEqual(['Allowed']);
    });
    await operator.quiet();
    const names = byIdentity(await cluster.policies('storm'));
    const nameOf = (app: string) => names.get(`Deployment/${app}`)?.metadata.name ?? '';
    const mark = await cluster.auditMark();
    await cluster.apply(db('c, d'));
    await eventually(async () => {
      for (const app of ['a', 'b']) {
        expect(await attentionTo('storm', `Deployment/${app}`)).toContain('Refused/NotAccepted');
      }
    });
    await operator.quiet();
    const made = await cluster.writesSince(mark);
    const nameless = (each: string) => each.replace(/^(create events \S+)\.\w+$/, '$1');
    // A server that takes its time with the policy of db, which lets a in until then, has it told so.
    const told = made.filter((each) => each === write('patch', 'appconnectivities', 'a')).length;
    if (told === 2) made.splice(made.indexOf(write('patch', 'appconnectivities', 'a')), 1);
    expect(made.map(nameless).sort()).toEqual(
      [
        // Whom the change cuts is told once.
        'create events storm/db',
        write('patch', 'networkpolicies', nameOf('db')),
        write('patch', 'networkpolicies', nameOf('a')),
        write('patch', 'networkpolicies', nameOf('b')),
        write('patch', 'appconnectivities', 'a'),
      ].sort(),
    );
    await operator.stop();
    const before = await cluster.policies('storm');
    const restarted = await cluster.auditMark();
    operator = await TestOperator.start(cluster);
    await operator.whenReady();
    const done = () => operator.metric('appconnectivity_reconcile_total', 'success');
    await eventually(async () => expect(await done()).toBeGreaterThanOrEqual(names.size));
    await operator.quiet();
    expect(
      (await cluster.writesSince(restarted)).filter((each) => each.includes('storm/')),
    ).toEqual([]);
    expect(await cluster.policies('storm')).toEqual(before);
  });
});

describe('a start from nothing', () => {
  test('writes each policy once, and beside it only what needs a person, once', async () => {
    await operator.stop();
    const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    await cluster.apply(
      namespace('fresh', 'true'),
      ...names.map((name, index) =>
        workload(`fresh/${name}`, { talksTo: `app-${(index + 1) % 20}` }),
      ),
      workload('fresh/lonely', { talksTo: 'no-such-app' }),
    );
    const mark = await cluster.auditMark();
    operator = await TestOperator.start(cluster);
    await operator.whenReady();
    await eventually(async () => {
      expect(await cluster.policies('fresh')).toHaveLength(22);
      expect(await attentionTo('fresh', 'Deployment/lonely')).toContain('TargetNotFound');
    });
    await operator.quiet();
    const policies = await cluster.policies('fresh');
    const lonely = byIdentity(policies).get('Deployment/lonely')?.metadata.name;
    const written = [...policies.map(({ metadata }) => metadata.name), lonely];
    expect(
      (await cluster.writesSince(mark)).filter((each) => each.includes('fresh/')).sort(),
    ).toEqual(written.map((name) => `patch networkpolicies fresh/${name}`).sort());
  });
});

describe('metrics', () => {
  test('count the cluster’s edges by state, its findings and our policies', async () => {
    const refused = () => operator.metric('appconnectivity_edges', 'state="Refused"');
    const policies = () => operator.metric('appconnectivity_policies');
    await operator.quiet();
    const [before, live] = [await refused(), await policies()];
    expect(live).toBe((await cluster.policies()).length);
    await cluster.apply(
      namespace('counted'),
      workload('counted/web', { talksTo: 'db, none-such' }),
      workload('counted/db', { acceptsFrom: 'none' }),
    );
    await eventually(async () => {
      expect([await refused(), await policies()]).toEqual([before + 1, live + 2]);
    });
    expect(await operator.metric('appconnectivity_findings', 'TargetNotFound')).toBeGreaterThan(0);
    await cluster.remove(workload('counted/web'));
    await eventually(async () => expect(await refused()).toBe(before));
  });
});
