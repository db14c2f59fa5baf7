import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { attentionAnnotation } from '../../src/core/model/names.ts';
import type { PolicyRecord } from '../../src/core/model/records.ts';
import { isRecord, readObject } from '../../src/core/record/read.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { appConnectivity, type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(3 * MINUTE);

const accepted = 'appconnectivity.dev/accepted';

let cluster: Cluster;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.install();
});

afterEach(stop);

afterAll(async () => {
  await cluster?.stop();
});

async function start(): Promise<TestOperator> {
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
  return operator;
}

async function stop(): Promise<void> {
  await operator?.stop();
  operator = undefined;
}

async function policyOf(place: string, identity: string): Promise<LivePolicy | undefined> {
  return byIdentity(await cluster.policies(place)).get(identity);
}

/** A policy without what is said on it about its edges, which is written apart. */
function unsaid(policy: LivePolicy | undefined): unknown {
  const { resourceVersion: _, ...rest } = policy as LivePolicy;
  const annotations = { ...rest.metadata.annotations, [attentionAnnotation]: undefined };
  return { ...rest, metadata: { ...rest.metadata, annotations } };
}

/** Waits for the policy to be there, and with these accepted texts. */
function whenAccepted(place: string, identity: string, text: string): Promise<LivePolicy> {
  return eventually(async () => {
    const policy = await policyOf(place, identity);
    expect(policy?.metadata.annotations?.[accepted]).toBe(text);
    return policy as LivePolicy;
  });
}

/** The notes of all Events about an object. */
async function notesOf(place: string, name: string): Promise<string> {
  const get = ['get', 'events.events.k8s.io', '-n', place, '--field-selector'];
  return cluster.kubectl([...get, `regarding.name=${name}`, '-o', 'jsonpath={.items[*].note}']);
}

function manifestOf({ metadata }: LivePolicy): Manifest {
  const { name, namespace: place } = metadata;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: place },
  };
}

/** The live policy as the operator reads it. */
async function recordOf(policy: LivePolicy): Promise<PolicyRecord> {
  const raw = await cluster.get(manifestOf(policy));
  const record = readObject('networking.k8s.io/v1', 'NetworkPolicy', raw);
  if (!isRecord(record) || record.kind !== 'NetworkPolicy') throw new Error('not a policy');
  return record;
}

describe('a text that becomes invalid', () => {
  test('changes nothing: what was accepted last stands, also for an operator that starts anew', async () => {
    const web = (text?: string) => workload('stands/web', { acceptsFrom: text });
    await cluster.apply(namespace('stands'), web('203.0.113.0/24'));
    await start();
    const text = '{"accepts-from":"203.0.113.0/24"}';
    const before = await whenAccepted('stands', 'Deployment/web', text);
    await cluster.apply(web('203.0.113.0/24, 198.51.100.7/24'));
    await eventually(async () => {
      const notes = await notesOf('stands', 'web');
      expect(notes).toContain('write 198.51.100.0/24');
      expect(notes).toContain('what was accepted last stands: 203.0.113.0/24');
    });
    await operator?.quiet();
    expect(unsaid(await policyOf('stands', 'Deployment/web'))).toEqual(unsaid(before));
    await stop();
    await start();
    await operator?.quiet();
    expect(unsaid(await policyOf('stands', 'Deployment/web'))).toEqual(unsaid(before));
    await cluster.apply(web());
    await eventually(async () => expect(await cluster.policies('stands')).toEqual([]));
  });

  test('is as if it were not there when nothing was written before, and an Event says so', async () => {
    const web = (text: string) => workload('absent/web', { acceptsFrom: text });
    await cluster.apply(namespace('absent'), web('203.0.113.0/24'));
    await cluster.apply(web('none, web'));
    await start();
    await eventually(async () => {
      expect(await notesOf('absent', 'web')).toContain(
        'nothing was accepted of appconnectivity.dev/accepts-from before',
      );
    });
    await operator?.quiet();
    expect(await cluster.policies('absent')).toEqual([]);
  });

  test('in a resource leaves it not Accepted, and its status says what stands', async () => {
    const resource = (talksTo: unknown) =>
      appConnectivity('status/web', { workload: { kind: 'Deployment', name: 'web' }, talksTo });
    await cluster.apply(namespace('status'), workload('status/web'));
    await cluster.apply(resource([{ cidr: { block: '203.0.113.0/24' } }]));
    await start();
    const before = await eventually(async () => {
      const policy = await policyOf('status', 'Deployment/web');
      expect(policy).toBeDefined();
      return policy;
    });
    await cluster.apply(resource([{ host: { name: 'cart.status.svc.cluster.local' } }]));
    await eventually(async () => {
      const { status } = (await cluster.get(resource([]))) as {
        status: { conditions: { type: string; status: string; message: string }[] };
      };
      const condition = status.conditions.find(({ type }) => type === 'Accepted');
      expect(condition?.status).toBe('False');
      expect(condition?.message).toContain('what was accepted last stands: 203.0.113.0/24');
    });
    await operator?.quiet();
    expect(await policyOf('status', 'Deployment/web')).toEqual(before);
  });

  test('on a Namespace stands as its default-deny remembers it', async () => {
    const place = (text: string) => {
      const { metadata, ...rest } = namespace('place', 'ingress');
      const annotations = { 'appconnectivity.dev/accepts-from': text };
      return { ...rest, metadata: { ...metadata, annotations } };
    };
    await cluster.apply(place('203.0.113.0/24'), workload('place/silent'));
    await start();
    const text = '{"Namespace":{"accepts-from":"203.0.113.0/24"}}';
    const deny = await whenAccepted('place', 'Namespace/place', text);
    const silent = await whenAccepted('place', 'Deployment/silent', text);
    await cluster.apply(place('none'));
    await eventually(async () => {
      expect(await notesOf('default', 'place')).toContain('what was accepted last stands');
    });
    await operator?.quiet();
    expect(await policyOf('place', 'Namespace/place')).toEqual(deny);
    expect(await policyOf('place', 'Deployment/silent')).toEqual(silent);
  });
});

describe('the accepted texts on a policy', () => {
  test('count while we apply them, as the API server notes it; an edit is repaired', async () => {
    await cluster.apply(namespace('edited'), workload('edited/web', { acceptsFrom: 'none' }));
    await start();
    const policy = await whenAccepted('edited', 'Deployment/web', '{"accepts-from":"none"}');
    expect(await recordOf(policy)).toMatchObject({ applied: true, remembers: true });
    await stop();
    const forged = '{"accepts-from":"@internet"}';
    await cluster.patch(manifestOf(policy), { metadata: { annotations: { [accepted]: forged } } });
    const edited = await recordOf(policy);
    expect(edited.applied).toBe(true);
    expect(edited.remembers).toBeUndefined();
    await start();
    await whenAccepted('edited', 'Deployment/web', '{"accepts-from":"none"}');
    expect(await recordOf(policy)).toMatchObject({ applied: true, remembers: true });
  });

  test('that somebody forged while the text is invalid open nothing', async () => {
    const web = (text: string) => workload('forged/web', { acceptsFrom: text });
    await cluster.apply(namespace('forged'), web('none'));
    await start();
    const policy = await whenAccepted('forged', 'Deployment/web', '{"accepts-from":"none"}');
    await stop();
    const forged = '{"accepts-from":"@internet"}';
    await cluster.patch(manifestOf(policy), { metadata: { annotations: { [accepted]: forged } } });
    await cluster.apply(web('none, web'));
    await start();
    await operator?.quiet();
    const allowed = (await cluster.policies('forged')).flatMap(({ spec }) => spec.ingress ?? []);
    expect(allowed).toEqual([]);
  });

  test('are still ours after a backup and a restore, but not in a copy', async () => {
    await cluster.apply(namespace('restored'), workload('restored/web', { acceptsFrom: 'none' }));
    await start();
    const policy = await whenAccepted('restored', 'Deployment/web', '{"accepts-from":"none"}');
    await stop();
    const { apiVersion, kind, spec, metadata } = policy;
    await cluster.remove(manifestOf(policy));
    await cluster.kubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion, kind, metadata, spec }),
    );
    expect(await recordOf(policy)).toMatchObject({
      ...{ applied: false, restored: true, remembers: true },
    });
    const copy = { ...metadata, name: 'appconn-copy-abcdefgh' };
    await cluster.kubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion, kind, metadata: copy, spec }),
    );
    const copied = await recordOf({ ...policy, metadata: copy });
    expect([copied.applied, copied.restored, copied.remembers]).toEqual([
      ...[false, undefined, undefined],
    ]);
  });
});
