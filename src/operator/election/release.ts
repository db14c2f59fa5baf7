import { givenBack, type Lease } from './lease.ts';
import type { Call, Input, Moment, Releasing, Step } from './state.ts';

/** Gives the Lease back, so that nobody has to wait for it; looks first if a write was under way. */
export function release(lease: Lease | undefined, moment: Moment): Step {
  const [next, effects] =
    lease === undefined ? lookAtLast(false, moment) : giveBack(lease, false, moment);
  return [next, [{ kind: 'close' }, ...effects]];
}

function lookAtLast(again: boolean, { candidate, now }: Moment): Step {
  const call: Call = { kind: 'read', sentAt: now, informed: false };
  return [{ name: 'releasing', call, again }, [{ kind: 'read', timeout: candidate.retryPeriod }]];
}

function giveBack(before: Lease, again: boolean, { candidate, now, wallClock }: Moment): Step {
  const call: Call = { kind: 'write', sentAt: now, informed: true };
  const lease = givenBack(before, wallClock);
  const timeout = candidate.retryPeriod;
  return [{ name: 'releasing', call, again }, [{ kind: 'replace', lease, timeout }]];
}

export function whileReleasing(state: Releasing, input: Input, moment: Moment): Step {
  const { call, again } = state;
  const stopped: Step = [{ name: 'stopped' }, []];
  switch (input.kind) {
    case 'read': {
      const ours = input.lease.holder === moment.candidate.identity;
      return ours ? giveBack(input.lease, again, moment) : stopped;
    }
    case 'written':
      return stopped;
    case 'failed': {
      const refused = call.kind === 'write' && input.failure.kind === 'conflict';
      return refused && !again ? lookAtLast(true, moment) : stopped;
    }
    case 'start':
    case 'timer':
    case 'stop':
      return [state, []];
  }
}
