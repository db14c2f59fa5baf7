import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chooseNames } from './names.ts';

const limits = { perNamespace: 3, inCluster: 6 };
const name = fc.constantFrom(...'abcdefghijkl');
const places = fc.uniqueArray(fc.constantFrom<string>('shop', 'billing', 'team'), { minLength: 1 });
const wanted = fc
  .uniqueArray(fc.tuple(name, places), { selector: ([each]) => each, maxLength: 12 })
  .map((all) => new Map(all.map(([each, some]) => [each, new Set(some)])));

describe('Of the names that entries mention', () => {
  test('no more are asked for than the limits let be, and all while they do', () => {
    fc.assert(
      fc.property(wanted, fc.func(fc.boolean()), (names, kept) => {
        const chosen = chooseNames(names, kept, limits);
        expect(chosen.size).toBeLessThanOrEqual(limits.inCluster);
        for (const each of chosen) expect(names.has(each)).toBe(true);
        for (const place of ['shop', 'billing', 'team']) {
          const own = [...names].filter(([, some]) => some.size === 1 && some.has(place));
          const asked = own.filter(([each]) => chosen.has(each));
          expect(asked.length).toBeLessThanOrEqual(limits.perNamespace);
        }
        if (names.size <= limits.perNamespace)
          expect([...chosen].sort()).toEqual([...names.keys()].sort());
      }),
    );
  });

  test('those that are kept stay kept, whoever adds others', () => {
    fc.assert(
      fc.property(wanted, wanted, (before, more) => {
        const kept = chooseNames(before, () => false, limits);
        const after = chooseNames(new Map([...more, ...before]), (each) => kept.has(each), limits);
        for (const each of kept) expect(after.has(each)).toBe(true);
      }),
    );
  });

  test('a namespace with too many takes none from the others', () => {
    const many = [...'abcdefgh'].map((each) => [each, new Set(['shop'])] as const);
    const names = new Map([...many, ['z', new Set(['billing'])]]);
    expect([...chooseNames(names, () => false, limits)]).toEqual(['a', 'b', 'c', 'z']);
  });
});
