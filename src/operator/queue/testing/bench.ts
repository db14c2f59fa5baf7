import { done, type Outcome } from '../outcome.ts';
import { createWorkQueue, type WorkQueueOptions } from '../queue.ts';
import { createManualClock, settleMicrotasks } from './manual-clock.ts';

/** For tests: a queue whose runs end when, and as, the test says. */
export function createBench(options: Partial<WorkQueueOptions<string>> = {}) {
  const clock = createManualClock();
  const started: string[] = [];
  const ends = new Map<string, (outcome: Outcome | Promise<Outcome>) => void>();
  const queue = createWorkQueue<string>({
    clock,
    random: () => 0.5,
    concurrency: 10,
    work: (key) => {
      started.push(key);
      return new Promise((resolve) => ends.set(key, resolve));
    },
    ...options,
  });

  async function end(key: string, outcome: Outcome | Promise<Outcome> = done): Promise<void> {
    ends.get(key)?.(outcome);
    ends.delete(key);
    await settleMicrotasks();
  }

  /** What has started since the last call. */
  async function starts(): Promise<string[]> {
    await settleMicrotasks();
    return started.splice(0);
  }

  return { clock, queue, end, starts };
}
