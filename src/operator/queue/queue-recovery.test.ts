import { describe, expect, test } from '@jest/globals';
import { done, retry } from './outcome.ts';
import { createBench } from './testing/bench.ts';

const hours = 3_600_000;

describe('when what made keys fail is over', () => {
  /** Two keys that have failed for so long that their back-off is minutes. */
  async function afterLongOutage() {
    let healthy = false;
    const runs: [key: string, at: number][] = [];
    const { queue, clock } = createBench({
      work: async (key) => {
        runs.push([key, clock.now()]);
        return healthy ? done : retry('nobody answers');
      },
    });
    queue.add('a');
    queue.add('b');
    await clock.pass(hours);
    runs.splice(0);
    return { queue, clock, runs, recover: () => (healthy = true) };
  }

  test('they are tried again within the time that is given, and not again after it', async () => {
    const { queue, clock, runs, recover } = await afterLongOutage();
    recover();
    const now = clock.now();
    queue.retryWithin(4000);
    await clock.pass(hours);
    expect(runs).toEqual([
      ['a', now + 2000],
      ['b', now + 2000],
    ]);
  });

  test('and fail again, their back-off begins anew', async () => {
    const { queue, clock, runs } = await afterLongOutage();
    const now = clock.now();
    queue.retryWithin(0);
    await clock.pass(1000);
    expect(runs.filter(([key]) => key === 'a').map(([, at]) => at - now)).toEqual([
      0, 100, 300, 700,
    ]);
  });

  test('keys that have not failed are left alone', async () => {
    const { queue, clock, starts, end } = createBench();
    queue.add('fine');
    queue.addAfter('later', 1000);
    await starts();
    await end('fine');
    queue.retryWithin(0);
    await clock.pass(0);
    expect(await starts()).toEqual([]);
  });
});
