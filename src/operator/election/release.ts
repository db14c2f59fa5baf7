import { givenBack, type Lease } from './lease.ts';
import type { Call, Input, Leading, Moment, Releasing, Step } from './state.ts';

/** Gives the Lease back, so that nobody has to wait for it; looks first if a write was under way. */
export function release({ lease, until, call }: Leading, moment: Moment): Step {
  const term = { until, again: false };
  const known = call === undefined || call.kind === 'read';
  const [next, effects] = known ? giveBack(lease, term, moment) : lookAtLast(term, moment);
  return [next, [{ kind: 'close' }, ...effects]];
}

type Term = Pick<Releasing, 'until' | 'again'>;

function lookAtLast({ until, again }: Term, { candidate, now }: Moment): Step {
  const call: Call = { kind: 'read', sentAt: now, informed: false };
  const next: Releasing = { name: 'releasing', call, until, again };
  return [next, [{ kind: 'read', timeout: candidate.retryPeriod }]];
}

function giveBack(before: Lease, { until, again }: Term, moment: Moment): Step {
  const { candidate, now, wallClock } = moment;
  const call: Call = { kind: 'replace', sentAt: now, informed: true };
  const lease = givenBack(before, wallClock);
  const timeout = candidate.retryPeriod;
  return [{ name: 'releasing', call, until, again }, [{ kind: 'replace', lease, timeout }]];
}

/** Later than `until` its own name is no proof: whoever led since may not know that it stands there. */
export function whileReleasing(state: Releasing, input: Input, moment: Moment): Step {
  const { call, until, again } = state;
  const stopped: Step = [{ name: 'stopped' }, []];
  switch (input.kind) {
    case 'read': {
      const ours = input.lease.holder === moment.candidate.identity && moment.now < until;
      return ours ? giveBack(input.lease, state, moment) : stopped;
    }
    case 'written':
      return stopped;
    case 'failed': {
      const refused = call.kind === 'replace' && input.failure.kind === 'conflict';
      return refused && !again ? lookAtLast({ until, again: true }, moment) : stopped;
    }
    case 'start':
    case 'timer':
    case 'stop':
      return [state, []];
  }
}
