import { describe, expect, test } from '@jest/globals';
import {
  at,
  call,
  failed,
  leading,
  leaseOf,
  short,
  vacantLease,
  written,
} from './fixtures/steps.ts';
import { installationAnnotation } from './lease.ts';
import { step } from './machine.ts';
import type { Call, Input, State } from './state.ts';

describe('a leader', () => {
  test.each<[string, State, Input, number, string]>([
    ['renews without a look', leading(), { kind: 'timer' }, 2_000, 'leading replace'],
    [
      'looks when the Lease is another than it knows',
      leading({ call: call('replace', 2_000, false) }),
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
      'takes back what a standby has made where there was none',
      leading({ call: call('read', 2_000) }),
      { kind: 'read', lease: vacantLease() },
      2_000,
      'leading replace',
    ],
    [
      'gives way when somebody empties the holder',
      leading({ call: call('read', 2_000) }),
      { kind: 'read', lease: leaseOf({ holder: '', version: '8' }) },
      2_000,
      'standby lost timer:2000',
    ],
    [
      'gives way to whoever was written into it',
      leading({ call: call('read', 2_000) }),
      { kind: 'read', lease: leaseOf({ holder: 'other', version: '8' }) },
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
      leading({ call: call('replace', 2_000, false) }),
      failed('failed'),
      7_000,
      'leading unrenewed timer:2000',
    ],
    [
      'but not beyond its deadline',
      leading({ call: call('replace', 4_000, false) }),
      failed('failed'),
      9_000,
      'leading unrenewed timer:1000',
    ],
    ['stops at the deadline', leading(), { kind: 'timer' }, 10_000, 'standby lost read'],
    [
      'that hears too late that it has renewed leads anew, and tells of both',
      leading({ call: call('replace', 9_000, false) }),
      { kind: 'written', lease: leaseOf({ holder: 'me' }) },
      12_000,
      'leading lost gained timer:2000',
    ],
    [
      'that hears too late that it has made the Lease anew waits: others may have led meanwhile',
      leading({ call: call('create', 9_000) }),
      { kind: 'written', lease: leaseOf({ holder: 'me', version: '9' }) },
      12_000,
      'standby lost timer:2000',
    ],
    [
      'that hears in time that it has made the Lease anew leads on',
      leading({ call: call('create', 2_000) }),
      { kind: 'written', lease: leaseOf({ holder: 'me', version: '9' }) },
      3_000,
      'leading timer:2000',
    ],
    ['gives its Lease back', leading(), { kind: 'stop' }, 2_000, 'releasing lost close replace'],
    [
      'looks first, when a renewal is under way',
      leading({ call: call('replace', 2_000, false) }),
      { kind: 'stop' },
      2_000,
      'releasing lost close read',
    ],
  ])('%s', (_, state, input, now, expected) => {
    expect(short(step(state, input, at(now)))).toBe(expected);
  });

  test('has the time since its renewal was sent, and never less than before', () => {
    const renew = leading({ call: call('replace', 2_000, false) });
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
    const state = leading({ call: call('replace', 0) });
    const input: Input = { kind: 'written', lease: leaseOf({ holder: 'me' }) };
    expect(short(step(state, input, at(0, 0)))).toBe('leading timer:2000');
    expect(short(step(state, input, at(0, 0.5)))).toBe('leading timer:1800');
  });
});

describe('whoever gives the Lease back', () => {
  const releasing = (kind: Call['kind'], again = false): State => ({
    name: 'releasing',
    call: call(kind, 0),
    until: 10_000,
    again,
  });

  test.each<[string, State, Input, string]>([
    [
      'has ended when it is written',
      releasing('replace'),
      { kind: 'written', lease: leaseOf() },
      'stopped',
    ],
    [
      'looks again when it was changed meanwhile',
      releasing('replace'),
      failed('conflict'),
      'releasing read',
    ],
    ['once', releasing('replace', true), failed('conflict'), 'stopped'],
    ['does not wait for a server that fails', releasing('replace'), failed('failed'), 'stopped'],
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

  test('leaves it when another may have led meanwhile, whatever name stands in it', () => {
    const read: Input = { kind: 'read', lease: leaseOf({ holder: 'me' }) };
    expect(short(step(releasing('read'), read, at(10_000)))).toBe('stopped');
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
