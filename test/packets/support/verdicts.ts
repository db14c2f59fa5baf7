import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Agent, Outcome } from '../../../hack/enforcement/agent.ts';
import type { Attempt } from './attempts.ts';

/** An attempt that was made. */
interface Made {
  readonly attempt: Attempt;
  readonly outcome: Outcome;
}

/** Of attempts that are made at once, so many: a queue that overflows drops what nobody forbids. */
const atOnce = 200;
/** An answer that takes longer (milliseconds) says that silence may be slowness. */
const slowest = 200;

/**
 * Makes every attempt until it comes to what it has to, for `seconds` at most, and then all of them
 * once more, a few at a time: what is not allowed has to be dropped every time, while what is allowed
 * is answered fast. Tells what never settled, or did not stay; a sentence for each.
 */
export async function mismatchesOf(
  agent: Agent,
  attempts: readonly Attempt[],
  seconds: number,
): Promise<string[]> {
  const until = performance.now() + seconds * 1000;
  let left = attempts;
  while (left.length > 0) {
    const wrong = (await makeAll(agent, left)).filter((each) => !isRight(each));
    if (performance.now() > until) return wrong.map(tell);
    left = wrong.map(({ attempt }) => attempt);
    if (left.length > 0) await sleep(100);
  }
  const again = await makeAll(agent, attempts);
  const slow = again.filter(
    ({ outcome }) => isAnswer(outcome) && (outcome.milliseconds ?? 0) > slowest,
  );
  return [
    ...again.filter((each) => !isRight(each)).map(tell),
    ...(slow.length * 100 > again.length
      ? slow.map((each) => `${tell(each)}, after ${each.outcome.milliseconds} ms`)
      : []),
  ];
}

async function makeAll(agent: Agent, attempts: readonly Attempt[]): Promise<Made[]> {
  const queue = new PQueue({ concurrency: atOnce });
  const make = async (attempt: Attempt) => ({ attempt, outcome: await attempt.make(agent) });
  return queue.addAll(attempts.map((attempt) => () => make(attempt)));
}

function isRight({ attempt, outcome }: Made): boolean {
  return attempt.isRight(outcome);
}

function isAnswer({ ended }: Outcome): boolean {
  return ended === 'open' || ended === 'refused';
}

/** What differs between the two judges, which packets are not asked about. */
export function disagreementsOf(attempts: readonly Attempt[]): string[] {
  return attempts
    .filter(({ reach, truth }) => reach.allowed !== truth)
    .map(({ what, reach, truth }) => `${what}: reach says ${reach.allowed}, truth ${truth}`);
}

function tell({ attempt, outcome }: Made): string {
  const { reach, what } = attempt;
  const rules = (['egress', 'ingress'] as const).map((direction) => {
    const { isolated, by } = reach[direction];
    const named = by.map(({ namespace, name, rule }) =>
      rule === undefined ? `none of ${namespace}/${name}` : `${namespace}/${name}[${rule}]`,
    );
    return `${direction}: ${isolated ? named.join(' ') : 'not isolated'}`;
  });
  const seen = [outcome.ended, outcome.by, outcome.why].filter((each) => each !== undefined);
  return `${what}: ${seen.join(' ')}, but reach says ${reach.allowed ? 'yes' : 'no'} (${rules.join(', ')})`;
}
