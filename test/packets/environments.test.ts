import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MINUTE } from '../e2e/support/cluster.ts';
import type { Attempt } from './support/attempts.ts';
import { readExample } from './support/examples.ts';
import { attemptsOf, type Claim, differencesIn, unfounded } from './support/play.ts';
import { randomWorlds } from './support/random-worlds.ts';
import { type Stage, startStage } from './support/stage.ts';

jest.setTimeout(2 * MINUTE);

const example = readExample('segmented-environments');
const [dev, prod, tools] = example.namespaces;
const worlds = [example, ...randomWorlds(4)];

/** What it is about. */
const claims: readonly Claim[] = [
  [`${dev}/api`, `${dev}/db`, 5432, true],
  [`${dev}/api`, `${prod}/db`, 5432, false],
  [`${tools}/ci`, `${dev}/db`, 5432, true],
  [`${tools}/ci`, `${prod}/db`, 5432, true],
];

let stage: Stage;
let attempts: ReadonlyMap<string, readonly Attempt[]>;

beforeAll(async () => {
  stage = await startStage(example.settings);
  await stage.play(worlds);
  attempts = await attemptsOf(stage, worlds);
});

afterAll(async () => {
  await stage?.stop();
});

test('Packets are asked about two environments of which both ends declare it, and about what is shared', () => {
  expect(unfounded(attempts.get(example.name) ?? [], claims)).toEqual([]);
});

test.each(worlds)(
  'Between environments packets see what reach and truth say in $name',
  async (world) => {
    expect(await differencesIn(stage, attempts.get(world.name) ?? [], world)).toEqual([]);
  },
);
