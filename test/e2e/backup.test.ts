import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { acceptedAnnotation } from '../../src/core/model/names.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { notesOf } from './support/events.ts';
import { History, type Moment } from './support/history.ts';
import { type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identities, identityOf, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator | undefined;
let history: History | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
  await history?.stop();
  history = undefined;
});

afterAll(() => cluster?.stop());

async function start(): Promise<TestOperator> {
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
  return operator;
}

describe('policies that come back from a backup', () => {
  const identitiesIn = (place: string) => [
    ...['Deployment/batch', 'Deployment/web', `Namespace/${place}`],
  ];

  /** A namespace whose policies were saved, as YAML tools see them, and deleted while nobody watched. */
  async function backUp(place: string): Promise<readonly LivePolicy[]> {
    await cluster.apply(
      namespace(place, 'ingress'),
      workload(`${place}/web`, { acceptsFrom: '203.0.113.7' }),
      workload(`${place}/batch`, { talksTo: '203.0.113.0/24:443' }),
    );
    const writing = await start();
    const saved = await eventually(async () => {
      const policies = await cluster.policies(place);
      expect(identities(policies)).toEqual(identitiesIn(place));
      return policies;
    });
    await writing.quiet();
    await writing.stop();
    operator = undefined;
    await cluster.kubectl(['delete', 'networkpolicies', '--all', '-n', place]);
    return saved;
  }

  /** As a backup tool restores them: without uid, version and managedFields, with labels of its own. */
  function manifestOf(saved: LivePolicy): Manifest {
    const { uid: _, resourceVersion: __, metadata, ...rest } = saved;
    const labels = { ...metadata.labels, 'velero.io/restore-name': 'monday' };
    return { ...rest, metadata: { ...metadata, labels } };
  }

  async function restore(manifests: readonly Manifest[], ...flags: string[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: manifests };
    const [verb = 'create', ...more] = flags;
    await cluster.kubectl([verb, ...more, '-f', '-'], JSON.stringify(list));
  }

  /** Starts the operator, and gives what it changed in a namespace. */
  async function startAndSee(place: string): Promise<readonly Moment[]> {
    history = await History.start(cluster, place);
    await (await start()).quiet();
    return history.whenCaughtUp();
  }

  const managersOf = async (manifest: Manifest) => {
    const { metadata } = (await cluster.get(manifest)) as {
      metadata: { managedFields: { manager: string; operation: string }[] };
    };
    return metadata.managedFields.map(({ manager, operation }) => `${operation} ${manager}`);
  };

  test('are adopted where they are, with one Event each, and nothing is added or opened', async () => {
    const saved = await backUp('restored');
    await restore(saved.map(manifestOf));
    const before = await cluster.policies('restored');
    const moments = await startAndSee('restored');
    expect(moments.map(({ type, policy }) => [type, policy.spec])).toEqual(
      moments.map(({ policy }) => ['MODIFIED', byIdentity(saved).get(identityOf(policy))?.spec]),
    );
    expect(identities(moments.map(({ policy }) => policy))).toEqual(identitiesIn('restored'));
    const after = await cluster.policies('restored');
    expect(after.map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
    for (const policy of saved) {
      expect(await managersOf(manifestOf(policy))).toContain('Apply appconnectivity');
      const [kind, name = ''] = identityOf(policy).split('/');
      const place = kind === 'Namespace' ? 'default' : 'restored';
      expect(await notesOf(cluster, `${place}/${name}`, 'Adopted')).toEqual([
        `NetworkPolicy restored/${policy.metadata.name} came back from a backup; it is ours again`,
      ]);
    }
  });

  test('stand in for a text that cannot be read, as those did that were saved', async () => {
    const saved = await backUp('invalid');
    await restore(saved.map(manifestOf));
    await cluster.apply(workload('invalid/web', { acceptsFrom: 'none, web' }));
    await startAndSee('invalid');
    const web = byIdentity(await cluster.policies('invalid')).get('Deployment/web');
    expect(web?.spec).toEqual(byIdentity(saved).get('Deployment/web')?.spec);
    expect(web?.metadata.annotations?.[acceptedAnnotation]).toBe('{"accepts-from":"203.0.113.7"}');
  });

  test('stand in for nothing that was withdrawn since, although the backup had it', async () => {
    const saved = await backUp('withdrawn');
    await restore(saved.map(manifestOf));
    await startAndSee('withdrawn');
    const own = { from: [{ podSelector: { matchLabels: { app: 'web' } } }] };
    const whenClosed = () =>
      eventually(async () => {
        const web = byIdentity(await cluster.policies('withdrawn')).get('Deployment/web');
        expect(web?.spec.ingress).toEqual([own]);
      });
    await cluster.apply(workload('withdrawn/web'));
    await whenClosed();
    await cluster.apply(workload('withdrawn/web', { acceptsFrom: 'none, web' }));
    await operator?.quiet();
    await whenClosed();
    await operator?.stop();
    await (await start()).quiet();
    await whenClosed();
  });

  test('are put right where somebody opened them in the backup', async () => {
    const saved = await backUp('opened');
    const open = saved.map(manifestOf).map((each) => ({
      ...each,
      spec: { ...(each.spec as object), ingress: [{}], egress: [{}] },
    }));
    await restore(open);
    await startAndSee('opened');
    const specs = (policies: readonly LivePolicy[]) => policies.map(({ spec }) => spec);
    expect(specs(await cluster.policies('opened'))).toEqual(specs(saved));
  });

  test('with another accepted text are not believed: they stay, and ours is beside them', async () => {
    const saved = await backUp('forged');
    const forged = manifestOf(byIdentity(saved).get('Deployment/web') as LivePolicy);
    const annotations = {
      ...(forged.metadata.annotations as Record<string, string>),
      [acceptedAnnotation]: '{"accepts-from":"@internet"}',
    };
    const manifest = { ...forged, metadata: { ...forged.metadata, annotations } };
    await restore([manifest]);
    await cluster.apply(workload('forged/web', { acceptsFrom: 'none, web' }));
    const before = await cluster.get(manifest);
    await startAndSee('forged');
    expect(await cluster.get(manifest)).toEqual(before);
    const others = (await cluster.policies('forged')).filter(
      ({ metadata }) => metadata.name !== manifest.metadata.name,
    );
    const texts = others.map(({ metadata }) => metadata.annotations?.[acceptedAnnotation] ?? '');
    expect(texts.filter((text) => text.includes('@internet'))).toEqual([]);
    // Under default-deny, without any text: nobody but its own replicas.
    const web = byIdentity(others).get('Deployment/web');
    expect(web?.metadata.name).not.toBe(manifest.metadata.name);
    expect(web?.spec.ingress).toEqual([
      { from: [{ podSelector: { matchLabels: { app: 'web' } } }] },
    ]);
  });

  test('by a tool that goes on applying them are that tool’s: ours are beside them', async () => {
    const saved = await backUp('tooled');
    const flags = ['apply', '--server-side', '--field-manager=argocd-controller'];
    await restore(saved.map(manifestOf), ...flags);
    const before = await Promise.all(saved.map((each) => cluster.get(manifestOf(each))));
    await startAndSee('tooled');
    const now = await Promise.all(saved.map((each) => cluster.get(manifestOf(each))));
    expect(now).toEqual(before);
    const names = new Set(saved.map(({ metadata }) => metadata.name));
    const ours = (await cluster.policies('tooled')).filter(
      ({ metadata }) => !names.has(metadata.name),
    );
    expect(identities(ours)).toEqual(identitiesIn('tooled'));
    expect(await notesOf(cluster, 'tooled/web', 'NameConflict')).toHaveLength(1);
    expect(await notesOf(cluster, 'tooled/web', 'Adopted')).toEqual([]);
  });
});
