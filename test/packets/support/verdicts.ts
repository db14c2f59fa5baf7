import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, Outcome } from '../../../hack/enforcement/agent.ts';
import type { Attempt } from './attempts.ts';

/** An attempt that did not come to what it had to. */
interface Mismatch {
  readonly attempt: Attempt;
  readonly outcome: Outcome;
}

/**
 * Makes every attempt until it comes to what it has to, for `seconds` at most, and tells which never
 * did, a sentence for each. All that are left are made at once: a wait is for the slowest.
 */
export async function mismatchesOf(
  agent: Agent,
  attempts: readonly Attempt[],
  seconds: number,
): Promise<string[]> {
  const until = performance.now() + seconds * 1000;
  let left = attempts;
  for (;;) {
    const tried = await Promise.all(
      left.map(async (attempt) => ({ attempt, outcome: await attempt.make(agent) })),
    );
    const wrong = tried.filter(({ attempt, outcome }) => !attempt.isRight(outcome));
    if (wrong.length === 0 || performance.now() > until) return wrong.map(tell);
    left = wrong.map(({ attempt }) => attempt);
    await sleep(100);
  }
}

/** What differs between the two judges, which packets are not asked about. */
export function disagreementsOf(attempts: readonly Attempt[]): string[] {
  return attempts
    .filter(({ reach, truth }) => reach.allowed !== truth)
    .map(({ what, reach, truth }) => `${what}: reach says ${reach.allowed}, truth ${truth}`);
}

function tell({ attempt, outcome }: Mismatch): string {
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
