import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MINUTE } from '../e2e/support/cluster.ts';
import type { Attempt } from './support/attempts.ts';
import { claims } from './support/claims.ts';
import { readExamples, settingsOfAll } from './support/examples.ts';
import { attemptsOf, differencesIn, unfounded } from './support/play.ts';
import { randomWorlds } from './support/random-worlds.ts';
import { engine, type Stage, startStage } from './support/stage.ts';
import { mismatchesOf } from './support/verdicts.ts';

jest.setTimeout(4 * MINUTE);

const boutique = { name: 'online-boutique', namespaces: ['boutique'] };
// Environments change what every other example means: see environments.test.ts.
const examples = readExamples().filter(({ settings }) => settings.environments === undefined);
const written = [...examples, ...randomWorlds(engine === 'kube-network-policies' ? 10 : 3)];
const worlds = [...written, boutique];

let stage: Stage;
let attempts: ReadonlyMap<string, readonly Attempt[]>;

beforeAll(async () => {
  stage = await startStage(settingsOfAll(written));
  await stage.play(written);
  await stage.cluster.kubectl(['apply', '-k', 'examples/online-boutique']);
  attempts = await attemptsOf(stage, worlds);
});

afterAll(async () => {
  await stage?.stop();
});

test('The worlds hold allowed and forbidden connections and look-ups, by address and by Service', () => {
  const all = [...attempts.values()].flat();
  for (const kind of [
    / \(fd00:.* on /,
    / \(10\..* on /,
    / looks up /,
    /dialled as 10\.96\./,
    /UDP/,
  ]) {
    const some = all.filter(({ what }) => kind.test(what));
    expect(some.filter(({ reach }) => reach.allowed).length).toBeGreaterThan(5);
    expect(some.filter(({ reach }) => !reach.allowed).length).toBeGreaterThan(5);
  }
});

if (engine === 'none') {
  test('Without an engine packets do not see what reach says, so that the suite can fail', async () => {
    const all = [...attempts.values()].flat();
    const denied = all.filter(({ reach }) => !reach.allowed);
    expect(await mismatchesOf(stage.rig.agent, all, 0)).toHaveLength(denied.length);
    expect(denied.length).toBeGreaterThan(100);
  });
} else {
  test.each(Object.entries(claims))('Of what %s is about packets are asked', (name, claimed) => {
    expect(unfounded(attempts.get(name) ?? [], claimed)).toEqual([]);
  });

  describe(`Under ${engine} packets see what reach and truth say`, () => {
    test.each(worlds)('in $name', async (world) => {
      const asked = attempts.get(world.name) ?? [];
      expect(asked.length).toBeGreaterThanOrEqual(30);
      expect(await differencesIn(stage, asked, world)).toEqual([]);
    });
  });
}
