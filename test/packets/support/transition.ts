import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../../hack/enforcement/follow.ts';
import { resources } from '../../../src/kube/resources.ts';
import { whenLiveIsRendered } from '../../e2e/support/render.ts';
import { type Attempt, attemptsByAddress } from './attempts.ts';
import { takePicture } from './picture.ts';
import { podsOf, type Stage } from './stage.ts';
import { cameThrough, Traffic } from './traffic.ts';
import { disagreementsOf, mismatchesOf } from './verdicts.ts';

/** What traffic saw of a change. */
export interface Transition {
  readonly tries: number;
  /** Connections that were allowed before and after, and failed once; sentences. */
  readonly cut: readonly string[];
  /** Connections that are not allowed, and came through when all had settled; sentences. */
  readonly leaked: readonly string[];
  /** What had not settled after ten seconds. */
  readonly wrong: readonly string[];
  /** For each connection that changed: from the change to the packets, in milliseconds. */
  readonly effects: readonly number[];
  /** From the change to the last policy that was written for it; undefined where none was. */
  readonly written: number | undefined;
}

/** For so long traffic goes on before a change, and after all has settled. */
const margin = 400;

/**
 * Makes a change while new connections run between all pods of the namespaces, and from and to outside,
 * and goes on until policies and packets have settled.
 */
export async function watchChange(
  stage: Stage,
  namespaces: readonly string[],
  change: () => Promise<void>,
): Promise<Transition> {
  const before = await attemptsIn(stage, namespaces);
  const writes = watchPolicies(stage);
  const traffic = new Traffic(stage.rig.agent, before);
  await sleep(margin);
  const changed = performance.now();
  await change();
  await whenLiveIsRendered(stage.cluster);
  const after = await attemptsIn(stage, namespaces);
  const wrong = [...disagreementsOf(after), ...(await mismatchesOf(stage.rig.agent, after, 10))];
  const settled = performance.now();
  await sleep(margin);
  await traffic.stop();
  await writes.stop();
  const stays = pairsOf(before, after);
  const firstWrite = writes.times.filter((time) => time > changed);
  return {
    tries: traffic.count,
    cut: stays
      .filter(([old, now]) => old.reach.allowed && now.reach.allowed)
      .flatMap(([{ what }]) => {
        const failed = traffic.of(what).find((one) => !cameThrough(one));
        if (failed === undefined) return [];
        return [
          `${what}: ${failed.outcome.ended} ${Math.round(failed.at - changed)} ms after the change`,
        ];
      }),
    leaked: stays
      .filter(([, now]) => !now.reach.allowed)
      .flatMap(([{ what }]) =>
        traffic.of(what).some((one) => one.at > settled && cameThrough(one)) ? [what] : [],
      ),
    wrong,
    effects: stays
      .filter(([old, now]) => old.reach.allowed !== now.reach.allowed)
      .flatMap(([old]) => effectOf(traffic, old, changed) ?? []),
    written: firstWrite.length === 0 ? undefined : Math.max(...firstWrite) - changed,
  };
}

async function attemptsIn(stage: Stage, namespaces: readonly string[]): Promise<Attempt[]> {
  const pods = await podsOf(stage, namespaces);
  const picture = await takePicture(stage.cluster);
  const present = pods.filter((name) => picture.pods.has(name));
  return attemptsByAddress(picture, present, { brief: true });
}

function pairsOf(
  before: readonly Attempt[],
  after: readonly Attempt[],
): (readonly [Attempt, Attempt])[] {
  const later = new Map(after.map((attempt) => [attempt.what, attempt]));
  return before.flatMap((old) => {
    const now = later.get(old.what);
    return now === undefined ? [] : [[old, now] as const];
  });
}

/** From the change to the first try that went as the connection goes from then on. */
function effectOf(traffic: Traffic, { what, reach }: Attempt, changed: number): number | undefined {
  const tries = traffic.of(what);
  const last = tries.findLastIndex((one) => cameThrough(one) === reach.allowed);
  const first = tries[last + 1];
  return first && first.at - changed;
}

/** When policies were written. */
function watchPolicies({ rig }: Stage) {
  const stopping = new AbortController();
  const times: number[] = [];
  const note = async () => {
    times.push(performance.now());
  };
  const following = follow(rig.client, resources.networkPolicies, stopping.signal, {
    seen: note,
    gone: note,
  });
  const stop = () => {
    stopping.abort();
    return following;
  };
  return { times, stop };
}
