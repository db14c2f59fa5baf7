import { describe, expect, test } from '@jest/globals';
import { after, done, retry, terminal } from './outcome.ts';
import { createBench } from './testing/bench.ts';

describe('failures', () => {
  test('each failure in a row doubles the bound of the wait, and a success resets it', async () => {
    const waits: number[] = [];
    const outcomes = [retry('x'), retry('x'), retry('x'), done, retry('x'), after(1), retry('x')];
    const { queue, clock } = createBench({
      work: async () => outcomes.shift() ?? terminal('end'),
      observer: { retried: (_key, seconds) => void waits.push(seconds * 1000) },
    });
    queue.add('a');
    await clock.pass(10_000);
    queue.add('a');
    await clock.pass(10_000);
    expect(waits).toEqual([100, 200, 400, 100, 100]);
    expect(outcomes).toEqual([]);
  });

  test('a worker that throws is retried as the classifier says', async () => {
    const boom = new Error('boom');
    const told: (string | number)[] = [];
    const { queue, clock, end, starts } = createBench({
      classify: (error) => (error === boom ? terminal(error) : retry(error)),
      observer: {
        retried: (_key, seconds) => void told.push(seconds * 1000),
        finished: ({ label }) => void told.push(label),
      },
    });
    queue.add('a');
    await starts();
    await end('a', Promise.reject(new Error('perhaps later')));
    await clock.pass(100);
    expect(await starts()).toEqual(['a']);
    await end('a', Promise.reject(boom));
    await clock.pass(1_000_000);
    expect(await starts()).toEqual([]);
    queue.add('a');
    await starts();
    await end('a', Promise.reject(new Error('a first failure again')));
    expect(told).toEqual([100, 'error', 'terminal', 100, 'error']);
  });

  test('a terminal failure is not retried until the key changes again', async () => {
    const { queue, clock, end, starts } = createBench();
    queue.add('a');
    await starts();
    await end('a', terminal('unparsable'));
    await clock.pass(1_000_000);
    expect(await starts()).toEqual([]);
    queue.add('a');
    expect(await starts()).toEqual(['a']);
  });

  test('a change overtakes the back-off of its key', async () => {
    const { queue, end, starts } = createBench();
    queue.add('a');
    await starts();
    await end('a', retry('x'));
    queue.add('a');
    expect(await starts()).toEqual(['a']);
  });

  test('a retry of a change does not hold up a fresh change', async () => {
    const { queue, clock, end, starts } = createBench({ concurrency: 1 });
    queue.add('a');
    await starts();
    await end('a', retry('x'));
    queue.add('slow');
    await starts();
    await clock.pass(1000);
    queue.add('fresh');
    await end('slow');
    expect(await starts()).toEqual(['fresh']);
  });

  test('a key that always throws stops no other', async () => {
    const seen = new Set<string>();
    const { queue, clock } = createBench({
      concurrency: 1,
      work: async (key) => {
        seen.add(key);
        if (key === 'bad') throw new Error('always');
        return done;
      },
    });
    for (const key of ['bad', 'a', 'b']) queue.add(key);
    await clock.pass(5000);
    expect([...seen]).toEqual(['bad', 'a', 'b']);
  });
});

describe('a throttling server', () => {
  test('no key starts before the time that a 429 names', async () => {
    const { queue, clock, end, starts } = createBench();
    queue.add('a');
    await starts();
    await end('a', retry('429', 3000));
    queue.add('b');
    await clock.pass(2999);
    expect(await starts()).toEqual([]);
    await clock.pass(1);
    expect(await starts()).toEqual(['b', 'a']);
  });

  test('no server can stop the queue for longer than a minute', async () => {
    const { queue, clock, end, starts } = createBench();
    queue.add('a');
    await starts();
    await end('a', retry('429', 86_400_000));
    queue.add('b');
    await clock.pass(59_999);
    expect(await starts()).toEqual([]);
    await clock.pass(1);
    expect(await starts()).toEqual(['b']);
  });

  test('of several pauses the one that ends last wins', async () => {
    const { queue, clock, end, starts } = createBench();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await starts();
    await end('a', retry('429', 2000));
    await end('b', retry('429', 1000));
    await end('c', retry('429', NaN));
    queue.add('d');
    await clock.pass(1999);
    expect(await starts()).toEqual([]);
    await clock.pass(1);
    expect(await starts()).toContain('d');
  });
});
