import { expect, test } from '@jest/globals';
import { createAlarm } from './alarm.ts';
import { createManualClock } from './testing/manual-clock.ts';

function createBench() {
  const clock = createManualClock();
  const delays: number[] = [];
  const rings: number[] = [];
  const recording = {
    now: () => clock.now(),
    setTimer(milliseconds: number, fire: () => void) {
      delays.push(milliseconds);
      return clock.setTimer(milliseconds, fire);
    },
  };
  const alarm = createAlarm(recording, () => void rings.push(clock.now()));
  return { clock, alarm, delays, rings };
}

test('an alarm that is moved rings once, at its last time', () => {
  const { clock, alarm, rings } = createBench();
  for (const at of [50, 90, 70]) alarm.set(at);
  clock.advance(1000);
  expect(rings).toEqual([70]);
});

test('setting an alarm to the time it has makes no timer, and a rung alarm can be set again', () => {
  const { clock, alarm, delays, rings } = createBench();
  alarm.set(50);
  alarm.set(50);
  clock.advance(50);
  alarm.set(50);
  clock.advance(0);
  expect(delays).toEqual([50, 0]);
  expect(rings).toEqual([50, 50]);
});

test('an alarm that is turned off does not ring', () => {
  const { clock, alarm, rings } = createBench();
  alarm.set(50);
  alarm.set(undefined);
  clock.advance(1000);
  expect(rings).toEqual([]);
});

test.each([2 ** 31, Number.MAX_VALUE, Infinity])(
  'a time %p from now is never asked of a timer, which would fire at once',
  (at) => {
    const { alarm, delays } = createBench();
    alarm.set(at);
    expect(delays).toEqual([2 ** 31 - 1]);
  },
);
