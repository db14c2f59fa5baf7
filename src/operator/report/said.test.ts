import { describe, expect, test } from '@jest/globals';
import { compile, compileAll } from '../../core/compile/compile.ts';
import { talksTo } from '../../core/intent/keys.ts';
import { keyOf } from '../../core/model/identity.ts';
import { attentionAnnotation } from '../../core/model/names.ts';
import type { PolicyRecord, ResourceRecord } from '../../core/model/records.ts';
import { defaultSettings } from '../../core/model/settings.ts';
import { World } from '../../core/world/world.ts';
import { live, namespace, workload } from '../fixtures/reconciler.ts';
import { createMemory } from '../memory.ts';
import { report } from './report.ts';
import type { Reporter } from './reporter.ts';

const webKey = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const { signal } = new AbortController();
const spec = {
  workload: { kind: 'Deployment', name: 'cart' },
  talksTo: [{ workload: { kind: 'Deployment', name: 'nobody' } }],
};
const resource: ResourceRecord = {
  ...{ kind: 'AppConnectivity', namespace: 'shop', name: 'cart', uid: '1', generation: 1, spec },
  status: undefined,
};

interface Written {
  readonly path: string;
  readonly metadata: PolicyRecord['policy']['metadata'];
  readonly status?: unknown;
}

/** Web and the resource talk to nobody who is there, so that both have something to say. */
function createCluster(answer: () => Promise<unknown> = () => Promise.resolve(undefined)) {
  const world = new World(defaultSettings);
  world.load([namespace(), workload('cart'), workload('web', { [talksTo]: 'nobody' }), resource]);
  for (const { policies } of compileAll(world)) for (const each of policies) world.put(live(each));
  const writes: Written[] = [];
  const apply = (path: string, object: unknown) => {
    writes.push({ ...(object as Written), path });
    return answer();
  };
  const reporter: Reporter = {
    client: { apply, applyStatus: apply, create: () => Promise.resolve(undefined) },
    // Each write takes a second, so that another status would have another time.
    ...{ wallClock: () => writes.length * 1000, instance: 'test', count: () => {} },
    said: new WeakMap(),
  };
  const memory = createMemory();
  const tell = async () => {
    for (const key of [webKey, keyOf(resource)]) {
      const run = { compiled: compile(world, key), planned: [], wrote: false };
      await report({ world, reporter, memory }, run, signal);
    }
  };
  const policyOfWeb = () =>
    [...(world.state('shop')?.policiesFor(webKey) ?? [])][0] as PolicyRecord;
  return { world, writes, tell, policyOfWeb };
}

describe('What was just said', () => {
  test('is not said again by whichever run comes before its echo', async () => {
    const { writes, tell } = createCluster();
    for (let run = 0; run < 3; run++) await tell();
    expect(writes.map(({ path }) => path.replace(/.*\//, ''))).toEqual([
      expect.stringContaining('appconn-web-'),
      'cart',
    ]);
  });

  test('is said again where the echo shows that it does not stand', async () => {
    const { world, writes, tell, policyOfWeb } = createCluster();
    await tell();
    world.put({ ...resource });
    world.put({ ...policyOfWeb() });
    await tell();
    expect(writes).toHaveLength(4);
  });

  test('is not said again once the echo shows it', async () => {
    const { world, writes, tell, policyOfWeb } = createCluster();
    await tell();
    const [attention, told] = writes;
    const annotations = { ...attention?.metadata.annotations };
    expect(annotations).toHaveProperty([attentionAnnotation]);
    const { policy } = policyOfWeb();
    Object.assign(annotations, policy.metadata.annotations);
    world.put({ ...resource, status: JSON.parse(JSON.stringify(told?.status)) as unknown });
    world.put(live({ ...policy, metadata: { ...policy.metadata, annotations } }));
    await tell();
    expect(writes).toHaveLength(2);
  });

  test('is said again where nobody knows whether it was', async () => {
    const { writes, tell } = createCluster(() => Promise.reject(new Error('no answer')));
    await tell().catch(() => undefined);
    await tell().catch(() => undefined);
    expect(writes).toHaveLength(2);
  });
});
