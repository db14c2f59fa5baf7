import { expect, test } from '@jest/globals';
import { done } from './outcome.ts';
import { createWorkQueue } from './queue.ts';
import { createManualClock, settleMicrotasks } from './testing/manual-clock.ts';

test('100,000 waiting keys cost a few looks at the clock each, and one timer in all', async () => {
  const count = 100_000;
  const clock = createManualClock();
  let looks = 0;
  let timers = 0;
  let runs = 0;
  const counting = {
    now() {
      looks += 1;
      return clock.now();
    },
    setTimer(milliseconds: number, fire: () => void) {
      timers += 1;
      return clock.setTimer(milliseconds, fire);
    },
  };
  const queue = createWorkQueue<string>({
    clock: counting,
    random: Math.random,
    concurrency: 10,
    work: async () => {
      runs += 1;
      return done;
    },
  });
  for (let at = 0; at < count; at += 1) queue.addAfter(`key-${at}`, 1 + (at % 1000));
  await settleMicrotasks();
  expect(looks).toBeLessThan(count + 10);
  expect(timers).toBe(1);
  for (let at = 0; at < count; at += 1) queue.add(`key-${at}`, 'sweep');
  const idle = queue.idle();
  while (runs < count && clock.passToNextTimer()) await settleMicrotasks();
  await idle;
  expect(runs).toBe(count);
  expect(looks / count).toBeLessThan(15);
  expect(timers / count).toBeLessThan(0.05);
}, 60_000);

test('while workers that wait for nothing drain a long queue, the event loop gets its turns', async () => {
  const clock = createManualClock();
  let runs = 0;
  const queue = createWorkQueue<string>({
    clock,
    random: Math.random,
    concurrency: 4,
    work: async () => {
      runs += 1;
      return done;
    },
  });
  for (let at = 0; at < 1000; at += 1) queue.add(`key-${at}`);
  await settleMicrotasks();
  expect(runs).toBeLessThan(100);
  await clock.pass(0);
  expect(runs).toBe(1000);
});
