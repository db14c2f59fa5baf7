import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { overtakesInRow } from './lanes.ts';
import { type Priority, priorities } from './request.ts';
import { createSchedule, type Schedule } from './schedule.ts';

type Real = Schedule<string>;
type Step = fc.Command<Model, Real>;

interface Waiting {
  readonly key: string;
  dueAt: number;
  priority: Priority;
  readonly order: number;
}

interface Model {
  now: number;
  readonly out: Set<string>;
  readonly waiting: Map<string, Waiting>;
  added: number;
  overtakes: number;
}

/** The same promise as `Schedule.take`, kept by searching and sorting everything that waits. */
function takeByHand(model: Model): Waiting | undefined {
  const due = [...model.waiting.values()]
    .filter(({ key, dueAt }) => dueAt <= model.now && !model.out.has(key))
    .sort((left, right) => left.dueAt - right.dueAt || left.order - right.order);
  const [oldest] = due;
  const ofHighest = (rank: Priority) => due.find(({ priority }) => priority === rank);
  const highest = ofHighest('change') ?? ofHighest('sweep') ?? ofHighest('background');
  const next = model.overtakes < overtakesInRow ? highest : oldest;
  if (next === undefined) return undefined;
  model.overtakes = next === oldest ? 0 : model.overtakes + 1;
  model.waiting.delete(next.key);
  model.out.add(next.key);
  return next;
}

function addStep(key: string, delay: number, priority: Priority): Step {
  return {
    check: () => true,
    toString: () => `add ${key} as ${priority} in ${delay}`,
    run(model, schedule) {
      const dueAt = model.now + delay;
      model.added += 1;
      expect(schedule.add({ key, dueAt, priority })).toBe(!model.waiting.has(key));
      const known = model.waiting.get(key) ?? { key, dueAt, priority, order: model.added };
      const both = [known.priority, priority];
      known.priority = priorities.find((each) => both.includes(each)) ?? priority;
      known.dueAt = Math.min(known.dueAt, dueAt);
      model.waiting.set(key, known);
    },
  };
}

const takeStep: Step = {
  check: () => true,
  toString: () => 'take',
  run(model, schedule) {
    const [taken, wanted] = [schedule.take(model.now), takeByHand(model)];
    expect(taken?.key).toBe(wanted?.key);
    expect(taken?.dueAt).toBe(wanted?.dueAt);
    expect(taken?.priority).toBe(wanted?.priority);
    expect([...schedule.running().keys()]).toEqual([...model.out]);
  },
};

function releaseStep(key: string): Step {
  return {
    check: (model) => model.out.has(key),
    toString: () => `release ${key}`,
    run(model, schedule) {
      model.out.delete(key);
      schedule.release(key);
    },
  };
}

function passStep(milliseconds: number): Step {
  return {
    check: () => true,
    toString: () => `pass ${milliseconds}`,
    run(model, schedule) {
      model.now += milliseconds;
      const waiting = [...model.waiting.values()].filter(({ key }) => !model.out.has(key));
      const due = waiting.filter(({ dueAt }) => dueAt <= model.now);
      expect(schedule.hasDue(model.now)).toBe(due.length > 0);
      expect(schedule.due(model.now).sweep).toBe(
        due.filter(({ priority }) => priority === 'sweep').length,
      );
      expect(schedule.delayed(model.now)).toBe(waiting.length - due.length);
      const later = waiting.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > model.now);
      expect(schedule.nextDue(model.now) ?? Infinity).toBe(Math.min(...later));
    },
  };
}

test('the schedule hands out the same keys, in the same order, as a list that is searched whole', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const delay = fc.oneof(fc.constant(0), fc.nat(20));
  const add = fc.tuple(key, delay, fc.constantFrom(...priorities)).map((all) => addStep(...all));
  const steps = [add, add, fc.constant(takeStep), key.map(releaseStep), fc.nat(9).map(passStep)];
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 100, size: 'max' }), (story) => {
      fc.modelRun(
        () => ({
          model: { now: 0, out: new Set<string>(), waiting: new Map(), added: 0, overtakes: 0 },
          real: createSchedule<string>(),
        }),
        story,
      );
    }),
    runsOf(500),
  );
}, 60_000);
