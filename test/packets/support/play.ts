import {
  type Attempt,
  attemptsByAddress,
  attemptsByService,
  attemptsOnApiServer,
} from './attempts.ts';
import type { Example } from './examples.ts';
import { type Picture, takePicture } from './picture.ts';
import { podsOf, type Stage } from './stage.ts';
import { disagreementsOf, mismatchesOf } from './verdicts.ts';

/** Something whose every connection is asked: an example, or what else lives in namespaces of its own. */
export type World = Pick<Example, 'name' | 'namespaces'>;

/**
 * Every connection and look-up of these worlds, by name, once their pods are on the network and the
 * operator has nothing more to write. They hold as long as nobody changes anything.
 */
export async function attemptsOf(
  stage: Stage,
  worlds: readonly World[],
): Promise<ReadonlyMap<string, readonly Attempt[]>> {
  for (const { namespaces } of worlds) await podsOf(stage, namespaces);
  await stage.settled();
  const picture = await takePicture(stage.cluster, stage.settings);
  const asked = worlds.map(
    async (world) => [world.name, await attemptsIn(stage, picture, world)] as const,
  );
  return new Map(await Promise.all(asked));
}

async function attemptsIn(stage: Stage, picture: Picture, { namespaces }: World) {
  const pods = await podsOf(stage, namespaces);
  return [
    ...attemptsByAddress(picture, pods),
    ...attemptsByService(picture, pods, namespaces),
    ...attemptsOnApiServer(picture, pods),
  ];
}

/**
 * What `reach`, `truth` and packets do not see alike: a sentence each, and what the engine has to say
 * about the pods in question.
 */
export async function differencesIn(
  stage: Stage,
  attempts: readonly Attempt[],
  { namespaces }: World,
): Promise<string[]> {
  const judged = disagreementsOf(attempts);
  if (judged.length > 0) return judged;
  const wrong = await mismatchesOf(stage.rig.agent, attempts, 5);
  if (wrong.length === 0) return [];
  const pods = await podsOf(stage, namespaces);
  const about = pods.filter((pod) => wrong.some((each) => each.includes(pod)));
  return [...wrong, await stage.rig.explain(about)];
}

/** Whom an example lets through, or not, and where: pods by how their names begin, or an address. */
export type Claim = readonly [from: string, to: string, port: number, allowed: boolean];

/** Which claims the attempts do not bear out: none is asked, or one is judged otherwise. */
export function unfounded(attempts: readonly Attempt[], claims: readonly Claim[]): Claim[] {
  return claims.filter((claim) => {
    const about = attempts.filter(({ what }) => isAbout(what, claim));
    return about.length === 0 || about.some(({ reach }) => reach.allowed !== claim[3]);
  });
}

function isAbout(what: string, [from, to, port]: Claim): boolean {
  const [left = '', right = ''] = what.split(' to ');
  if (!left.startsWith(`${from}-`) && !left.includes(`(${from})`)) return false;
  if (right.endsWith(` dialled as ${to} ${port}`)) return true;
  return right.startsWith(`${to}-`) && right.includes(` on ${port}/`);
}
