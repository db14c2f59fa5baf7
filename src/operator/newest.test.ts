import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../test/support/runs.ts';
import { LateWatch, read } from './fixtures/late-watch.ts';
import { isOlder } from './newest.ts';

type Doing = 'delete' | 'answer' | 'hear' | 'remove' | 'relist' | 'list' | 'backUp' | 'restore';
type Step = readonly [what: 'write' | 'say' | 'edit', port: number] | readonly [what: Doing];

const port = fc.constantFrom(80, 81, 82);
const steps = (...more: fc.WeightedArbitrary<Step>[]) =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('write', 'edit', 'say'), port) },
      { weight: 6, arbitrary: fc.tuple(fc.constantFrom('answer', 'hear')) },
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom('delete', 'remove', 'relist', 'list')) },
      ...more,
    ) as fc.Arbitrary<Step>,
    { minLength: 3, maxLength: 30 },
  );

async function take(bench: LateWatch, [what, number]: Step): Promise<void> {
  if (what === 'write') bench.write(number);
  else if (what === 'say') bench.say(`${number}`);
  else if (what === 'edit') bench.edit(number as number);
  else if (what === 'delete') bench.write(undefined);
  else bench[what]();
  // An answer is taken in before anything else happens.
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

/** A report is answered after the end of what it was about, and after a list that lacks that. */
const reportOfWhatIsGone: Step[] = [
  ...([['write', 80], ['answer'], ['say', 80]] satisfies Step[]),
  ...([['remove'], ['relist'], ['answer']] satisfies Step[]),
];

/** What two of our writes made is gone again before the watch has told of the first. */
const madeTwice: Step[] = [
  ...([['write', 80], ['answer'], ['delete'], ['answer']] satisfies Step[]),
  ...([['write', 81], ['answer'], ['delete'], ['answer'], ['hear']] satisfies Step[]),
];

/** A list has been asked for, and is made after a write and the end of what that made. */
const listedLate: Step[] = [
  ...([['relist'], ['write', 80], ['answer'], ['remove'], ['list'], ['hear']] satisfies Step[]),
];
const answeredLate: Step[] = [
  ...([['relist'], ['write', 80], ['remove'], ['list'], ['hear'], ['answer']] satisfies Step[]),
];

describe('What answers and a late watch tell of one policy', () => {
  test('is the newest of it: nothing that was known of it is ever taken back', async () => {
    let met = 0;
    await fc.assert(
      fc.asyncProperty(steps(), async (story) => {
        const bench = new LateWatch();
        const ended = new Set<string>();
        for (const step of story) {
          const before = bench.known;
          await take(bench, step);
          const after = bench.known;
          if (after !== undefined) expect(ended).not.toContain(after.uid);
          if (before === undefined) continue;
          met += 1;
          if (after?.uid !== before.uid) {
            expect(bench.server?.metadata.uid).not.toBe(before.uid);
            ended.add(before.uid);
          } else if (isOlder(after.resourceVersion, before.resourceVersion)) {
            throw new Error(`${step}: back to ${after.resourceVersion}`);
          }
        }
      }),
      { ...runsOf(3000), examples: [[madeTwice]] },
    );
    expect(met).toBeGreaterThan(3000);
  });

  test('where versions are no numbers, is what an answer told if the watch has told nothing', async () => {
    const bench = new LateWatch('v');
    for (const port of [80, 81]) {
      await take(bench, ['write', port]);
      await take(bench, ['answer']);
      expect(bench.known).toEqual(read(bench.server));
    }
  });

  test('ends as the server has it, also where that was restored from a backup', async () => {
    const disaster = { weight: 1, arbitrary: fc.tuple(fc.constantFrom('backUp', 'restore')) };
    await fc.assert(
      fc.asyncProperty(steps(disaster as fc.WeightedArbitrary<Step>), async (story) => {
        const bench = new LateWatch();
        for (const step of story) await take(bench, step);
        while (!bench.settled) {
          await take(bench, ['answer']);
          await take(bench, ['hear']);
        }
        expect(bench.known).toEqual(bench.server && read(bench.server));
      }),
      { ...runsOf(3000), examples: [[reportOfWhatIsGone], [listedLate], [answeredLate]] },
    );
  });
});

test.each([
  ['9', '10', true],
  ['10', '9', false],
  ['18446744073709551615', '18446744073709551616', true],
  ['7', '7', false],
  ['', '7', false],
  ['planned', '7', false],
  ['07', '8', false],
])('version %j is older than %j: %j', (one, other, expected) => {
  expect(isOlder(one, other)).toBe(expected);
});
