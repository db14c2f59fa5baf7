import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { defaultDeny } from '../../src/core/intent/keys.ts';
import { defaultDenyName } from '../../src/core/model/names.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { denied, labelled, whenDenied, whenPoliciesFor, whenSaid } from './support/denies.ts';
import { eventsAbout } from './support/events.ts';
import { foreignPolicy, namespace, pod, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

/** Pauses of 30 s take 3 s. */
const speed = 10;
const rules = [{ selector: { matchLabels: { paced: 'yes' } } }];
const place = (name: string) => labelled(name, { paced: 'yes' });

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

/** For whom a namespace has policies of ours. */
async function isolatedOf(name: string): Promise<readonly string[]> {
  return identities(await cluster.policies(name));
}

async function start(namespaces: number, seconds: number): Promise<TestOperator> {
  const pace = { namespaces, seconds };
  operator = await TestOperator.start(cluster, speed, { defaultDeny: { rules, pace } });
  await operator.whenReady();
  return operator;
}

describe('a pace', () => {
  test('denies so many namespaces in an interval, one after another, and their workloads with them', async () => {
    // 50 s are 5 s here.
    const names = ['pace-a', 'pace-b', 'pace-c'];
    await cluster.apply(...names.map(place), ...names.map((name) => workload(`${name}/silent`)));
    const mark = await cluster.auditMark();
    await start(1, 50);
    for (const name of names) {
      await whenDenied(cluster, name, 'Ingress', 'Egress');
    }
    const times = await eventually(async () => {
      const writes = await cluster.auditedSince(mark);
      const denies = writes.filter(({ write }) => write.startsWith('patch networkpolicies pace-'));
      // Of each namespace its workload's policy, then the default-deny.
      expect(denies).toHaveLength(6);
      expect(denies.map(({ write }) => write.endsWith(defaultDenyName))).toEqual([
        ...[false, true, false, true, false, true],
      ]);
      return denies.map(({ at }) => at);
    });
    const [first = 0, denied = 0, second = 0, , third = 0] = times;
    expect(second).toBeGreaterThan(denied);
    for (const gap of [second - first, third - second]) {
      expect(gap).toBeGreaterThan(3_000);
      expect(gap).toBeLessThan(20_000);
    }
  });

  test('is not kept by a namespace whose own label says that it is default-deny', async () => {
    await start(1, 3_000);
    await cluster.apply(place('pace-own'));
    await whenDenied(cluster, 'pace-own', 'Ingress', 'Egress');
    await cluster.apply(place('pace-late'), labelled('pace-labelled', { [defaultDeny]: 'true' }));
    await whenDenied(cluster, 'pace-labelled', 'Ingress', 'Egress');
    await operator?.quiet();
    expect(await denied(cluster, 'pace-late')).toEqual([]);
    await cluster.apply(labelled('pace-late', { paced: 'yes', [defaultDeny]: 'ingress' }));
    await whenDenied(cluster, 'pace-late', 'Ingress');
  });

  interface Finding {
    readonly reason: string;
    cause(name: string): Promise<void>;
    mend(name: string): Promise<void>;
  }

  const findings: readonly (readonly [string, Finding])[] = [
    [
      'pods of no known workload',
      {
        reason: 'some of its pods belong to no known workload',
        cause: (name) =>
          // Once the namespace has the account that every pod needs.
          eventually(() => cluster.apply(pod(`${name}/stray`, { app: 'stray' }))),
        mend: (name) => cluster.apply(workload(`${name}/stray`)),
      },
    ],
    [
      'an edge that is pending',
      {
        reason: '"later" of Deployment web is pending',
        cause: (name) => cluster.apply(workload(`${name}/web`, { talksTo: 'later' })),
        mend: (name) => cluster.apply(workload(`${name}/later`)),
      },
    ],
  ];

  test.each(findings)(
    'stops before a namespace with %s, says so, and goes on once that is mended',
    async (what, finding) => {
      const name = `stop-${what.split(' ').at(-1)}`;
      const next = `${name}-next`;
      await cluster.apply(namespace(name));
      await finding.cause(name);
      await start(100, 1);
      await cluster.apply(place(name));
      await whenSaid(
        cluster,
        { kind: 'Namespace', name },
        `PaceStopped: default-deny by configuration stops before this namespace: ${finding.reason};`,
      );
      await cluster.apply(workload(`${name}/silent`), place(next), workload(`${next}/silent`));
      await cluster.apply(workload(`${next}/declared`, { talksTo: 'silent' }));
      const [declared] = (await whenPoliciesFor(cluster, next, 'Deployment/declared')).values();
      await operator?.quiet();
      expect(declared?.spec.policyTypes).toEqual(['Egress']);
      expect(await isolatedOf(name)).not.toContain('Deployment/silent');
      expect(await isolatedOf(next)).toEqual(['Deployment/declared']);
      await finding.mend(name);
      await whenDenied(cluster, name, 'Ingress', 'Egress');
      await whenDenied(cluster, next, 'Ingress', 'Egress');
    },
  );

  test('goes on past a namespace that is taken out of it by a label', async () => {
    await cluster.apply(namespace('aside'), workload('aside/web', { talksTo: 'later' }));
    await start(100, 1);
    await cluster.apply(place('aside'));
    await whenSaid(cluster, { kind: 'Namespace', name: 'aside' }, 'PaceStopped');
    await cluster.apply(place('aside-next'));
    await operator?.quiet();
    expect(await denied(cluster, 'aside-next')).toEqual([]);
    await cluster.apply(labelled('aside', { paced: 'yes', [defaultDeny]: 'false' }));
    await whenDenied(cluster, 'aside-next', 'Ingress', 'Egress');
    await whenDenied(cluster, 'aside');
  });

  test('is not kept for a default-deny that somebody deleted: it comes back, whatever is amiss', async () => {
    const names = ['back-a', 'back-b'];
    await cluster.apply(...names.map(place));
    await start(2, 3_000);
    for (const name of names) await whenDenied(cluster, name, 'Ingress', 'Egress');
    for (const name of names) {
      await cluster.apply(workload(`${name}/web`, { talksTo: 'later' }));
      await eventually(() => cluster.apply(pod(`${name}/stray`, { app: 'stray' })));
    }
    await operator?.quiet();
    for (const name of names) {
      await cluster.remove(foreignPolicy(`${name}/${defaultDenyName}`, {}));
      await whenDenied(cluster, name, 'Ingress', 'Egress');
      expect(await eventsAbout(cluster, { kind: 'Namespace', name })).toEqual([]);
    }
  });
});
