import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, type Family, type HostState, recall, recordOf, step } from './machine.ts';
import { defaultHostPace, type HostPace } from './pace.ts';

const pace: HostPace = { ...defaultHostPace, mostAddresses: 8, mostInternal: 2 };
const { minimumTTL, maximumTTL, grace } = pace;
const isInternal = (address: string) => address.startsWith('10.');
const at = (now: number) => ({ now, chance: 0, pace, isInternal });
const answer = (...addresses: string[]): Answer => ({ addresses, ttl: 60_000 });
const lost: Answer = { miss: 'Timeout' };

/** A name from its first question on: answers at times (milliseconds). */
function history(...answers: readonly (readonly [number, Answer, Family?])[]): HostState {
  const first = recall(undefined, at(0));
  return answers.reduce(
    (state, [now, said, family = 4]) => step(state, family, said, at(now)).state,
    first,
  );
}

const known = (state: HostState, now: number) => recordOf('api.stripe.com', state, { now, pace });

describe('The addresses of a host', () => {
  test('are those of both families', () => {
    const state = history([0, answer('198.51.100.7')], [0, answer('2001:db8::7'), 6]);
    expect(known(state, 0).addresses).toEqual(['198.51.100.7', '2001:db8::7']);
  });

  test('stay when one family fails', () => {
    const state = history([0, answer('198.51.100.7')], [0, { miss: 'SERVFAIL' }, 6]);
    expect(known(state, 0)).toMatchObject({ addresses: ['198.51.100.7'], until: {} });
    expect(known(state, 0).why).toBeUndefined();
  });

  test('that are gone from the answers stay for the grace time, and it is said until when', () => {
    const gone: Answer = answer('198.51.100.8');
    const state = history([0, answer('198.51.100.7')], [60_000, gone], [grace / 2, gone]);
    expect(known(state, grace / 2)).toMatchObject({
      addresses: ['198.51.100.7', '198.51.100.8'],
      until: { '198.51.100.7': grace },
    });
    const later = step(state, 4, gone, at(grace)).state;
    expect(known(later, grace)).toMatchObject({ addresses: ['198.51.100.8'], until: {} });
  });

  test('are dropped by no clock alone: whoever slept for a day asks first', () => {
    const day = 86_400_000;
    const state = history([0, answer('198.51.100.7')]);
    expect(known(state, day).addresses).toEqual(['198.51.100.7']);
    expect(known(step(state, 4, answer('198.51.100.7'), at(day)).state, day).until).toEqual({});
  });

  test('stay no longer than one grace where the clock is set back: what is in the future was seen now', () => {
    const day = 86_400_000;
    const gone = answer('198.51.100.8');
    const state = history([day, answer('198.51.100.7')], [0, gone], [grace, gone]);
    expect(known(state, grace).addresses).toEqual(['198.51.100.8']);
  });

  test('say why there are none: what is wrong with the name, rather than with a family', () => {
    const none = { miss: 'NoAddress' } as const;
    expect(known(history([0, { miss: 'NXDOMAIN' }], [0, none, 6]), 0).why).toBe('NXDOMAIN');
    expect(known(history([0, none], [0, lost, 6]), 0).why).toBe('Timeout');
    expect(known(history([0, none], [0, none, 6]), 0).why).toBe('NoAddress');
    expect(known(history([0, none]), 0).why).toBeUndefined();
  });

  test('that are remembered count as seen now, those in grace until their time, and no longer than that', () => {
    const until = { '198.51.100.8': 60_000, '198.51.100.9': 1e15 };
    const addresses = ['198.51.100.7', '198.51.100.8', '198.51.100.9'];
    const state = recall({ addresses, until }, at(1_000));
    expect(known(state, 1_000).until).toEqual({ '198.51.100.8': 60_000 });
    expect(known(step(state, 4, lost, at(60_000)).state, 60_000).addresses).toEqual([
      ...['198.51.100.7', '198.51.100.9'],
    ]);
    expect(known(step(state, 4, lost, at(1_000 + grace)).state, 1_000 + grace).addresses).toEqual(
      [],
    );
  });

  test('that lead into the cluster take no place from others, however many they are', () => {
    const inside = Array.from({ length: 100 }, (_, index) => `10.0.0.${index}`);
    const state = history([0, answer(...inside)], [60_000, answer(...inside, '198.51.100.7')]);
    expect(known(state, 60_000).addresses).toEqual(['10.0.0.0', '10.0.0.1', '198.51.100.7']);
  });

  test('are bounded, and say so until there is room; those in force stay', () => {
    const many = Array.from({ length: 100 }, (_, index) => `198.51.100.${100 + index}`);
    const state = history([0, answer('203.0.113.7')], [60_000, answer(...many)]);
    expect(known(state, 60_000).addresses).toContain('203.0.113.7');
    expect(known(state, 60_000)).toMatchObject({ full: true });
    const few = answer('203.0.113.7');
    const calm = [grace / 2, grace + 60_000].reduce(
      (next, now) => step(next, 4, few, at(now)).state,
      state,
    );
    expect(known(calm, grace + 60_000).full).toBeUndefined();
  });
});

/** Anything that a server may say, to either family, after any time. */
const address = fc
  .nat({ max: 30 })
  .map((each) => (each < 5 ? `10.0.0.${each}` : `198.51.100.${each}`));
const said: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    addresses: fc.array(address, { minLength: 1, maxLength: 20 }),
    ttl: fc.oneof(fc.constant(0), fc.nat({ max: 1e12 })),
  }),
  fc.constantFrom<Answer>({ miss: 'NXDOMAIN' }, lost, { miss: 'NoAddress' }),
);
const story = fc.array(
  fc.record({ answer: said, family: fc.constantFrom<Family>(4, 6), pause: fc.nat({ max: grace }) }),
  { maxLength: 30 },
);

/** Lives through a story; `see` hears of every state with the one before it. */
function live(
  answers: readonly { answer: Answer; family: Family; pause: number }[],
  see: (now: number, state: HostState, wait: number, last: ReadonlyMap<string, number>) => void,
): void {
  let now = 0;
  let state = recall(undefined, at(0));
  const last = new Map<string, number>();
  for (const { answer: each, family, pause } of answers) {
    now += pause;
    const before = known(state, now).addresses;
    const next = step(state, family, each, { ...at(now), chance: (pause % 10) / 10 });
    state = next.state;
    const taken = new Set([...before, ...known(state, now).addresses]);
    for (const one of 'addresses' in each ? each.addresses : [])
      if (taken.has(one)) last.set(one, now);
    see(now, state, next.wait, last);
  }
}

describe('Whatever a server answers', () => {
  test('an address in force is never lost within the grace after the last answer that had it', () => {
    fc.assert(
      fc.property(story, (answers) => {
        live(answers, (now, state, _wait, last) => {
          for (const [one, seen] of last) {
            if (now < seen + grace) expect(known(state, now).addresses).toContain(one);
            else expect(known(state, now).addresses).not.toContain(one);
          }
        });
      }),
    );
  });

  test('never are there more addresses than the bounds', () => {
    fc.assert(
      fc.property(story, (answers) => {
        live(answers, (now, state) => {
          const { addresses } = known(state, now);
          expect(addresses.filter(isInternal).length).toBeLessThanOrEqual(pace.mostInternal);
          expect(addresses.filter((each) => !isInternal(each)).length).toBeLessThanOrEqual(
            pace.mostAddresses,
          );
        });
      }),
    );
  });

  test('it is asked again no sooner than the floor, and not much later than the ceiling', () => {
    fc.assert(
      fc.property(story, (answers) => {
        live(answers, (_now, _state, wait) => {
          expect(wait).toBeGreaterThanOrEqual(minimumTTL);
          expect(wait).toBeLessThanOrEqual(maximumTTL * 1.1);
        });
      }),
    );
  });

  test('the record is another one only when an address comes, goes or fades, not with every answer', () => {
    const pool = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'];
    const all = pool.reduce((state, one) => step(state, 4, answer(one), at(0)).state, history());
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray(pool), { maxLength: 60 }), (answers) => {
        let state = all;
        answers.forEach((some, index) => {
          const now = (index + 1) * minimumTTL;
          const rest = pool.filter((_, place) => place === index % pool.length);
          state = step(state, 4, answer(...some, ...rest), at(now)).state;
          expect(known(state, now)).toEqual(known(all, 0));
        });
      }),
    );
  });
});
