import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MINUTE } from '../e2e/support/cluster.ts';
import { readExample } from './support/examples.ts';
import { attemptsOf, type Claim, differencesIn, unfounded } from './support/play.ts';
import { type Stage, startStage } from './support/stage.ts';

jest.setTimeout(2 * MINUTE);

const example = readExample('segmented-environments');
const [dev, prod, tools] = example.namespaces;

/** What it is about. */
const claims: readonly Claim[] = [
  [`${dev}/api`, `${dev}/db`, 5432, true],
  [`${dev}/api`, `${prod}/db`, 5432, false],
  [`${tools}/ci`, `${dev}/db`, 5432, true],
  [`${tools}/ci`, `${prod}/db`, 5432, true],
];

let stage: Stage;

beforeAll(async () => {
  stage = await startStage(example.settings);
  await stage.play([example]);
});

afterAll(async () => {
  await stage?.stop();
});

test('Between two environments nothing comes through, although both ends declare it; the shared tools reach both', async () => {
  const attempts = [...(await attemptsOf(stage, [example])).values()].flat();
  expect(unfounded(attempts, claims)).toEqual([]);
  expect(await differencesIn(stage, attempts, example)).toEqual([]);
});
