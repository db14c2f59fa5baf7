import { describe, expect, test } from '@jest/globals';
import { compile, compileAll } from '../core/compile/compile.ts';
import { talksTo } from '../core/intent/keys.ts';
import { keyOf } from '../core/model/identity.ts';
import { fieldManager } from '../core/model/names.ts';
import type { PolicyRecord, ResourceRecord, WorldRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { isRecord, readObject } from '../core/record/read.ts';
import { World } from '../core/world/world.ts';
import { live, namespace, workload } from './fixtures/reconciler.ts';
import { listening } from './listen.ts';
import { createMemory } from './memory.ts';
import { Newest } from './newest.ts';
import { report } from './report/report.ts';
import type { Reporter } from './report/reporter.ts';

const { signal } = new AbortController();
const webKey = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const resource: ResourceRecord = {
  ...{ kind: 'AppConnectivity', namespace: 'shop', name: 'cart', uid: '1', resourceVersion: '1' },
  spec: {
    workload: { kind: 'Deployment', name: 'cart' },
    talksTo: [{ workload: { kind: 'Deployment', name: 'db', namespace: 'billing' } }],
  },
  ...{ generation: 1, status: undefined },
};
const resourceKey = keyOf(resource);
const managedFields = [
  { manager: fieldManager, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:podSelector': {} } } },
];

/** Web and the resource talk to a namespace that is not there, so that both have something to say. */
function createCluster() {
  const world = new World(defaultSettings);
  world.load([
    namespace(),
    workload('cart'),
    workload('web', { [talksTo]: 'db.billing' }),
    resource,
  ]);
  for (const { policies } of compileAll(world)) for (const each of policies) world.put(live(each));
  const newest = new Newest();
  const answers: { readonly kind: string; readonly told: WorldRecord }[] = [];
  const server = { answers: true };

  /** The live object as it is after a write. */
  function answer(apiVersion: string, kind: string, raw: Record<string, unknown>) {
    const resourceVersion = `${answers.length + 2}`;
    const metadata = { ...(raw.metadata as object), uid: '1', resourceVersion };
    const object = { ...raw, metadata };
    const told = readObject(apiVersion, kind, object);
    if (!isRecord(told)) throw new Error('not read');
    answers.push({ kind, told });
    return server.answers ? Promise.resolve(object) : Promise.reject(new Error('no answer'));
  }

  const reporter: Reporter = {
    client: {
      apply: (_path, object) => {
        const { policy } = policyOfWeb();
        const { metadata } = object as PolicyRecord['policy'];
        const annotations = { ...policy.metadata.annotations, ...metadata.annotations };
        return answer('networking.k8s.io/v1', 'NetworkPolicy', {
          ...{ ...policy, metadata: { ...policy.metadata, annotations, managedFields } },
        });
      },
      applyStatus: (_path, object) => {
        const { status } = JSON.parse(JSON.stringify(object)) as { status: unknown };
        const { namespace: home, name, generation } = resource;
        return answer('appconnectivity.dev/v1alpha1', 'AppConnectivity', {
          ...{ metadata: { namespace: home, name, generation }, spec: resource.spec, status },
        });
      },
      create: () => Promise.resolve(undefined),
    },
    // Each write takes a second, so that a status that is made anew has another time.
    ...{ wallClock: () => answers.length * 1000, instance: 'test', count: () => {} },
    listen: listening(world, newest, ({ record }) => void world.put(record)),
  };
  const memory = createMemory();
  const tell = async () => {
    for (const key of [webKey, resourceKey]) {
      const run = { compiled: compile(world, key), planned: [], wrote: false };
      await report({ world, reporter, memory }, run, signal).catch(() => undefined);
    }
  };
  const echo = (index: number) => {
    const { told } = answers[index] as { told: WorldRecord };
    if (!newest.isPast('apply', told)) world.put(told);
  };
  const policyOfWeb = () =>
    [...(world.state('shop')?.policiesFor(webKey) ?? [])][0] as PolicyRecord;
  const written = () => answers.map(({ kind }) => kind);
  return { world, server, tell, echo, policyOfWeb, written };
}

const once = ['NetworkPolicy', 'AppConnectivity'];

describe('What was just said of an object', () => {
  test('is not said again by whichever run comes before its echo, nor after it', async () => {
    const { tell, echo, written } = createCluster();
    for (let run = 0; run < 3; run++) await tell();
    for (const index of [0, 1]) echo(index);
    await tell();
    expect(written()).toEqual(once);
  });

  test('is not said again where the echo of what was said before it comes late', async () => {
    const { world, tell, echo, written } = createCluster();
    await tell();
    // What both wait for is now its workload, no longer its namespace.
    world.put({ ...namespace(), name: 'billing' });
    await tell();
    const said = written();
    expect(said).toEqual([...once, ...once]);
    for (const index of said.keys()) {
      echo(index);
      await tell();
    }
    expect(written()).toEqual(said);
  });

  test('is said again where somebody else put the old one back', async () => {
    const { world, tell, policyOfWeb, written } = createCluster();
    const before = policyOfWeb();
    await tell();
    world.put({ ...resource, resourceVersion: '9' });
    world.put({ ...before, resourceVersion: '10' });
    await tell();
    expect(written()).toEqual([...once, ...once]);
  });

  test('is not said again because of a condition that somebody else has added to it', async () => {
    const { world, tell, written } = createCluster();
    await tell();
    const status = world.resource(resourceKey)?.record.status as { conditions: object[] };
    const other = {
      ...{ type: 'example.com/Reviewed', status: 'True', reason: 'Yes', message: '' },
      lastTransitionTime: '2026-11-29T00:00:00Z',
    };
    const conditions = [other, ...status.conditions];
    world.put({ ...resource, resourceVersion: '9', status: { ...status, conditions } });
    await tell();
    expect(written()).toEqual(once);
  });

  test('is said again where no answer tells whether it was', async () => {
    const { server, tell, written } = createCluster();
    server.answers = false;
    await tell();
    server.answers = true;
    await tell();
    await tell();
    expect(written()).toEqual([...once, ...once]);
  });
});
