import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import type { Clock } from '../clock.ts';
import { done, type Outcome, retry } from './outcome.ts';
import { createWorkQueue } from './queue.ts';

/** With a rate, p-queue reads the global time and timers, so here those are the faked ones. */
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

const globalClock: Clock = {
  now: () => Date.now(),
  setTimer(milliseconds, fire) {
    const timer = setTimeout(fire, milliseconds);
    return () => clearTimeout(timer);
  },
};

function createRatedQueue(
  starts: number,
  interval: number,
  work = async (): Promise<Outcome> => done,
) {
  const startedAt: number[] = [];
  const queue = createWorkQueue<string>({
    clock: globalClock,
    random: () => 0,
    concurrency: 100,
    rate: { starts, interval },
    work: () => {
      startedAt.push(Date.now());
      return work();
    },
  });
  return { queue, startedAt };
}

test('no more keys start within any second than the rate allows, and all of them start', async () => {
  const { queue, startedAt } = createRatedQueue(5, 1000);
  const begin = Date.now();
  for (let key = 0; key < 12; key += 1) queue.add(`key-${key}`);
  await jest.advanceTimersByTimeAsync(5000);
  const seconds = startedAt.map((time) => Math.floor((time - begin) / 1000));
  expect(seconds).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
});

test('a change that comes while the rate holds all keys back is the next to start', async () => {
  const order: string[] = [];
  const queue = createWorkQueue<string>({
    clock: globalClock,
    random: () => 0,
    concurrency: 10,
    rate: { starts: 1, interval: 1000 },
    work: async (key) => {
      order.push(key);
      return done;
    },
  });
  for (const key of ['a', 'b', 'c']) queue.add(key, 'sweep');
  await jest.advanceTimersByTimeAsync(500);
  queue.add('fresh');
  await jest.advanceTimersByTimeAsync(5000);
  expect(order).toEqual(['a', 'fresh', 'b', 'c']);
});

test('a pause holds though the rate would allow a start, and the rate holds after it', async () => {
  const answers: Outcome[] = [retry('429', 9_900)];
  const { queue, startedAt } = createRatedQueue(2, 1000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return answers.shift() ?? done;
  });
  const begin = Date.now();
  for (let key = 0; key < 5; key += 1) queue.add(`key-${key}`);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(startedAt.map((time) => time - begin)).toEqual([0, 0, 10_000, 10_000, 11_000, 11_000]);
});

test('whenever keys come, any window of the interval sees at most so many starts', async () => {
  const gaps = fc.array(fc.nat(400), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(gaps, fc.integer({ min: 1, max: 5 }), async (waits, starts) => {
      const interval = 500;
      const { queue, startedAt } = createRatedQueue(starts, interval);
      for (const [at, wait] of waits.entries()) {
        queue.add(`key-${at}`);
        await jest.advanceTimersByTimeAsync(wait);
      }
      await jest.advanceTimersByTimeAsync(interval * waits.length);
      expect(startedAt).toHaveLength(waits.length);
      startedAt.forEach((time, at) => {
        const before = startedAt[at - starts];
        if (before !== undefined) expect(time - before).toBeGreaterThanOrEqual(interval);
      });
    }),
    runsOf(100),
  );
});
