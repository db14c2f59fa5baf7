import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { defaultDenyName } from '../../src/core/model/names.ts';
import { judge } from '../../src/core/reach/judge.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { History, type Moment, sourceOf } from './support/history.ts';
import { namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities, identityOf, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

const silent = ['Deployment/cron', 'Deployment/worker', 'StatefulSet/queue'];
const declared = ['Deployment/frontend', 'Deployment/backend'];

let cluster: Cluster;
let operator: TestOperator;
let shop: string;
let history: History;
let count = 0;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** A namespace whose workloads have run for a while: pods and policies are there. */
beforeEach(async () => {
  count += 1;
  shop = `shop-${count}`;
  await cluster.apply(
    namespace(shop),
    workload(`${shop}/frontend`, { talksTo: 'backend:8080', replicas: 1 }),
    workload(`${shop}/backend`, { acceptsFrom: 'frontend', replicas: 1 }),
    workload(`${shop}/cron`, { replicas: 1 }),
    workload(`${shop}/worker`, { replicas: 1 }),
    workload(`${shop}/queue`, { kind: 'StatefulSet', replicas: 1 }),
  );
  await whenPoliciesAre(declared);
  for (const app of ['frontend', 'backend', 'cron', 'worker', 'queue']) {
    const pod = ['pod', '-n', shop, '-l', `app=${app}`];
    await cluster.kubectl(['wait', ...pod, '--for=create', '--timeout=20s']);
  }
  history = await History.start(cluster, shop);
});

afterEach(() => history?.stop());

async function whenPoliciesAre(wanted: readonly string[]): Promise<void> {
  await eventually(async () => {
    expect(identities(await cluster.policies(shop))).toEqual([...wanted].sort());
  });
}

async function setDeny(value: string, wanted: readonly string[]): Promise<void> {
  await cluster.apply(namespace(shop, value));
  await whenPoliciesAre(wanted);
  await operator.quiet();
}

/** The moments, once the watch has told of everything. */
async function storyOf(): Promise<readonly Moment[]> {
  const live = identities(await cluster.policies(shop));
  await eventually(() => expect(identities(history.moments.at(-1)?.after ?? [])).toEqual(live));
  return history.moments;
}

/** Workloads that the deny of this moment cuts off because their own policy does not cover it. */
function cutOff({ after }: Moment): string[] {
  const deny = after.find(({ metadata }) => metadata.name === defaultDenyName);
  const types = deny?.spec.policyTypes ?? [];
  const covered = (policy: LivePolicy | undefined) =>
    types.every((type) => policy?.spec.policyTypes?.includes(type));
  const own = (workloadName: string) => after.find((policy) => identityOf(policy) === workloadName);
  return [...declared, ...silent].filter((each) => !covered(own(each)));
}

/** Whether the one connection that everybody has agreed to is allowed. */
function isFlowing({ after }: Moment): boolean {
  const pod = (app: string) => ({ namespace: shop, labels: { app }, name: app });
  return judge(sourceOf(after), pod('frontend'), pod('backend'), 8080, 'TCP').allowed;
}

describe('turning default-deny on and off where workloads already run', () => {
  const all = () => [...declared, ...silent, `Namespace/${shop}`];

  test('the deny comes after the policies of all workloads', async () => {
    await setDeny('true', all());
    const moments = await storyOf();
    const deny = moments.findIndex(({ policy }) => policy.metadata.name === defaultDenyName);
    expect(moments[deny]?.type).toBe('ADDED');
    const before = moments.slice(0, deny).filter(({ type }) => type === 'ADDED');
    expect(identities(before.map(({ policy }) => policy))).toEqual([...silent].sort());
    expect(moments.filter((moment) => cutOff(moment).length > 0)).toEqual([]);
  });

  test('the deny goes before the policies of the workloads go', async () => {
    await setDeny('true', all());
    await setDeny('false', declared);
    const moments = await storyOf();
    const gone = moments.filter(({ type }) => type === 'DELETED').map(({ policy }) => policy);
    expect(gone.map(identityOf)[0]).toBe(`Namespace/${shop}`);
    expect(identities(gone.slice(1))).toEqual([...silent].sort());
    expect(moments.filter((moment) => cutOff(moment).length > 0)).toEqual([]);
  });

  test('from one direction to the other, nobody is without rules at any moment', async () => {
    await setDeny('ingress', all());
    await setDeny('egress', all());
    await setDeny('true', all());
    await setDeny('ingress', all());
    const moments = await storyOf();
    expect(moments.length).toBeGreaterThan(12);
    expect(moments.filter((moment) => cutOff(moment).length > 0)).toEqual([]);
    const last = moments.at(-1)?.after ?? [];
    const types = last.map((policy) => [identityOf(policy), policy.spec.policyTypes?.join()]);
    expect(Object.fromEntries(types)).toEqual({
      'Deployment/frontend': 'Ingress,Egress',
      'Deployment/backend': 'Ingress',
      ...Object.fromEntries(silent.map((each) => [each, 'Ingress'])),
      [`Namespace/${shop}`]: 'Ingress',
    });
  });

  test('a connection that both ends declared is allowed at every moment', async () => {
    await setDeny('true', all());
    await setDeny('egress', all());
    await setDeny('false', declared);
    const moments = await storyOf();
    expect(moments.length).toBeGreaterThan(10);
    expect(moments.filter((moment) => !isFlowing(moment))).toEqual([]);
  });
});
