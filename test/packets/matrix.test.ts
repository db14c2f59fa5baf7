import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MINUTE } from '../e2e/support/cluster.ts';
import { whenLiveIsRendered } from '../e2e/support/render.ts';
import { attemptsByAddress, attemptsByService } from './support/attempts.ts';
import { readExamples } from './support/examples.ts';
import { takePicture } from './support/picture.ts';
import { randomWorlds } from './support/random-worlds.ts';
import { engine, podsOf, type Stage, startStage } from './support/stage.ts';
import { disagreementsOf, mismatchesOf } from './support/verdicts.ts';

jest.setTimeout(4 * MINUTE);

const boutique = { name: 'online-boutique', namespaces: ['boutique'] };
const written = [...readExamples(), ...randomWorlds(engine === 'kube-network-policies' ? 10 : 3)];
const worlds = [...written, boutique];

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  const { cluster } = stage;
  const all = written.map(({ yaml }) => yaml).join('\n---\n');
  await cluster.kubectl(['apply', '-f', '-'], all);
  await cluster.kubectl(['apply', '-k', 'examples/online-boutique']);
  for (const { namespaces } of worlds) await podsOf(stage, namespaces);
  await whenLiveIsRendered(stage.cluster);
});

afterAll(async () => {
  await stage?.stop();
});

async function everyAttempt() {
  return (await Promise.all(worlds.map(({ namespaces }) => attemptsIn(namespaces)))).flat();
}

async function attemptsIn(namespaces: readonly string[]) {
  const pods = await podsOf(stage, namespaces);
  const picture = await takePicture(stage.cluster);
  return [...attemptsByAddress(picture, pods), ...attemptsByService(picture, pods, namespaces)];
}

test('The worlds hold allowed and forbidden connections and look-ups, by address and by Service', async () => {
  const attempts = await everyAttempt();
  for (const kind of [
    / \(fd00:.* on /,
    / \(10\..* on /,
    / looks up /,
    /dialled as 10\.96\./,
    /UDP/,
  ]) {
    const some = attempts.filter(({ what }) => kind.test(what));
    expect(some.filter(({ reach }) => reach.allowed).length).toBeGreaterThan(5);
    expect(some.filter(({ reach }) => !reach.allowed).length).toBeGreaterThan(5);
  }
});

if (engine === 'none') {
  test('Without an engine packets do not see what reach says, so that the suite can fail', async () => {
    const attempts = await everyAttempt();
    const denied = attempts.filter(({ reach }) => !reach.allowed);
    expect(await mismatchesOf(stage.rig.agent, attempts, 0)).toHaveLength(denied.length);
    expect(denied.length).toBeGreaterThan(100);
  });
} else {
  describe(`Under ${engine} packets see what reach and truth say`, () => {
    test.each(worlds)('in $name', async ({ namespaces }) => {
      const attempts = await attemptsIn(namespaces);
      expect(attempts.length).toBeGreaterThanOrEqual(32);
      expect(disagreementsOf(attempts)).toEqual([]);
      const wrong = await mismatchesOf(stage.rig.agent, attempts, 5);
      const pods = wrong.length === 0 ? [] : await podsOf(stage, namespaces);
      const about = pods.filter((pod) => wrong.some((each) => each.includes(pod)));
      const rules = wrong.length === 0 ? [] : [await stage.rig.explain(about)];
      expect([...wrong, ...rules]).toEqual([]);
    });
  });
}
