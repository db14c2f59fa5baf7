import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Tally } from './tally.ts';

const names = ['Allowed', 'Open', 'Pending', 'Refused'] as const;
type Name = (typeof names)[number];

describe('A tally', () => {
  test('is what counting everything again would give, whatever changed in whatever order', () => {
    const change = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.array(fc.constantFrom(...names), { maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const tally = new Tally<Name>();
        const parts = new Map<string, readonly Name[]>();
        for (const [key, part] of changes) {
          tally.set(key, part);
          parts.set(key, part);
          const all = [...parts.values()].flat();
          for (const name of names) {
            expect(tally.total(name)).toBe(all.filter((each) => each === name).length);
          }
          expect(tally.size).toBe([...parts.values()].filter(({ length }) => length > 0).length);
        }
      }),
    );
  });
});
