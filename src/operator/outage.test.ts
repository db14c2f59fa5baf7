import { describe, expect, test } from '@jest/globals';
import { createOutageWatch } from './outage.ts';

/** Tells of calls a second apart; gives the seconds at which an outage was over. */
function endsOf(codes: readonly (number | string)[]): number[] {
  const ends: number[] = [];
  let second = 0;
  const tell = createOutageWatch(
    () => second * 1000,
    () => ends.push(second),
  );
  for (const code of codes) {
    tell({ code });
    second += 1;
  }
  return ends;
}

function times<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}

describe('an outage', () => {
  test.each([
    ['nobody listens', 'ECONNREFUSED'],
    ['nobody answers', 'ETIMEDOUT'],
    ['a load balancer finds no server', 503],
  ])('is over with the first answer after it: %s', (_, code) => {
    expect(endsOf([200, ...times(30, code), 200, 200])).toEqual([31]);
    expect(endsOf([...times(30, code), 403])).toEqual([30]);
  });

  test('of a few seconds is none', () => {
    expect(endsOf([200, ...times(9, 'ECONNRESET'), 200])).toEqual([]);
  });

  test('is not made by one object that cannot be written', () => {
    const both = times(30, [500, 200] as const).flat();
    expect(endsOf(both)).toEqual([]);
  });

  test('is not over with what tells nothing about the server', () => {
    const nothing = ['ABORT_ERR', 'MALFORMED', 429];
    expect(endsOf([...times(30, 'ECONNREFUSED'), ...nothing, 200])).toEqual([33]);
    expect(endsOf([200, ...times(10, nothing).flat(), 200])).toEqual([]);
  });
});
