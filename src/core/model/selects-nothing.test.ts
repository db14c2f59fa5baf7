import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { type LabelRequirement, type LabelSelector, selects } from './labels.ts';
import { selectsNothing } from './selects-nothing.ts';

const keys = ['a', 'b'];
const values = ['1', '2', '3'];

const requirement = fc
  .record({
    key: fc.constantFrom(...keys),
    operator: fc.constantFrom<LabelRequirement['operator']>(
      ...(['In', 'In', 'NotIn', 'Exists', 'DoesNotExist'] as const),
    ),
    values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 }),
  })
  .map((each): LabelRequirement => {
    const { key, operator } = each;
    return operator === 'In' || operator === 'NotIn' ? each : { key, operator };
  });

const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...values)),
  matchExpressions: fc.array(requirement, { maxLength: 4 }),
});

/** Every label set that the selectors above can tell apart. */
const labelSets = [undefined, ...values, 'other'].flatMap((a) =>
  [undefined, ...values, 'other'].map((b) => ({
    ...(a !== undefined && { a }),
    ...(b !== undefined && { b }),
  })),
);

test('a selector selects nothing exactly where no label set matches it', () => {
  let nothing = 0;
  fc.assert(
    fc.property(selector, (each) => {
      const none = !labelSets.some((labels) => selects(each, labels));
      if (none) nothing += 1;
      expect(selectsNothing(each)).toBe(none);
    }),
    runsOf(2000),
  );
  expect(nothing).toBeGreaterThan(100);
});
