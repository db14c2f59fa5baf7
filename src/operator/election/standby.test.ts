import { describe, expect, test } from '@jest/globals';
import {
  at,
  call,
  failed,
  type LeaseParts,
  leaseOf,
  nameOf,
  short,
  standby,
  written,
} from './fixtures/steps.ts';
import { step } from './machine.ts';
import type { Input, Standby, State } from './state.ts';

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
