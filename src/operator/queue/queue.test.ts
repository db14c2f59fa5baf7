import { describe, expect, test } from '@jest/globals';
import { after } from './outcome.ts';
import { createBench } from './testing/bench.ts';

describe('keys', () => {
  test('adding never runs the worker before the caller is done with its own step', async () => {
    const { queue, starts } = createBench({ concurrency: 1 });
    queue.add('swept', 'sweep');
    queue.add('changed');
    expect(await starts()).toEqual(['changed']);
  });

  test('a key that is added many times while it waits runs once', async () => {
    const { queue, starts, end } = createBench();
    for (let time = 0; time < 5; time += 1) queue.add('a');
    expect(await starts()).toEqual(['a']);
    await end('a');
    expect(await starts()).toEqual([]);
  });

  test('a key that gets dirty while it runs runs once more afterwards, and never beside itself', async () => {
    const { queue, starts, end } = createBench();
    queue.add('a');
    expect(await starts()).toEqual(['a']);
    queue.add('a');
    queue.add('a');
    expect(await starts()).toEqual([]);
    await end('a');
    expect(await starts()).toEqual(['a']);
    await end('a');
    expect(await starts()).toEqual([]);
  });

  test('no more keys run at once than the concurrency allows', async () => {
    const { queue, starts, end } = createBench({ concurrency: 2 });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(await starts()).toEqual(['a', 'b']);
    await end('b');
    expect(await starts()).toEqual(['c']);
  });

  test('a change that comes while all slots are taken gets the first that is free', async () => {
    const { queue, starts, end } = createBench({ concurrency: 1 });
    for (const key of ['a', 'b', 'c']) queue.add(key, 'sweep');
    expect(await starts()).toEqual(['a']);
    queue.add('c');
    await end('a');
    expect(await starts()).toEqual(['c']);
  });
});

describe('delays', () => {
  test('a delayed key runs at its time', async () => {
    const { queue, clock, starts } = createBench();
    queue.addAfter('a', 500);
    await clock.pass(499);
    expect(await starts()).toEqual([]);
    await clock.pass(1);
    expect(await starts()).toEqual(['a']);
  });

  test('a delayed key that becomes dirty runs now, and not again at its old time', async () => {
    const { queue, clock, starts, end } = createBench();
    queue.addAfter('a', 500);
    await clock.pass(100);
    queue.add('a');
    expect(await starts()).toEqual(['a']);
    await end('a');
    await clock.pass(10_000);
    expect(await starts()).toEqual([]);
    expect(clock.timers()).toBe(0);
  });

  test('of two delays the earlier wins, in whichever order they come', async () => {
    const { queue, clock, starts } = createBench();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('b', 200);
    queue.addAfter('b', 500);
    await clock.pass(200);
    expect(await starts()).toEqual(['a', 'b']);
  });

  test('a worker can ask for its key to be looked at again later', async () => {
    const { queue, clock, starts, end } = createBench();
    queue.add('a');
    await starts();
    await end('a', after(300));
    expect(queue.snapshot()).toMatchObject({ delayed: 1, running: 0 });
    await clock.pass(299);
    expect(await starts()).toEqual([]);
    await clock.pass(1);
    expect(await starts()).toEqual(['a']);
  });

  test('a delay beyond what a timer can hold neither runs at once nor is lost', async () => {
    const { queue, clock, starts } = createBench();
    queue.addAfter('a', 2 ** 32);
    await clock.pass(2 ** 32 - 1);
    expect(await starts()).toEqual([]);
    await clock.pass(1);
    expect(await starts()).toEqual(['a']);
  });

  test.each([NaN, -5, 0])('a delay of %p is none', async (delay) => {
    const { queue, starts } = createBench();
    queue.addAfter('a', delay);
    expect(await starts()).toEqual(['a']);
  });
});

describe('wrong options', () => {
  test.each([0, -1, 1.5, NaN])('a concurrency of %p is refused', (concurrency) => {
    expect(() => createBench({ concurrency })).toThrow(/concurrency/);
  });

  test('a rate without an interval is refused', () => {
    expect(() => createBench({ rate: { starts: 5, interval: 0 } })).toThrow(/interval/);
  });
});
