import { describe, expect, test } from '@jest/globals';
import { pace } from './fixtures/simulation.ts';
import { installationAnnotation, type Lease, readLease } from './lease.ts';
import { step } from './machine.ts';
import type {
  Call,
  Effect,
  Failure,
  Input,
  Leading,
  Moment,
  Standby,
  State,
  Step,
} from './state.ts';

const candidate = { ...pace, identity: 'me', installation: 'home' };

function at(now: number, chance = 0): Moment {
  return { candidate, now, wallClock: 1_795_000_000_000, chance };
}

interface LeaseParts {
  readonly holder?: string;
  readonly seconds?: unknown;
  readonly installation?: string | null;
  readonly renewTime?: string;
}

function leaseOf(parts: LeaseParts = {}): Lease {
  const { holder = 'other', seconds = 15, installation = 'home', renewTime = '1' } = parts;
  const annotations = installation === null ? {} : { [installationAnnotation]: installation };
  const lease = readLease({
    metadata: { name: 'appconnectivity', uid: 'u', resourceVersion: '7', annotations },
    spec: { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime, leaseTransitions: 3 },
  });
  if (lease === undefined) throw new Error('not a Lease');
  return lease;
}

function call(kind: Call['kind'], sentAt: number, informed = true): Call {
  return { kind, sentAt, informed };
}

function failed(kind: Failure['kind'], retryAfterSeconds?: number): Input {
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { kind: 'failed', failure: { kind, message: 'no', ...wait } };
}

function standby(parts: Partial<Standby> = {}): Standby {
  return { name: 'standby', trouble: undefined, ...parts };
}

function leading(parts: Partial<Leading> = {}): Leading {
  return { name: 'leading', lease: leaseOf({ holder: 'me' }), until: 10_000, ...parts };
}

/** What a step leads to, in short: the state, then effects without what they carry. */
function short([state, effects]: Step): string {
  return [state.name, ...effects.map(nameOf)].join(' ');
}

function nameOf(effect: Effect): string {
  if (effect.kind === 'report') return effect.report.event;
  return effect.kind === 'timer' ? `timer:${effect.milliseconds}` : effect.kind;
}

/** The spec of the Lease that a step writes. */
function written([, effects]: Step): Record<string, unknown> {
  const effect = effects.find(({ kind }) => kind === 'create' || kind === 'replace');
  if (effect === undefined || !('lease' in effect)) throw new Error('nothing is written');
  return (effect.lease as { spec: Record<string, unknown> }).spec;
}

const reading = standby({ call: call('read', 0) });
const seenAt = (since: number, parts: LeaseParts = {}, gone = false) =>
  standby({ seen: { lease: leaseOf(parts), gone, since }, call: call('read', since) });

describe('a standby', () => {
  test.each<[string, State, Input, number, string]>([
    ['begins with a look', { name: 'idle' }, { kind: 'start' }, 0, 'standby read'],
    ['looks again after its pause', standby(), { kind: 'timer' }, 0, 'standby read'],
    ['makes a Lease where there never was one', reading, failed('absent'), 0, 'standby create'],
    [
      'waits, when somebody holds the Lease, however old that says to be',
      reading,
      { kind: 'read', lease: leaseOf({ renewTime: '1999-01-01T00:00:00.000000Z' }) },
      0,
      'standby timer:2000',
    ],
    [
      'counts from when it has seen the last change',
      seenAt(0),
      { kind: 'read', lease: leaseOf({ renewTime: '2' }) },
      15_000,
      'standby timer:2000',
    ],
    [
      'is there right when the time is up',
      seenAt(0),
      { kind: 'read', lease: leaseOf() },
      14_600,
      'standby timer:400',
    ],
    [
      'takes a Lease that has not changed for its duration',
      seenAt(0),
      { kind: 'read', lease: leaseOf() },
      15_000,
      'standby replace',
    ],
    [
      'waits for a longer duration than its own, if the holder asks for one',
      seenAt(0, { seconds: 60 }),
      { kind: 'read', lease: leaseOf({ seconds: 60 }) },
      59_000,
      'standby timer:1000',
    ],
    [
      'does not believe a shorter one, for which somebody may have edited it',
      seenAt(0, { seconds: 1 }),
      { kind: 'read', lease: leaseOf({ seconds: 1 }) },
      14_000,
      'standby timer:1000',
    ],
    [
      'takes one that nobody could mean for its own',
      seenAt(0, { seconds: -4 }),
      { kind: 'read', lease: leaseOf({ seconds: -4 }) },
      15_000,
      'standby replace',
    ],
    [
      'waits ten minutes at most, whatever the Lease says',
      seenAt(0, { seconds: 2 ** 31 }),
      { kind: 'read', lease: leaseOf({ seconds: 2 ** 31 }) },
      600_000,
      'standby replace',
    ],
    [
      'takes a Lease at once that was given back',
      reading,
      { kind: 'read', lease: leaseOf({ holder: '', seconds: 1 }) },
      0,
      'standby replace',
    ],
    [
      'waits when the holder was merely emptied, for it may not know yet',
      reading,
      { kind: 'read', lease: leaseOf({ holder: '' }) },
      0,
      'standby timer:2000',
    ],
    [
      'takes a Lease that is its own',
      reading,
      { kind: 'read', lease: leaseOf({ holder: 'me' }) },
      0,
      'standby replace',
    ],
    [
      'takes one that nobody has marked, when its time is up',
      seenAt(0, { installation: null }),
      { kind: 'read', lease: leaseOf({ installation: null }) },
      15_000,
      'standby replace',
    ],
    [
      'never takes one of another installation',
      seenAt(0, { installation: 'away' }),
      { kind: 'read', lease: leaseOf({ installation: 'away' }) },
      9_000_000,
      'standby trouble timer:2000',
    ],
    [
      'not even one that was given back',
      reading,
      { kind: 'read', lease: leaseOf({ installation: 'away', holder: '', seconds: 1 }) },
      0,
      'standby trouble timer:2000',
    ],
    [
      'waits when the Lease was deleted, for its holder may not know yet',
      seenAt(0),
      failed('absent'),
      20_000,
      'standby timer:2000',
    ],
    [
      'makes it anew when nobody else has',
      seenAt(20_000, {}, true),
      failed('absent'),
      35_000,
      'standby create',
    ],
    [
      'waits when somebody was faster',
      standby({ call: call('write', 0) }),
      failed('conflict'),
      0,
      'standby timer:2000',
    ],
    ['goes on after a failure', reading, failed('failed'), 0, 'standby trouble timer:2000'],
    ['obeys Retry-After', reading, failed('failed', 7), 0, 'standby trouble timer:7000'],
    ['but not for ever', reading, failed('failed', 3600), 0, 'standby trouble timer:15000'],
    ['ends at once', reading, { kind: 'stop' }, 0, 'stopped close'],
    [
      'looks what became of its write before it ends',
      standby({ call: call('write', 0) }),
      { kind: 'stop' },
      0,
      'releasing close read',
    ],
    ['does not hear late news', standby(), { kind: 'written', lease: leaseOf() }, 0, 'standby'],
  ])('%s', (_, state, input, now, expected) => {
    expect(short(step(state, input, at(now)))).toBe(expected);
  });

  test('leads until the deadline after its write was sent, not after it was answered', () => {
    const state = standby({ call: call('write', 1_000) });
    const [next] = step(state, { kind: 'written', lease: leaseOf({ holder: 'me' }) }, at(4_000));
    expect(next).toMatchObject({ name: 'leading', until: 11_000 });
    const late = step(state, { kind: 'written', lease: leaseOf({ holder: 'me' }) }, at(11_000));
    expect(short(late)).toBe('standby timer:2000');
  });

  test('says once why it cannot lead, and says when it can again', () => {
    const [first, said] = step(reading, failed('failed'), at(0));
    expect(said.map(nameOf)).toContain('trouble');
    const again = { ...(first as Standby), call: call('read', 2_000) };
    expect(step(again, failed('failed'), at(2_000))[1].map(nameOf)).not.toContain('trouble');
    const well = step(again, { kind: 'read', lease: leaseOf() }, at(2_000));
    expect(short(well)).toBe('standby standby timer:2000');
  });

  test('counts who held the Lease, and keeps what is not its own', () => {
    const lease = leaseOf();
    const taken = step(seenAt(0), { kind: 'read', lease }, at(15_000));
    expect(written(taken)).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-18T11:06:40.000000Z',
      renewTime: '2026-11-18T11:06:40.000000Z',
      leaseTransitions: 4,
    });
    expect(taken[1]).toMatchObject([
      { lease: { metadata: { uid: 'u', resourceVersion: '7', name: 'appconnectivity' } } },
    ]);
  });
});

describe('a leader', () => {
  test.each<[string, State, Input, number, string]>([
    ['renews without a look', leading(), { kind: 'timer' }, 2_000, 'leading replace'],
    [
      'looks when the Lease is another than it knows',
      leading({ call: call('write', 2_000, false) }),
      failed('conflict'),
      2_000,
      'leading slow read',
    ],
    [
      'makes its Lease anew when somebody has deleted it',
      leading({ call: call('read', 2_000) }),
      failed('absent'),
      2_000,
      'leading create',
    ],
    [
      'puts right what somebody has edited',
      leading({ call: call('read', 2_000) }),
      { kind: 'read', lease: leaseOf({ holder: 'me', installation: null, seconds: 1 }) },
      2_000,
      'leading replace',
    ],
    [
      'gives way to whoever was written into it',
      leading({ call: call('read', 2_000) }),
      { kind: 'read', lease: leaseOf({ holder: 'other' }) },
      2_000,
      'standby lost timer:2000',
    ],
    [
      'gives way when the cluster is handed over to another installation',
      leading({ call: call('read', 2_000) }),
      { kind: 'read', lease: leaseOf({ holder: 'me', installation: 'away' }) },
      2_000,
      'standby lost trouble timer:2000',
    ],
    [
      'tries again after a failure',
      leading({ call: call('write', 2_000, false) }),
      failed('failed'),
      7_000,
      'leading unrenewed timer:2000',
    ],
    [
      'but not beyond its deadline',
      leading({ call: call('write', 4_000, false) }),
      failed('failed'),
      9_000,
      'leading unrenewed timer:1000',
    ],
    ['stops at the deadline', leading(), { kind: 'timer' }, 10_000, 'standby lost read'],
    [
      'that hears too late that it has renewed leads anew, and tells of both',
      leading({ call: call('write', 9_000, false) }),
      { kind: 'written', lease: leaseOf({ holder: 'me' }) },
      12_000,
      'leading lost gained timer:2000',
    ],
    ['gives its Lease back', leading(), { kind: 'stop' }, 2_000, 'releasing lost close replace'],
    [
      'looks first, when a renewal is under way',
      leading({ call: call('write', 2_000, false) }),
      { kind: 'stop' },
      2_000,
      'releasing lost close read',
    ],
  ])('%s', (_, state, input, now, expected) => {
    expect(short(step(state, input, at(now)))).toBe(expected);
  });

  test('has the time since its renewal was sent, and never less than before', () => {
    const renew = leading({ call: call('write', 2_000, false) });
    const lease = leaseOf({ holder: 'me', renewTime: '2' });
    const [next] = step(renew, { kind: 'written', lease }, at(6_000));
    expect(next).toMatchObject({ name: 'leading', until: 12_000, lease });
  });

  test('gives no call more time than it has left, nor so much that there is no second one', () => {
    expect(step(leading(), { kind: 'timer' }, at(2_000))[1]).toMatchObject([{ timeout: 5_000 }]);
    expect(step(leading(), { kind: 'timer' }, at(9_300))[1]).toMatchObject([{ timeout: 700 }]);
  });

  test('writes another time at every renewal, also where the clock stands still', () => {
    const first = written(step(leading(), { kind: 'timer' }, at(0)));
    const held = leaseOf({ holder: 'me', renewTime: String(first.renewTime) });
    const second = written(step(leading({ lease: held }), { kind: 'timer' }, at(2_000)));
    expect(second.renewTime).not.toBe(first.renewTime);
    expect(second.leaseTransitions).toBe(3);
  });

  test('waits between four fifths of the retry period and all of it', () => {
    const state = leading({ call: call('write', 0) });
    const input: Input = { kind: 'written', lease: leaseOf({ holder: 'me' }) };
    expect(short(step(state, input, at(0, 0)))).toBe('leading timer:2000');
    expect(short(step(state, input, at(0, 0.5)))).toBe('leading timer:1800');
  });
});

describe('whoever gives the Lease back', () => {
  const releasing = (kind: Call['kind'], again = false): State => ({
    name: 'releasing',
    call: call(kind, 0),
    again,
  });

  test.each<[string, State, Input, string]>([
    [
      'has ended when it is written',
      releasing('write'),
      { kind: 'written', lease: leaseOf() },
      'stopped',
    ],
    [
      'looks again when it was changed meanwhile',
      releasing('write'),
      failed('conflict'),
      'releasing read',
    ],
    ['once', releasing('write', true), failed('conflict'), 'stopped'],
    ['does not wait for a server that fails', releasing('write'), failed('failed'), 'stopped'],
    [
      'leaves it to whoever has it now',
      releasing('read'),
      { kind: 'read', lease: leaseOf() },
      'stopped',
    ],
    [
      'gives back what it finds to be its own',
      releasing('read'),
      { kind: 'read', lease: leaseOf({ holder: 'me' }) },
      'releasing replace',
    ],
  ])('%s', (_, state, input, expected) => {
    expect(short(step(state, input, at(0)))).toBe(expected);
  });

  test('leaves nobody and the shortest duration, as client-go does, and not another owner', () => {
    const lease = leaseOf({ holder: 'me', installation: 'away' });
    const given = step(releasing('read'), { kind: 'read', lease }, at(0));
    expect(written(given)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(given[1]).toMatchObject([
      { lease: { metadata: { annotations: { [installationAnnotation]: 'away' } } } },
    ]);
  });
});

test.each<Input>([{ kind: 'start' }, { kind: 'timer' }, { kind: 'stop' }, failed('failed')])(
  'nothing wakes a candidate that has stopped: %j',
  (input) => {
    expect(step({ name: 'stopped' }, input, at(0))).toEqual([{ name: 'stopped' }, []]);
  },
);
