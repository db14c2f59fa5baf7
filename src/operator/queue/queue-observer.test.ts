import { describe, expect, test } from '@jest/globals';
import type { QueueObserver } from './observer.ts';
import { retry } from './outcome.ts';
import { createBench } from './testing/bench.ts';

describe('what is observed', () => {
  test('adds, latency, duration, retries and results are reported once each', async () => {
    const log: string[] = [];
    const observer: QueueObserver<string> = {
      added: (key, priority) => log.push(`added ${key} ${priority}`),
      started: (key, waited) => log.push(`started ${key} after ${waited}`),
      finished: ({ key, label, seconds }) => log.push(`finished ${key} ${label} in ${seconds}`),
      retried: (key, seconds) => log.push(`retried ${key} in ${seconds}`),
    };
    const { queue, clock, starts, end } = createBench({ concurrency: 1, observer });
    queue.add('a');
    queue.add('b');
    queue.add('b');
    await starts();
    await clock.pass(2000);
    await end('a', retry('429', 1000));
    expect(log).toEqual([
      'added a change',
      'added b change',
      'started a after 0',
      'added a sweep',
      'retried a in 1',
      'finished a error in 2',
    ]);
    await clock.pass(1000);
    expect(log.at(-1)).toBe('started b after 3');
  });

  test('a snapshot counts what waits, by priority, and how long the longest run takes', async () => {
    const { queue, clock, starts } = createBench({ concurrency: 2 });
    queue.add('a');
    await starts();
    await clock.pass(3000);
    for (const key of ['b', 'c', 'd']) queue.add(key);
    queue.add('e', 'sweep');
    queue.addAfter('f', 1);
    await starts();
    await clock.pass(500);
    expect(queue.snapshot()).toEqual({
      due: { change: 3, sweep: 1, background: 0 },
      delayed: 0,
      running: 2,
      longestRunningSeconds: 3.5,
      unfinishedSeconds: 4,
    });
  });
});
