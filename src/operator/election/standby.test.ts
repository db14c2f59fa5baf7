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
  vacantLease,
  written,
} from './fixtures/steps.ts';
import { step } from './machine.ts';
import type { Input, Standby, State } from './state.ts';

const reading = standby({ call: call('read', 0) });
/** Has seen the Lease at zero, and looks again. */
const looking = (parts: LeaseParts = {}, freeAt = 15_000) =>
  standby({ seen: { lease: leaseOf(parts), freeAt }, call: call('read', 1_000) });

describe('a standby', () => {
  test.each<[string, State, Input, number, string]>([
    ['begins with a look', { name: 'idle' }, { kind: 'start' }, 0, 'standby read'],
    ['looks again after its pause', standby(), { kind: 'timer' }, 0, 'standby read'],
    ['makes a Lease where there is none', reading, failed('absent'), 0, 'standby create'],
    [
      'does not lead by that: whoever led before may not know that it was deleted',
      standby({ call: call('create', 0) }),
      { kind: 'written', lease: vacantLease() },
      0,
      'standby timer:2000',
    ],
    [
      'takes what it has made when it has stood for one duration',
      looking({ holder: '', installation: null, renewTime: undefined }),
      { kind: 'read', lease: vacantLease() },
      15_000,
      'standby replace',
    ],
    [
      'waits, when somebody holds the Lease, however old that says to be',
      reading,
      { kind: 'read', lease: leaseOf({ renewTime: '1999-01-01T00:00:00.000000Z' }) },
      0,
      'standby timer:2000',
    ],
    [
      'counts from when it has seen the last change',
      looking(),
      { kind: 'read', lease: leaseOf({ version: '8' }) },
      15_000,
      'standby timer:2000',
    ],
    [
      'counts anew for a Lease that was deleted and made again just as it was',
      looking(),
      { kind: 'read', lease: leaseOf({ version: '9' }) },
      15_000,
      'standby timer:2000',
    ],
    [
      'is there right when the time is up',
      looking(),
      { kind: 'read', lease: leaseOf() },
      14_600,
      'standby timer:400',
    ],
    [
      'takes a Lease that has not changed for its duration',
      looking(),
      { kind: 'read', lease: leaseOf() },
      15_000,
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
      'waits when it finds its own name, for anybody may have put it there',
      reading,
      { kind: 'read', lease: leaseOf({ holder: 'me' }) },
      0,
      'standby timer:2000',
    ],
    [
      'takes one that nobody has marked, when its time is up',
      looking({ installation: null }),
      { kind: 'read', lease: leaseOf({ installation: null }) },
      15_000,
      'standby replace',
    ],
    [
      'never takes one of another installation',
      looking({ installation: 'away' }),
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
      'waits when somebody was faster',
      standby({ call: call('replace', 0) }),
      failed('conflict'),
      0,
      'standby timer:2000',
    ],
    [
      'waits when what it was to replace is gone',
      standby({ call: call('replace', 0) }),
      failed('absent'),
      0,
      'standby timer:2000',
    ],
    ['goes on after a failure', reading, failed('failed'), 0, 'standby trouble timer:2000'],
    ['obeys Retry-After', reading, failed('failed', 7), 0, 'standby trouble timer:7000'],
    ['but not for ever', reading, failed('failed', 3600), 0, 'standby trouble timer:15000'],
    ['ends at once', reading, { kind: 'stop' }, 0, 'stopped close'],
    [
      'also with a write under way',
      standby({ call: call('replace', 0) }),
      { kind: 'stop' },
      0,
      'stopped close',
    ],
    ['does not hear late news', standby(), { kind: 'written', lease: leaseOf() }, 0, 'standby'],
  ])('%s', (_, state, input, now, expected) => {
    expect(short(step(state, input, at(now)))).toBe(expected);
  });

  test.each([
    ['no less than its own duration, for which somebody may have edited it', 1, 15_000],
    ['longer, if the holder asks for it', 60, 60_000],
    ['its own, where nobody could mean what the Lease says', -4, 15_000],
    ['ten minutes at most', 2 ** 31, 600_000],
  ])('waits %s', (_, seconds, expected) => {
    const [next] = step(reading, { kind: 'read', lease: leaseOf({ seconds }) }, at(1_000));
    expect(next).toMatchObject({ seen: { freeAt: 1_000 + expected } });
  });

  test('makes a Lease that nobody holds, marked as nobody’s, and for as long as the last one said', () => {
    const made = step(looking({ seconds: 60 }), failed('absent'), at(2_000));
    expect(written(made)).toEqual({ leaseDurationSeconds: 60 });
    expect(made[1]).toMatchObject([
      { lease: { metadata: { namespace: 'kube-system', name: 'appconnectivity' } } },
    ]);
    expect(JSON.stringify(made[1])).not.toContain('installation');
  });

  test('leads until the deadline after its write was sent, not after it was answered', () => {
    const state = standby({ call: call('replace', 1_000) });
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
    const taken = step(looking(), { kind: 'read', lease }, at(15_000));
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
