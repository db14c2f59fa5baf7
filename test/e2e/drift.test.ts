import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { acceptsFrom } from '../../src/core/intent/keys.ts';
import {
  acceptedAnnotation,
  checksumAnnotation,
  identityAnnotation,
  managedByLabel,
  summaryAnnotation,
} from '../../src/core/model/names.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { foreignPolicy, type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identityOf, type LivePolicy, written } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;
/** A new namespace for each test, with two policies of workloads and a default-deny. */
let shop: string;
let before: readonly LivePolicy[];
let count = 0;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

beforeEach(async () => {
  count += 1;
  shop = `shop-${count}`;
  await cluster.apply(
    withAnnotation(namespace(shop, 'ingress'), acceptsFrom, '203.0.113.9'),
    workload(`${shop}/web`, { acceptsFrom: 'none' }),
    workload(`${shop}/batch`, { talksTo: '203.0.113.0/24:443' }),
  );
  before = await eventually(async () => {
    const policies = await cluster.policies(shop);
    const types = policies.map((each) => [identityOf(each), each.spec.policyTypes?.join()]);
    expect(Object.fromEntries(types)).toEqual({
      'Deployment/web': 'Ingress',
      'Deployment/batch': 'Ingress,Egress',
      [`Namespace/${shop}`]: 'Ingress',
    });
    return policies;
  });
});

function withAnnotation(manifest: Manifest, key: string, text: string): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { [key]: text } } };
}

function policyOf(identity: string): LivePolicy {
  const policy = byIdentity(before).get(identity);
  if (policy === undefined) throw new Error(`there was no policy of ${identity}`);
  return policy;
}

/** The policy as `kubectl` names it. */
function target({ metadata: { name } }: LivePolicy) {
  return foreignPolicy(`${shop}/${name}`, {});
}

/** Waits until all policies say again what they said, and one of them was written since. */
async function whenRepaired(policy: LivePolicy): Promise<void> {
  const namesOf = (policies: readonly LivePolicy[]) =>
    policies.map(({ metadata }) => metadata.name);
  await eventually(async () => {
    const policies = await cluster.policies(shop);
    expect(namesOf(policies)).toEqual(namesOf(before));
    expect(policies.map(written)).toEqual(before.map(written));
    const now = policies.find(({ metadata }) => metadata.name === policy.metadata.name);
    expect(now?.resourceVersion).not.toBe(policy.resourceVersion);
  });
}

const identitiesOf = ['Deployment/web', 'Deployment/batch', 'Namespace'] as const;
const full = (identity: string) => (identity === 'Namespace' ? `Namespace/${shop}` : identity);

describe('a generated policy that somebody deletes by hand', () => {
  test.each(identitiesOf)('is written again: %s', async (identity) => {
    const policy = policyOf(full(identity));
    await cluster.remove(target(policy));
    await eventually(async () => {
      const policies = await cluster.policies(shop);
      expect(policies.map(written)).toEqual(before.map(written));
    });
    expect(byIdentity(await cluster.policies(shop)).get(full(identity))?.uid).not.toBe(policy.uid);
  });

  test('is written again with all others, when all are deleted at once', async () => {
    const all = ['delete', 'networkpolicies', '--all', '-n', shop, '--wait=false'];
    await cluster.kubectl(all);
    await eventually(async () =>
      expect((await cluster.policies(shop)).map(written)).toEqual(before.map(written)),
    );
  });
});

describe('a generated policy that somebody edits by hand is repaired', () => {
  const edits: readonly (readonly [string, Record<string, unknown>])[] = [
    ['everyone let in', { spec: { ingress: [{}] } }],
    ['everyone let out', { spec: { egress: [{}] } }],
    ['a rule more', { spec: { ingress: [{ from: [{ podSelector: {} }] }] } }],
    ['a rule with no source', { spec: { ingress: [{ ports: [{ port: 22 }] }] } }],
    ['a direction given up', { spec: { policyTypes: [], ingress: [{}], egress: [{}] } }],
    ['other pods selected', { spec: { podSelector: { matchLabels: { app: 'nobody' } } } }],
    ['fewer pods selected', { spec: { podSelector: { matchLabels: { tier: 'x' } } } }],
    ['who manages it cleared', { metadata: { managedFields: [{}], labels: { team: null } } }],
    ['our label dropped', { metadata: { labels: { [managedByLabel]: null } } }],
    ['our label changed', { metadata: { labels: { [managedByLabel]: 'me' } } }],
    ['our labels dropped, all of them', { metadata: { labels: null } }],
    ['what was accepted dropped', { metadata: { annotations: { [acceptedAnnotation]: null } } }],
    ['what was accepted changed', { metadata: { annotations: { [acceptedAnnotation]: '{}' } } }],
    ['its checksum dropped', { metadata: { annotations: { [checksumAnnotation]: null } } }],
    ['its checksum changed', { metadata: { annotations: { [checksumAnnotation]: '0' } } }],
    ['its summary changed', { metadata: { annotations: { [summaryAnnotation]: 'open' } } }],
    ['its annotations dropped, all of them', { metadata: { annotations: null } }],
    ['its identity dropped', { metadata: { annotations: { [identityAnnotation]: null } } }],
    [
      'its identity changed',
      { metadata: { annotations: { [identityAnnotation]: 'Deployment/x' } } },
    ],
  ];
  const cases = edits.flatMap(([what, patch]) =>
    identitiesOf.map((identity) => ({ what, identity, patch })),
  );

  test.each(cases)('$what: $identity', async ({ identity, patch }) => {
    const policy = policyOf(full(identity));
    await cluster.patch(target(policy), patch);
    await whenRepaired(policy);
  });

  test('also when kubectl edits it', async () => {
    const policy = policyOf('Deployment/web');
    const opened = { ...written(policy), spec: { ...policy.spec, ingress: [{}] } };
    await cluster.kubectl(['replace', '-f', '-'], JSON.stringify(opened));
    await whenRepaired(policy);
  });
});

test('labels and annotations that others add to a generated policy are theirs and stay', async () => {
  const policy = policyOf('Deployment/web');
  await cluster.patch(target(policy), {
    metadata: { labels: { team: 'a' }, annotations: { note: 'hello' } },
  });
  await operator.quiet();
  const now = byIdentity(await cluster.policies(shop)).get('Deployment/web');
  expect(now?.metadata.labels).toEqual({ ...policy.metadata.labels, team: 'a' });
  expect(now?.metadata.annotations).toEqual({ ...policy.metadata.annotations, note: 'hello' });
});

describe('the repair of a generated policy', () => {
  const changes = (change: string) =>
    operator.metric('appconnectivity_policy_changes_total', `change="${change}"`);

  test('is one update in the metrics, one line in the log, and no Event', async () => {
    await operator.quiet();
    const policy = policyOf('Deployment/web');
    const [updates, creates, deletes] = await Promise.all(
      ['update', 'create', 'delete'].map(changes),
    );
    const lines = operator.logs.length;
    await cluster.patch(target(policy), { metadata: { labels: { [managedByLabel]: null } } });
    await whenRepaired(policy);
    await operator.quiet();
    expect(await changes('update')).toBe((updates ?? 0) + 1);
    expect([await changes('create'), await changes('delete')]).toEqual([creates, deletes]);
    expect(operator.logs.slice(lines)).toEqual([
      {
        ...{ level: 'info', message: 'policy', key: `Deployment/${shop}/web` },
        ...{ change: 'update', policy: `${shop}/${policy.metadata.name}`, result: 'written' },
      },
    ]);
    const events = await cluster.kubectl(['get', 'events', '-n', shop, '-o', 'name']);
    expect(events).toBe('');
  });

  test('of what was edited while the operator was away is made at its start, and opens nothing', async () => {
    await operator.stop();
    const opened = { ingress: [{}], egress: [{}], policyTypes: ['Ingress', 'Egress'] };
    for (const policy of before) {
      await cluster.patch(target(policy), {
        metadata: { labels: { [managedByLabel]: null } },
        spec: opened,
      });
    }
    operator = await TestOperator.start(cluster);
    await operator.whenReady();
    for (const policy of before) await whenRepaired(policy);
  });

  test('ends what another tool applies to it by force', async () => {
    const policy = policyOf('Deployment/batch');
    const { apiVersion, kind } = policy;
    const { name } = policy.metadata;
    const opened = { apiVersion, kind, metadata: { name, namespace: shop } };
    const manifest = { ...opened, spec: { ...policy.spec, ingress: [{}], egress: [{}] } };
    const force = ['apply', '--server-side', '--force-conflicts', '--field-manager=argocd'];
    await cluster.kubectl([...force, '-f', '-'], JSON.stringify(manifest));
    await whenRepaired(policy);
  });
});
