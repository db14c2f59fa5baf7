import type { Candidate } from './candidate.ts';
import { heldBy, type Lease, vacant } from './lease.ts';
import { release, whileReleasing } from './release.ts';
import type {
  Call,
  Effect,
  Failure,
  Input,
  Leading,
  Moment,
  Seen,
  Standby,
  State,
  Step,
  Trouble,
} from './state.ts';

/**
 * The next state, and what is to be done on the way: pure and total. `State` has the table.
 *
 * At most one candidate leads at any real time, if clocks run at rates less apart than duration
 * and deadline: a leader counts from before its last renewal was sent, and stops after the
 * deadline; the others count from after they have seen that version of the Lease, wait for the
 * longer duration, and replace that version or none. Whoever makes a Lease does not lead by that.
 */
export function step(state: State, input: Input, moment: Moment): Step {
  switch (state.name) {
    case 'idle':
      if (input.kind === 'start') return look(beginning, moment);
      return input.kind === 'stop' ? [{ name: 'stopped' }, []] : [state, []];
    case 'standby':
      return whileStandby(state, input, moment);
    case 'leading':
      return moment.now < state.until
        ? whileLeading(state, input, moment)
        : continued(lose(state, overdue(moment.candidate), moment), input, moment);
    case 'releasing':
      return whileReleasing(state, input, moment);
    case 'stopped':
      return [state, []];
  }
}

const beginning: Standby = { name: 'standby', trouble: { kind: 'unread' } };

function whileStandby(state: Standby, input: Input, moment: Moment): Step {
  const { call } = state;
  switch (input.kind) {
    case 'stop':
      return [{ name: 'stopped' }, [{ kind: 'close' }]];
    case 'timer':
      return call === undefined ? look(state, moment) : [state, []];
    case 'read':
      return call === undefined ? [state, []] : judge(state, input.lease, moment);
    case 'written':
      if (call === undefined) return [state, []];
      // There was none, but nobody knows for how long: who led before may still do so.
      if (call.kind === 'create') return judge(state, input.lease, moment);
      return lead(state, call, input.lease, moment);
    case 'failed':
      return call === undefined ? [state, []] : standbyFailed(state, call, input.failure, moment);
    case 'start':
      return [state, []];
  }
}

/** What stands there: take the Lease if it is free, else wait until it may be. */
function judge(state: Standby, lease: Lease, moment: Moment): Step {
  const { candidate, now } = moment;
  const seen = see(state.seen, lease, moment);
  const known: Standby = { ...state, seen };
  if (isForeign(lease, candidate)) {
    return wait(known, { kind: 'foreign', installation: lease.installation ?? '' }, moment);
  }
  if (now >= seen.freeAt) return renew(known, lease, { informed: true }, moment);
  const [next, effects] = wait(known, undefined, moment, seen.freeAt - now);
  const news = state.trouble !== undefined;
  const standby: Effect = { kind: 'report', report: { event: 'standby', holder: lease.holder } };
  return [next, news ? [standby, ...effects] : effects];
}

/** Also expired it is never taken from another installation: only its owner gives it up. */
function isForeign({ installation }: Lease, candidate: Candidate): boolean {
  return installation !== undefined && installation !== candidate.installation;
}

function see(before: Seen | undefined, lease: Lease, { candidate, now }: Moment): Seen {
  if (before?.lease.version === lease.version) return before;
  const patience = Math.max(candidate.leaseDuration, lease.duration ?? 0);
  return { lease, freeAt: lease.released ? now : now + patience };
}

/** A version that this process has written, or read while it led: whoever led since wrote another. */
function own(lease: Lease, { now }: Moment): Seen {
  return { lease, freeAt: now };
}

/** The answer to a write tells of it late: the deadline runs since before it was sent. */
function lead(state: Standby, { sentAt }: Call, lease: Lease, moment: Moment): Step {
  const until = sentAt + moment.candidate.renewDeadline;
  if (moment.now >= until) return wait({ ...state, seen: own(lease, moment) }, undefined, moment);
  const [next, effects] = hold({ name: 'leading', lease, until }, moment);
  return [next, [{ kind: 'report', report: { event: 'gained' } }, ...effects]];
}

function standbyFailed(state: Standby, call: Call, failure: Failure, moment: Moment): Step {
  if (call.kind === 'read' && failure.kind === 'absent') {
    const lease = vacant(moment.candidate, state.seen?.lease);
    return write(state, { kind: 'create', lease, informed: true }, moment);
  }
  // Somebody else was faster.
  const late =
    failure.kind === 'conflict' || (call.kind === 'replace' && failure.kind === 'absent');
  if (late) return wait(state, undefined, moment);
  return wait(state, { kind: 'failed', failure }, moment);
}

function whileLeading(state: Leading, input: Input, moment: Moment): Step {
  const { call, until } = state;
  switch (input.kind) {
    case 'stop':
      return stopLeading(state, moment);
    case 'timer':
      return call === undefined
        ? renew(state, state.lease, { informed: false }, moment)
        : [state, []];
    case 'written': {
      if (call === undefined) return [state, []];
      const renewed = Math.max(until, call.sentAt + moment.candidate.renewDeadline);
      return hold({ ...state, lease: input.lease, until: renewed }, moment);
    }
    case 'read':
      return call === undefined ? [state, []] : lookAgain(state, input.lease, moment);
    case 'failed':
      return call === undefined ? [state, []] : leadingFailed(state, call, input.failure, moment);
    case 'start':
      return [state, []];
  }
}

/** Somebody has edited the Lease, or taken it. */
function lookAgain(state: Leading, lease: Lease, moment: Moment): Step {
  const { candidate } = moment;
  const ours = lease.holder === candidate.identity || lease.vacant;
  if (ours && !isForeign(lease, candidate)) {
    return renew({ ...state, lease }, lease, { informed: true }, moment);
  }
  const why = `the Lease was given to ${lease.holder === '' ? 'nobody' : 'another'}`;
  return continued(lose(state, why, moment), { kind: 'read', lease }, moment);
}

function leadingFailed(state: Leading, call: Call, failure: Failure, moment: Moment): Step {
  if (call.kind === 'read' && failure.kind === 'absent') {
    return renew(state, undefined, { informed: true }, moment);
  }
  if (call.kind !== 'read' && failure.kind !== 'failed' && !call.informed) {
    const [next, effects] = look(state, moment);
    return [next, [{ kind: 'report', report: { event: 'slow' } }, ...effects]];
  }
  const [next, effects] = hold(state, moment);
  return [next, [{ kind: 'report', report: { event: 'unrenewed', failure } }, ...effects]];
}

/** No more writes from now on. What was under way goes on, and its outcome is heard as a standby. */
function lose(state: Leading, why: string, moment: Moment): readonly [Standby, readonly Effect[]] {
  const { lease, call } = state;
  const standby: Standby = {
    name: 'standby',
    seen: own(lease, moment),
    trouble: undefined,
    ...(call !== undefined && { call }),
  };
  return [standby, [{ kind: 'report', report: { event: 'lost', why } }]];
}

function continued([state, before]: Step, input: Input, moment: Moment): Step {
  const [next, after] = step(state, input, moment);
  return [next, [...before, ...after]];
}

function stopLeading(state: Leading, moment: Moment): Step {
  const lost: Effect = { kind: 'report', report: { event: 'lost' } };
  const [next, effects] = release(state, moment);
  return [next, [lost, ...effects]];
}

function look(state: Standby | Leading, moment: Moment): Step {
  const call: Call = { kind: 'read', sentAt: moment.now, informed: false };
  return [{ ...state, call }, [{ kind: 'read', timeout: timeoutOf(state, moment) }]];
}

/** Makes the Lease ours for another deadline: the one that was read, or a new one. */
function renew(
  state: Standby | Leading,
  before: Lease | undefined,
  { informed }: { informed: boolean },
  moment: Moment,
): Step {
  const kind = before === undefined ? 'create' : 'replace';
  const lease = heldBy(moment.candidate, before, moment.wallClock);
  return write(state, { kind, lease, informed }, moment);
}

function write(
  state: Standby | Leading,
  { kind, lease, informed }: { kind: 'create' | 'replace'; lease: object; informed: boolean },
  moment: Moment,
): Step {
  const call: Call = { kind, sentAt: moment.now, informed };
  return [{ ...state, call }, [{ kind, lease, timeout: timeoutOf(state, moment) }]];
}

/** Two attempts fit into a deadline; no call outlives the time for which the Lease is ours. */
function timeoutOf(state: Standby | Leading, { candidate, now }: Moment): number {
  const half = candidate.renewDeadline / 2;
  return state.name === 'leading' ? Math.min(half, state.until - now) : half;
}

/** Leads on, until the next renewal is due or none has come in time. */
function hold(state: Leading, moment: Moment): Step {
  const { call: _, ...resting } = state;
  const milliseconds = Math.min(pauseOf(moment), state.until - moment.now);
  return [resting, [{ kind: 'timer', milliseconds }]];
}

/** Waits as a standby, `longest` milliseconds at most. */
function wait(
  state: Standby,
  trouble: Trouble | undefined,
  moment: Moment,
  longest = Infinity,
): Step {
  const { call: _, ...resting } = state;
  const asked = trouble?.kind === 'failed' ? (trouble.failure.retryAfterSeconds ?? 0) * 1000 : 0;
  const bounded = Math.min(asked, moment.candidate.leaseDuration);
  const milliseconds = Math.min(Math.max(pauseOf(moment), bounded), longest);
  const news = trouble !== undefined && !isSame(trouble, state.trouble);
  const report: Effect[] = news ? [{ kind: 'report', report: { event: 'trouble', trouble } }] : [];
  return [{ ...resting, trouble }, [...report, { kind: 'timer', milliseconds }]];
}

function isSame(now: Trouble, before: Trouble | undefined): boolean {
  if (now.kind === 'foreign' && before?.kind === 'foreign') {
    return now.installation === before.installation;
  }
  return now.kind === before?.kind;
}

/** Between four fifths of the retry period and all of it: replicas do not stay in step. */
function pauseOf({ candidate, chance }: Moment): number {
  return candidate.retryPeriod * (1 - chance / 5);
}

function overdue({ renewDeadline }: Candidate): string {
  return `the Lease was not renewed for ${renewDeadline / 1000} s`;
}
