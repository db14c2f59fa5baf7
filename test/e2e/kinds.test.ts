import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { acceptsFrom, talksTo } from '../../src/core/intent/keys.ts';
import { rollouts } from '../../src/core/model/kinds.ts';
import { outsideResources } from '../../src/kube/outside-resources.ts';
import { resources } from '../../src/kube/resources.ts';
import { resourceOf } from '../../src/operator/watched-kinds.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { type Manifest, namespace } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { crdOf, otherKinds, serve } from './support/other-kinds.ts';
import { identityOf, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
  // A kind that is not served is looked for every half minute: ten times as fast is enough waiting.
  operator = await TestOperator.start(cluster, 10);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

const containers = [{ name: 'main', image: 'example' }];

/** A Job of one pod by `namespace/name`. */
function job(path: string, annotations: Readonly<Record<string, string>>): Manifest {
  const [home = '', name = ''] = path.split('/');
  const template = { spec: { restartPolicy: 'Never', containers } };
  return {
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: home, name, annotations } },
    spec: { template },
  };
}

/** The one policy of a namespace, once it is there and `fits`. */
function policyOf(home: string, fits: (policy: LivePolicy) => boolean): Promise<LivePolicy> {
  return eventually(async () => {
    const [policy, ...others] = await cluster.policies(home);
    if (policy === undefined || others.length > 0) throw new Error('not one policy');
    if (!fits(policy)) throw new Error(`another policy: ${JSON.stringify(policy)}`);
    return policy;
  }, 30);
}

function whenUnprotected(home: string): Promise<void> {
  return eventually(async () => expect(await cluster.policies(home)).toEqual([]), 30);
}

async function podsOf(home: string) {
  return (await cluster.client.list(resources.pods, { namespace: home })).items;
}

describe('a Job', () => {
  test('has a policy until it is over, although its pod that has ended stays', async () => {
    const migrate = job('once/migrate', { [acceptsFrom]: 'none' });
    await cluster.apply(namespace('once'), migrate);
    const policy = await policyOf('once', () => true);
    expect(identityOf(policy)).toBe('Job/migrate');
    const labels = { 'batch.kubernetes.io/job-name': 'migrate' };
    expect(policy.spec.podSelector).toEqual({ matchLabels: labels });
    const [pod] = await eventually(async () => {
      const pods = await podsOf('once');
      expect(pods).toHaveLength(1);
      return pods;
    });
    expect(pod?.metadata.labels).toMatchObject(labels);
    const ended = JSON.stringify({ status: { phase: 'Succeeded' } });
    const patch = ['--subresource=status', '--type=merge', '-p', ended];
    await cluster.kubectl(['patch', 'pod', pod?.metadata.name ?? '', '-n', 'once', ...patch]);
    await whenUnprotected('once');
    expect(await podsOf('once')).toHaveLength(1);
    expect(await cluster.get(migrate)).toBeDefined();
  });

  test('that is made anew under its name is another one', async () => {
    const first = job('anew/migrate', { [acceptsFrom]: 'none' });
    await cluster.apply(namespace('anew'), first);
    await policyOf('anew', ({ spec }) => spec.policyTypes?.join() === 'Ingress');
    await cluster.remove(first, 'Orphan');
    await eventually(async () => expect(await cluster.get(first)).toBeUndefined());
    await cluster.apply(job('anew/migrate', { [talksTo]: 'none' }));
    await policyOf('anew', ({ spec }) => spec.policyTypes?.join() === 'Egress');
  });
});

test('a CronJob has one policy for all its Jobs, which have none of their own', async () => {
  const template = {
    metadata: { labels: { app: 'report' } },
    spec: { restartPolicy: 'Never', containers },
  };
  const report: Manifest = {
    ...{ apiVersion: 'batch/v1', kind: 'CronJob' },
    metadata: { namespace: 'nightly', name: 'report', annotations: { [acceptsFrom]: 'none' } },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
  };
  await cluster.apply(namespace('nightly'), report);
  const policy = await policyOf('nightly', () => true);
  expect(identityOf(policy)).toBe('CronJob/report');
  expect(policy.spec.podSelector).toEqual({ matchLabels: { app: 'report' } });
  const create = ['create', 'job', 'report-now', '--from=cronjob/report', '-n', 'nightly'];
  await cluster.kubectl(create);
  await eventually(async () => expect(await podsOf('nightly')).toHaveLength(1));
  await operator.quiet();
  expect(await cluster.policies('nightly')).toEqual([policy]);
  await cluster.remove(report);
  await whenUnprotected('nightly');
});

const rollout: Manifest = {
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
  metadata: { namespace: 'canary', name: 'web', annotations: { [acceptsFrom]: 'none' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
  },
};

describe('a kind whose CRD comes and goes', () => {
  const kind = resourceOf(rollouts);
  async function begin(): Promise<void> {
    await serve(cluster, [kind]);
    await cluster.apply(rollout);
  }
  const isOfRollout = (policy: LivePolicy) => identityOf(policy) === 'Rollout.argoproj.io/web';

  test('has its policies while it is there', async () => {
    await cluster.apply(namespace('canary'));
    await operator.whenReady();
    for (const _time of ['first', 'second']) {
      await begin();
      const policy = await policyOf('canary', isOfRollout);
      expect(policy.spec.podSelector).toEqual({ matchLabels: { app: 'web' } });
      await cluster.kubectl(['delete', 'crd', crdOf(kind).metadata.name]);
      await whenUnprotected('canary');
      await operator.whenReady();
    }
  });

  test('and an object that gives its pods away loses its policy, and is told why', async () => {
    await begin();
    await policyOf('canary', isOfRollout);
    const { template: _, ...spec } = rollout.spec as Record<string, unknown>;
    await cluster.apply({ ...rollout, spec: { ...spec, workloadRef: { name: 'web' } } });
    await whenUnprotected('canary');
    const told = operator.logs.filter(({ message }) => message === 'object not read');
    expect(told.map(({ error }) => error).join()).toContain('this Rollout has no pod template');
  });
});

test('kinds that others install are watched with the rights that ship, by the version that is there', async () => {
  const { tlsRoutes, referenceGrants } = outsideResources;
  const older = [
    { ...tlsRoutes, version: 'v1alpha2' },
    { ...referenceGrants, version: 'v1beta1' },
  ];
  const isOlder = ({ plural }: { plural: string }) => older.some((each) => each.plural === plural);
  const kinds = [...otherKinds.filter((each) => !isOlder(each)), ...older];
  await serve(cluster, kinds);
  for (const { plural } of kinds) {
    const labels = `verb="watch",resource="${plural}",code="200"`;
    await eventually(async () => {
      expect([plural, await operator.metric('rest_client_requests_total', labels)]).not.toEqual([
        ...[plural, 0],
      ]);
    }, 30);
  }
  await operator.whenReady();
});
