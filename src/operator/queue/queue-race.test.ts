import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { after, done, type Outcome, retry, terminal } from './outcome.ts';
import { createWorkQueue } from './queue.ts';
import { type Priority, priorities } from './request.ts';
import { createManualClock, settleMicrotasks } from './testing/manual-clock.ts';

const concurrency = 3;
const longestPause = 60_000;

/** What the queue owes, and what it must not do, told from outside. */
function createWitness(now: () => number) {
  const running = new Set<string>();
  /** Owed runs, by the time from which they are due. */
  const owed = new Map<string, number>();
  const runs = { count: 0 };
  let pausedUntil = 0;

  function owe(key: string, delay: number): void {
    owed.set(key, Math.min(owed.get(key) ?? Infinity, now() + delay));
  }

  function start(key: string): void {
    expect(running.has(key)).toBe(false);
    expect(now()).toBeGreaterThanOrEqual(owed.get(key) ?? Infinity);
    expect(now()).toBeGreaterThanOrEqual(pausedUntil);
    running.add(key);
    owed.delete(key);
    expect(running.size).toBeLessThanOrEqual(concurrency);
    runs.count += 1;
  }

  function pause(asked: number): void {
    pausedUntil = Math.max(pausedUntil, now() + Math.min(asked, longestPause));
  }

  return { running, owed, runs, owe, start, pause };
}

type Action =
  | { readonly do: 'add'; readonly key: string; readonly delay: number; readonly as: Priority }
  | { readonly do: 'pass'; readonly milliseconds: number };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const delay = fc.oneof(fc.constant(0), fc.constant(0), fc.nat(2000));
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add'), key, delay, as: anyPriority() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), milliseconds: fc.nat(3000) }) },
);
const actions = fc.array(action, { minLength: 1, maxLength: 25, size: 'max' });
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant(done),
  fc.nat(2000).map(after),
  fc.constant(retry('x')),
  fc.nat(100_000).map((wait) => retry('429', wait)),
  fc.constant(terminal('x')),
);
const outcomes = fc.array(outcome, { maxLength: 12 });

function anyPriority() {
  return fc.constantFrom(...priorities);
}

/** A queue, runs and callers whose steps interleave as the scheduler likes. */
function createRace(scheduler: fc.Scheduler, endings: readonly Outcome[]) {
  const clock = createManualClock();
  const witness = createWitness(() => clock.now());
  const left = [...endings];
  const queue = createWorkQueue<string>({
    clock,
    random: () => 0.5,
    ...{ concurrency, longestPause },
    async work(key) {
      witness.start(key);
      await scheduler.schedule(Promise.resolve(), `work on ${key}`);
      witness.running.delete(key);
      const ending = left.shift() ?? done;
      if (ending.kind === 'retry' && ending.retryAfter === undefined) throw new Error('thrown');
      return ending;
    },
    observer: {
      retried: (key, seconds) => witness.owe(key, seconds * 1000),
      finished: ({ key, outcome }) => {
        if (outcome.kind === 'after') witness.owe(key, outcome.milliseconds);
        if (outcome.kind === 'retry') witness.pause(outcome.retryAfter ?? 0);
      },
    },
  });

  async function act(step: Action): Promise<void> {
    await scheduler.schedule(Promise.resolve(), JSON.stringify(step));
    if (step.do === 'pass') return clock.advance(step.milliseconds);
    witness.owe(step.key, step.delay);
    queue.addAfter(step.key, step.delay, step.as);
  }

  /** Until neither a step nor a timer is left. */
  async function finish(): Promise<void> {
    do {
      await settleMicrotasks();
      while (scheduler.count() > 0) {
        await scheduler.waitOne();
        await settleMicrotasks();
      }
    } while (clock.passToNextTimer());
  }

  return { clock, witness, queue, act, finish };
}

describe('in every interleaving of callers, workers and time', () => {
  test('no key runs twice at once, early, needlessly or during a pause, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), actions, outcomes, async (scheduler, story, endings) => {
        const { witness, queue, act, finish } = createRace(scheduler, endings);
        const acts = story.map(act);
        await finish();
        await Promise.all(acts);
        expect([...witness.owed]).toEqual([]);
        expect([...witness.running]).toEqual([]);
        expect(queue.snapshot()).toMatchObject({ running: 0, delayed: 0 });
      }),
      runsOf(500),
    );
  }, 60_000);

  test('after close nothing starts, and it says truly whether all runs had ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), actions, fc.nat(50), async (scheduler, story, deadline) => {
        const { clock, witness, queue, act, finish } = createRace(scheduler, []);
        const acts = story.map(act);
        for (let step = 0; step < story.length / 2 && scheduler.count() > 0; step += 1) {
          await scheduler.waitOne();
          await settleMicrotasks();
        }
        const started = witness.runs.count;
        const closed = queue.close(deadline);
        let runningAtTheEnd: number | undefined;
        clock.setTimer(deadline, () => {
          runningAtTheEnd = witness.running.size;
        });
        if (deadline % 2 === 0) clock.advance(deadline);
        await finish();
        await Promise.all(acts);
        expect(await closed).toBe(runningAtTheEnd === 0);
        expect(witness.runs.count).toBe(started);
      }),
      runsOf(300),
    );
  }, 60_000);
});
