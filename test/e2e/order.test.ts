import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomOf } from '../support/random.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { fatesIn, live, outcomeOf } from './support/fates.ts';
import { namespace } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { whenLiveIsRendered } from './support/render.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let operator: TestOperator;

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

describe('whatever order things happen in, the policies are the same', () => {
  let first: readonly string[];

  beforeAll(async () => {
    await liveIn(0, () => 0);
    first = await outcomeOf(cluster, 'near-0', 'wide-0');
    expect(first).toHaveLength(8);
  });

  /** The namespaces are there before all else: nothing can be created in one that is not. */
  async function liveIn(run: number, random: () => number, halfway?: () => Promise<void>) {
    const [near, far] = [`near-${run}`, `wide-${run}`];
    await cluster.apply(namespace(near), namespace(far));
    const fates = fatesIn(near, far);
    const middle = Math.floor(fates.flat().length / 2);
    await live(cluster, fates, random, async (done) => {
      if (done === middle) await halfway?.();
    });
    await whenLiveIsRendered(cluster);
  }

  test.each([1, 2, 3, 4, 5])('in random order %i', async (run) => {
    await liveIn(run, randomOf(run));
    expect(await outcomeOf(cluster, `near-${run}`, `wide-${run}`)).toEqual(first);
  });

  test('with the operator restarted in the middle', async () => {
    await liveIn(6, randomOf(6), async () => {
      await operator.stop();
      operator = await TestOperator.start(cluster);
    });
    expect(await outcomeOf(cluster, 'near-6', 'wide-6')).toEqual(first);
  });

  test('with the API server restarted in the middle', async () => {
    await liveIn(7, randomOf(7), async () => {
      await cluster.plane.stopApiServer();
      await cluster.plane.startApiServer();
    });
    expect(await outcomeOf(cluster, 'near-7', 'wide-7')).toEqual(first);
  });

  test('with all policies deleted in the middle', async () => {
    await liveIn(8, randomOf(8), async () => {
      await cluster.kubectl(['delete', 'networkpolicies', '--all', '-A', '--wait=false']);
    });
    expect(await outcomeOf(cluster, 'near-8', 'wide-8')).toEqual(first);
  });
});
