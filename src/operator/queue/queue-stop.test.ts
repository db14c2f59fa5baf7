import { describe, expect, test } from '@jest/globals';
import { retry } from './outcome.ts';
import { createBench } from './testing/bench.ts';
import { settleMicrotasks } from './testing/manual-clock.ts';

describe('stopping', () => {
  test('close starts nothing more and waits for what runs', async () => {
    const { queue, clock, end, starts } = createBench({ concurrency: 1 });
    for (const key of ['a', 'b']) queue.add(key);
    queue.addAfter('c', 10);
    expect(await starts()).toEqual(['a']);
    const closed = queue.close(1000);
    queue.add('d');
    await clock.pass(500);
    await end('a', retry('429', 5000));
    expect(await closed).toBe(true);
    expect(clock.timers()).toBe(0);
    await clock.pass(10_000);
    expect(await starts()).toEqual([]);
  });

  test('close aborts what still runs at the deadline, and says so', async () => {
    const signals: AbortSignal[] = [];
    const { queue, clock } = createBench({
      work: (_key, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    queue.add('a');
    await settleMicrotasks();
    const closed = queue.close(1000);
    await clock.pass(999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.pass(1);
    expect(await closed).toBe(false);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('a queue that does nothing closes at once, also while it is paused', async () => {
    const { queue, clock, end, starts } = createBench();
    queue.add('throttled');
    await starts();
    await end('throttled', retry('429', 30_000));
    queue.add('a');
    queue.addAfter('b', 1000);
    expect(await starts()).toEqual([]);
    const idle = queue.idle();
    expect(await queue.close(0)).toBe(true);
    await idle;
    expect(clock.timers()).toBe(0);
  });

  test('a nearer deadline can be asked for while it closes', async () => {
    const { queue, clock, starts } = createBench();
    queue.add('a');
    await starts();
    const patient = queue.close(60_000);
    const hasty = queue.close(0);
    await clock.pass(0);
    expect(await hasty).toBe(false);
    await clock.pass(60_000);
    expect(await patient).toBe(false);
  });

  test('idle waits for what is due and what runs, not for what is delayed', async () => {
    const { queue, end, starts } = createBench({ concurrency: 1 });
    let isIdle = false;
    await queue.idle();
    for (const key of ['a', 'b']) queue.add(key);
    queue.addAfter('later', 1000);
    void queue.idle().then(() => {
      isIdle = true;
    });
    for (const key of ['a', 'b']) {
      expect(await starts()).toEqual([key]);
      expect(isIdle).toBe(false);
      await end(key);
    }
    expect(isIdle).toBe(true);
  });
});
