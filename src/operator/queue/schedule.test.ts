import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { overtakesInRow } from './lanes.ts';
import { type Priority, priorities, type Request } from './request.ts';
import { createSchedule } from './schedule.ts';

function requestOf(key: string, dueAt = 0, priority: Priority = 'change'): Request<string> {
  return { key, dueAt, priority };
}

function takeAll(schedule: ReturnType<typeof createSchedule>, now = 0): string[] {
  const keys: string[] = [];
  for (let next = schedule.take(now); next; next = schedule.take(now)) {
    keys.push(next.key);
    schedule.release(next.key);
  }
  return keys;
}

describe('which key is next', () => {
  test('a change overtakes the sweep, and judging comes last', () => {
    const schedule = createSchedule<string>();
    schedule.add(requestOf('judged', 0, 'background'));
    schedule.add(requestOf('swept', 0, 'sweep'));
    schedule.add(requestOf('changed', 0, 'change'));
    expect(takeAll(schedule)).toEqual(['changed', 'swept', 'judged']);
  });

  test('a key that is added twice while it waits is handed out once', () => {
    const schedule = createSchedule<string>();
    expect(schedule.add(requestOf('a'))).toBe(true);
    expect(schedule.add(requestOf('a'))).toBe(false);
    expect(takeAll(schedule)).toEqual(['a']);
  });

  test('a waiting key keeps the higher priority and the earlier due time', () => {
    const schedule = createSchedule<string>();
    schedule.add(requestOf('a', 10, 'background'));
    schedule.add(requestOf('a', 90, 'change'));
    expect(schedule.take(9)).toBeUndefined();
    expect(schedule.take(10)).toMatchObject({ key: 'a', dueAt: 10, priority: 'change' });
    expect(schedule.nextDue(10)).toBeUndefined();
  });

  test('a delayed key that becomes dirty is due now, and its old time makes no second run', () => {
    const schedule = createSchedule<string>();
    schedule.add(requestOf('a', 1000));
    schedule.add(requestOf('a', 1));
    expect(takeAll(schedule, 1)).toEqual(['a']);
    expect(takeAll(schedule, 5000)).toEqual([]);
  });

  test('a key that gets dirty while it is out waits for its release, then comes out once', () => {
    const schedule = createSchedule<string>();
    schedule.add(requestOf('a'));
    schedule.take(0);
    schedule.add(requestOf('a'));
    schedule.add(requestOf('a'));
    expect(schedule.hasDue(0)).toBe(false);
    expect(schedule.take(0)).toBeUndefined();
    schedule.release('a');
    expect(takeAll(schedule)).toEqual(['a']);
  });

  test('a key behind n older ones is handed out within 8(n + 1) starts of any flood', () => {
    const older = fc.array(fc.constantFrom(...priorities), { maxLength: 12 });
    fc.assert(
      fc.property(older, fc.constantFrom(...priorities), (before, priority) => {
        const schedule = createSchedule<string>();
        before.forEach((each, at) => void schedule.add(requestOf(`old-${at}`, 0, each)));
        schedule.add(requestOf('patient', 1, priority));
        const bound = (overtakesInRow + 1) * (before.length + 1);
        for (let start = 1; start <= bound; start += 1) {
          for (const flood of ['x', 'y']) schedule.add(requestOf(`${flood}${start}`, start + 1));
          if (schedule.take(start + 1)?.key === 'patient') return;
        }
        throw new Error(`not handed out in ${bound} starts`);
      }),
      runsOf(300),
    );
  });
});
