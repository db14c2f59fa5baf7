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
/** An answer that takes longer (milliseconds) says that silence may be slowness, or a loss. */
const slowest = 200;
/** A queue of an engine may lose what waits in it, now and then. */
const mostRounds = 4;

/**
 * Makes every attempt until it comes to what it has to, for `seconds` at most, and then all of them
 * once more, a few at a time, until no answer is late: then what was dropped is what is forbidden, and
 * not what was slow or lost. In no such round may anything be otherwise than it has to. Tells what
 * never settled, did not stay, or was late each time; a sentence for each.
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
  for (let round = 1; ; round++) {
    const again = await makeAll(agent, attempts);
    const wrong = again.filter((each) => !isRight(each));
    const late = again.filter(isLate);
    if (wrong.length > 0 || late.length === 0 || round === mostRounds) {
      return [...wrong.map(tell), ...late.map((each) => `late: ${tell(each)}`)];
    }
  }
}

async function makeAll(agent: Agent, attempts: readonly Attempt[]): Promise<Made[]> {
  const queue = new PQueue({ concurrency: atOnce });
  const make = async (attempt: Attempt) => ({ attempt, outcome: await attempt.make(agent) });
  return queue.addAll(attempts.map((attempt) => () => make(attempt)));
}

function isRight({ attempt, outcome }: Made): boolean {
  return attempt.isRight(outcome);
}

function isLate({ outcome: { ended, milliseconds = 0 } }: Made): boolean {
  return (ended === 'open' || ended === 'refused') && milliseconds > slowest;
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
