import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Retired, recordOfRetired, retire } from './retired.ts';

const grace = 3_600_000;
const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
const steps = fc.array(
  fc.record({ present: fc.subarray(addresses), pause: fc.nat({ max: grace }) }),
  { maxLength: 20 },
);

describe('The addresses that the API server has left', () => {
  test('stay for the grace time, and not while they are dialled again', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let now = 0;
        let before: readonly string[] = [];
        let retired: Retired = new Map();
        const left = new Map<string, number>();
        for (const { present, pause } of all) {
          now += pause;
          for (const each of before) if (!present.includes(each)) left.set(each, now);
          for (const each of present) left.delete(each);
          retired = retire(retired, { before, present: new Set(present) }, { now, grace });
          before = present;
          for (const each of addresses) {
            const since = left.get(each);
            const inGrace = since !== undefined && now < Math.ceil((since + grace) / 1000) * 1000;
            expect([each, retired.has(each)]).toEqual([each, inGrace]);
          }
        }
      }),
    );
  });

  test('keep the end that was said first, however often their slices are written', () => {
    const first = retire(
      new Map(),
      { before: ['192.0.2.1'], present: new Set() },
      { now: 0, grace },
    );
    const again = retire(first, { before: ['192.0.2.1'], present: new Set() }, { now: 9e5, grace });
    expect(recordOfRetired(again)).toEqual(recordOfRetired(first));
  });

  test('end one grace from now at the latest, whatever a policy says or said before the clock was set back', () => {
    const nobody = { before: [], present: new Set<string>() };
    const planted = new Map([['192.0.2.1', Date.UTC(2999, 0)]]);
    expect([...retire(planted, nobody, { now: 0, grace })]).toEqual([['192.0.2.1', grace]]);
  });

  test('are bounded', () => {
    const before = Array.from({ length: 1_000 }, (_, index) => `192.0.2.${index}`);
    expect(retire(new Map(), { before, present: new Set() }, { now: 0, grace }).size).toBe(64);
  });
});
