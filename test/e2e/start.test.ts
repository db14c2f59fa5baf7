import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { defaultKinds } from '../../src/core/model/kinds.ts';
import { fieldManager } from '../../src/core/model/names.ts';
import { watchedKinds } from '../../src/operator/watched-kinds.ts';
import { Cluster, MINUTE, operatorAccount } from './support/cluster.ts';
import { appConnectivity, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities } from './support/policies.ts';
import { allow, forbid } from './support/rights.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

const crd = 'config/crd/appconnectivity.dev_appconnectivities.yaml';

let cluster: Cluster;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true, controllerManager: false });
  await cluster.apply(namespace(operatorAccount.namespace));
  await cluster.kubectl(['apply', '--server-side', '-k', 'config/rbac']);
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
});

afterAll(() => cluster?.stop());

async function whenPoliciesAre(name: string, wanted: readonly string[]): Promise<void> {
  await eventually(async () => expect(identities(await cluster.policies(name))).toEqual(wanted));
}

/** A kind that is not served is looked for every half minute, so here time is ten times as fast. */
async function start(): Promise<TestOperator> {
  operator = await TestOperator.start(cluster, 10);
  return operator;
}

describe('a cluster without the resource definition', () => {
  test('is served by annotations, and by resources as soon as it is installed', async () => {
    const running = await start();
    await running.whenReady();
    await cluster.apply(namespace('early'), workload('early/web', { acceptsFrom: 'none' }));
    await whenPoliciesAre('early', ['Deployment/web']);
    await cluster.kubectl(['apply', '--server-side', '-f', crd]);
    await cluster.whenServed();
    const selector = { matchLabels: { tier: 'api' } };
    const resource = { selector, acceptsFrom: [{ nobody: true }] };
    await cluster.apply(appConnectivity('early/tier', resource));
    await whenPoliciesAre('early', ['AppConnectivity/tier', 'Deployment/web']);
    await cluster.kubectl(['delete', '-f', crd]);
    await whenPoliciesAre('early', ['Deployment/web']);
  });
});

describe('without the right to read a kind', () => {
  beforeAll(async () => {
    await cluster.kubectl(['apply', '--server-side', '-f', crd]);
    await cluster.whenServed();
  });

  test.each(['statefulsets', 'namespaces', 'appconnectivities', 'networkpolicies', 'servicecidrs'])(
    'nothing is written and /readyz names it, until the right is there: %s',
    async (resource) => {
      const name = `without-${resource}`;
      await cluster.apply(namespace(name), workload(`${name}/web`, { acceptsFrom: 'none' }));
      await forbid(cluster, resource);
      const mark = await cluster.auditMark();
      const running = await start();
      await eventually(async () => {
        const { status, text } = await running.ask('/readyz');
        expect(status).toBe(503);
        expect(text).toMatch(
          new RegExp(`^not known whole: ${resource} \\(.*forbidden.*\\)\\n$`, 'i'),
        );
      });
      expect((await running.ask('/healthz')).status).toBe(200);
      await cluster.apply(workload(`${name}/api`, { acceptsFrom: 'web' }));
      await running.quiet();
      expect(await cluster.writesSince(mark)).toEqual([]);
      expect(await cluster.policies(name)).toEqual([]);
      await allow(cluster, resource);
      await running.whenReady();
      await whenPoliciesAre(name, ['Deployment/api', 'Deployment/web']);
    },
  );
});

describe('a right to read that is lost while the operator runs', () => {
  test('takes no policy away, and what changed meanwhile is made up for', async () => {
    const running = await start();
    await running.whenReady();
    const web = workload('lost/web', { acceptsFrom: 'none' });
    await cluster.apply(namespace('lost'), web);
    await whenPoliciesAre('lost', ['Deployment/web']);
    const before = await cluster.policies();
    await forbid(cluster, 'deployments');
    await cluster.plane.stopApiServer();
    await cluster.plane.startApiServer();
    await eventually(() => {
      const refused = running.logs.find(
        ({ resource, failure }) =>
          resource === 'deployments' && /forbidden/i.test(JSON.stringify(failure)),
      );
      expect(refused?.level).toBe('warn');
    });
    await eventually(async () => {
      const { status, text } = await running.ask('/readyz');
      expect(text).toContain('not known whole: deployments');
      expect(status).toBe(503);
    });
    await running.quiet();
    expect(await cluster.policies()).toEqual(before);
    await cluster.apply(workload('lost/web'), workload('lost/api', { acceptsFrom: 'web' }));
    await allow(cluster, 'deployments');
    await whenPoliciesAre('lost', ['Deployment/api']);
    await running.whenReady();
  });
});

describe('without the right to write policies', () => {
  test('the log names the object and the reason, and it is made up for later', async () => {
    const { namespace: place, name } = operatorAccount;
    const rules = watchedKinds(defaultKinds).map(({ resource: { group, plural } }) => ({
      ...{ apiGroups: [group], resources: [plural], verbs: ['list', 'watch'] },
    }));
    const head = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
    const readOnly = JSON.stringify({ ...head, metadata: { name }, rules });
    await cluster.kubectl(['replace', '-f', '-'], readOnly);
    await cluster.apply(namespace('readonly'));
    const running = await start();
    await running.whenReady();
    await cluster.apply(workload('readonly/web', { acceptsFrom: 'none' }));
    const line = await eventually(() => {
      const found = running.logs.find(({ key }) => key === 'Deployment/readonly/web');
      if (found === undefined) throw new Error('nothing logged about it');
      return found;
    });
    expect(line.level).toBe('warn');
    expect(line.error).toMatch(/forbidden/i);
    expect(line.error).toContain('networkpolicies');
    expect(String(line.error)).toContain(`system:serviceaccount:${place}:${name}`);
    await allow(cluster, 'networkpolicies');
    await whenPoliciesAre('readonly', ['Deployment/web']);
  });
});

test('policies are written in the name of one field manager', async () => {
  const running = await start();
  await running.whenReady();
  await cluster.apply(namespace('managed'), workload('managed/web', { acceptsFrom: 'none' }));
  await whenPoliciesAre('managed', ['Deployment/web']);
  const get = ['get', 'networkpolicies', '-n', 'managed', '--show-managed-fields', '-o'];
  const managers = 'jsonpath={.items[*].metadata.managedFields[*].manager}';
  expect(await cluster.kubectl([...get, managers])).toBe(fieldManager);
});
