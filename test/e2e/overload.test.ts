import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { resources } from '../../src/kube/resources.ts';
import { backoffDelay, defaultPace } from '../../src/operator/watch/pace.ts';
import { noFaults, type SeenCall } from '../support/faults.ts';
import { MINUTE } from './support/cluster.ts';
import { allKinds, FaultyCluster, mintToken } from './support/faulty-cluster.ts';
import { appConnectivity, type Manifest, namespace, workload } from './support/objects.ts';
import { identities } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

/** Two minutes of the operator take 6 s. */
const speed = 20;

let world: FaultyCluster;

beforeAll(async () => {
  world = await FaultyCluster.start(speed, 7);
});

afterEach(() => {
  world.proxy.script = noFaults;
  expect(world.operator.complaints).toEqual([]);
});

afterAll(() => world?.stop());

function crowd(place: string, count: number, talksTo: string): Manifest[] {
  return Array.from({ length: count }, (_, at) => workload(`${place}/web-${at}`, { talksTo }));
}

async function whenPoliciesAre(place: string, wanted: readonly string[], seconds = 15) {
  const sorted = wanted.toSorted();
  await eventually(async () => {
    expect(identities(await world.cluster.policies(place))).toEqual(sorted);
  }, seconds);
}

function namesIn(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `Deployment/web-${at}`);
}

describe('a server that is overloaded and names a time', () => {
  /** Of the operator; 3 s of ours. */
  const retryAfter = 60;

  /** What was asked for within the pause, but for what may have been on its way. */
  async function callsWithinPause(inBody: boolean, place: string): Promise<SeenCall[]> {
    const { cluster, proxy } = world;
    await cluster.apply(namespace(place));
    let began: number | undefined;
    proxy.script = ({ resource, at }) => {
      if (began !== undefined || resource !== 'networkpolicies') return undefined;
      began = at;
      return { kind: 'answer', status: 429, retryAfter, inBody };
    };
    await cluster.apply(...crowd(place, 30, '203.0.113.7'));
    const end = await eventually(() => {
      if (began === undefined) throw new Error('nothing was refused');
      return began + (retryAfter / speed) * 1000;
    });
    // Watches that end within the pause are not opened again before it is over.
    await sleep(Math.max(0, end - 1500 - performance.now()));
    proxy.breakStreams(() => 'end');
    await sleep(end - performance.now());
    return proxy.calls.filter(({ at }) => at > end - 2000 && at < end);
  }

  test.each([
    ['the header', false, 'paused-a'],
    ['the Status', true, 'paused-b'],
  ])('in %s is left alone for so long, by every part of the operator', async (_, inBody, place) => {
    expect(await callsWithinPause(inBody, place)).toEqual([]);
    await whenPoliciesAre(place, namesIn(30));
  });
});

describe('an outage of two minutes', () => {
  const outage = 120_000;
  const keys = 20;

  /** The most attempts that back-off allows to a reflector in so many milliseconds. */
  function mostAttempts(milliseconds: number): number {
    let attempts = 0;
    for (let time = 0; time < milliseconds; attempts += 1) {
      time += backoffDelay(defaultPace, attempts, 0);
    }
    return attempts + 1;
  }

  test('is met with few calls, and what changed in it is made up for', async () => {
    const { cluster, proxy, operator } = world;
    await cluster.apply(namespace('outage'), ...crowd('outage', keys, '203.0.113.7'));
    await whenPoliciesAre('outage', namesIn(keys));
    await proxy.refuse();
    const before = await operator.metric('rest_client_requests_total');
    await cluster.apply(...crowd('outage', keys, 'none'), namespace('outage', 'true'));
    await cluster.remove(workload('outage/web-0'));
    await sleep(outage / speed);
    const calls = (await operator.metric('rest_client_requests_total')) - before;
    // Each of the watches, and each key that was to be written when it began, tries a few times.
    expect(mostAttempts(outage)).toBe(14);
    expect(calls).toBeGreaterThanOrEqual(allKinds.length);
    expect(calls).toBeLessThanOrEqual(allKinds.length * mostAttempts(outage));
    await proxy.accept();
    await whenPoliciesAre('outage', ['Namespace/outage', ...namesIn(keys).slice(1)], 30);
    await operator.whenReady();
  });

  test('that begins while many policies are to be written is met with few calls too', async () => {
    const { cluster, proxy, operator } = world;
    await cluster.apply(namespace('cut-off'));
    proxy.script = ({ method }) => (method === 'PATCH' ? { kind: 'reset' } : undefined);
    await cluster.apply(...crowd('cut-off', keys, '203.0.113.7'));
    await eventually(async () => {
      expect(await operator.metric('workqueue_retries_total')).toBeGreaterThanOrEqual(keys);
    });
    await proxy.refuse();
    proxy.script = noFaults;
    const before = await operator.metric('rest_client_requests_total', 'verb="apply"');
    await sleep(outage / speed);
    const calls = (await operator.metric('rest_client_requests_total', 'verb="apply"')) - before;
    // A key waits 200 ms at first, doubled each time, and anything down to nothing by jitter: ten
    // attempts on average.
    expect(calls).toBeLessThanOrEqual(keys * 20);
    await proxy.accept();
    await whenPoliciesAre('cut-off', namesIn(keys), 60);
    // Their back-off had grown to minutes by then.
    const again = operator.logs.filter(({ message }) => message.includes('answers again'));
    expect(again.at(-1)?.level).toBe('info');
  });
});

describe('a token that expires', () => {
  test('is replaced by the one on the disk, without a restart', async () => {
    const { cluster, proxy, operator } = world;
    await cluster.apply(namespace('rotated'), workload('rotated/web', { talksTo: 'none' }));
    await whenPoliciesAre('rotated', ['Deployment/web']);
    const old = proxy.calls.at(-1)?.token;
    proxy.script = ({ token }) => (token === old ? { kind: 'answer', status: 401 } : undefined);
    proxy.breakStreams(() => 'end');
    await cluster.apply(workload('rotated/api', { talksTo: 'none' }));
    await sleep(1000);
    expect(await cluster.policies('rotated')).toHaveLength(1);
    const fresh = await mintToken(cluster);
    expect(fresh).not.toBe(old);
    await world.rotateToken(fresh);
    await whenPoliciesAre('rotated', ['Deployment/api', 'Deployment/web']);
    await operator.quiet();
    const tokens = new Set(proxy.calls.slice(-3).map(({ token }) => token));
    expect(tokens).toEqual(new Set([fresh]));
  });
});

describe('the answer to a write is lost', () => {
  test.each([
    ['before', 0],
    ['after', 500],
  ])(
    '%s the watch tells of the write: what others are told is right all the same',
    async (when, after) => {
      const { cluster, proxy } = world;
      const place = `lost-${when}`;
      const about = { workload: { kind: 'Deployment', name: 'web' } };
      const resource = appConnectivity(`${place}/web`, {
        ...about,
        talksTo: [{ workload: { kind: 'Deployment', name: 'api' } }],
      });
      await cluster.apply(
        namespace(place),
        workload(`${place}/web`),
        workload(`${place}/api`, { acceptsFrom: 'none' }),
        resource,
      );
      const isReady = async (summary: string) => {
        const found = await cluster.client.list(resources.appConnectivities, { namespace: place });
        expect(found.items[0]?.status).toMatchObject({ summary });
      };
      await eventually(() => isReady('0/1'));
      let lost = 0;
      proxy.script = ({ resource: kind, method, path }) => {
        if (method !== 'PATCH' || kind !== 'networkpolicies' || !path.includes('api'))
          return undefined;
        lost += 1;
        return lost === 1 ? { kind: 'lose', after } : undefined;
      };
      await cluster.apply(workload(`${place}/api`, { acceptsFrom: 'web' }));
      await eventually(() => isReady('1/1'));
      // The write itself, perhaps once more before the watch tells of it, and the annotation that
      // says how its edges stand, which may come and go while the answer is missing.
      expect(lost).toBeLessThanOrEqual(4);
    },
  );
});
