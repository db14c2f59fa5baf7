import { describe, expect, test } from '@jest/globals';
import type { RequestOptions } from '../../kube/calls.ts';
import { causes, KubeError } from '../../kube/errors.ts';
import { createFakeClock } from '../watch/fixtures/fake-clock.ts';
import { createElection } from './election.ts';
import { ScriptedLease } from './fixtures/scripted-lease.ts';
import { pace } from './fixtures/simulation.ts';
import type { Report } from './state.ts';

type Call = (method: string, body: unknown, options: RequestOptions) => Promise<unknown>;

/** An election over a Lease of the test's, with calls that fail as the test says. */
function setUp(over: (call: Call) => Call = (call) => call) {
  const lease = new ScriptedLease();
  const clock = createFakeClock();
  const reports: Report['event'][] = [];
  const logged: string[] = [];
  const methods: string[] = [];
  const serve: Call = (method, body) => {
    const answer =
      method === 'GET'
        ? lease.read()
        : method === 'POST'
          ? lease.create(body as object)
          : lease.replace(body as object);
    if ('lease' in answer) return Promise.resolve({ ...answer.lease });
    const absent = answer.failure.kind === 'absent';
    const details = absent
      ? { status: 404, reason: 'NotFound' }
      : { status: 409, reason: method === 'POST' ? 'AlreadyExists' : 'Conflict' };
    return Promise.reject(new KubeError(answer.failure.message, details));
  };
  const call = over(serve);
  const log = (_: object, message: string) => void logged.push(message);
  const election = createElection({
    client: {
      request: (method, _path, options = {}) => {
        methods.push(method);
        return call(method, options.body, options);
      },
    },
    candidate: { ...pace, identity: 'me', installation: 'home' },
    clock,
    wallClock: () => 0,
    random: () => 0,
    log: { debug: log, info: log, warn: log, error: log },
    onReport: ({ event }) => void reports.push(event),
  });
  return { lease, clock, reports, logged, methods, election, leadership: election.leadership };
}

const other = { holderIdentity: 'other', leaseDurationSeconds: 15, renewTime: '1' };
const made = (spec: object, annotations = {}) => ({ metadata: { annotations }, spec });

describe('an election', () => {
  test('is won where nobody else is, renewed, and given back at the end', async () => {
    const { election, leadership, clock, lease, methods } = setUp();
    expect(leadership.isLeader()).toBe(false);
    expect(leadership.signal.aborted).toBe(true);
    const told: boolean[] = [];
    leadership.onChange((leads) => told.push(leads));
    election.start();
    await clock.advance(pace.leaseDuration - 1);
    expect(leadership.isLeader()).toBe(false);
    expect(methods.filter((method) => method !== 'GET')).toEqual(['POST']);
    await clock.advance(1);
    expect(leadership.isLeader()).toBe(true);
    expect(leadership.remaining()).toBe(pace.renewDeadline);
    expect(leadership.signal.aborted).toBe(false);
    await clock.advance(60_000);
    expect(leadership.isLeader()).toBe(true);
    expect(methods.slice(-3)).toEqual(['PUT', 'PUT', 'PUT']);
    const { signal } = leadership;
    await election.stop();
    expect(signal.aborted).toBe(true);
    expect(leadership.remaining()).toBe(0);
    expect(lease.holders).toEqual(['', 'me', '']);
    expect(told).toEqual([true, false]);
    expect(clock.pending()).toBe(0);
  });

  test('that nobody has begun ends without a call', async () => {
    const { election, methods } = setUp();
    await election.stop();
    expect(methods).toEqual([]);
  });

  test.each<[string, () => unknown]>([
    ['no right to it', () => Promise.reject(new KubeError('forbidden', { status: 403 }))],
    ['a server that fails', () => Promise.reject(new KubeError('oh', { status: 500 }))],
    ['no answer', () => Promise.reject(new KubeError('late', { causeCode: causes.timeout }))],
    ['a proxy that says 404', () => Promise.reject(new KubeError('nothing', { status: 404 }))],
    ['a client that throws', () => Promise.reject(new Error('a bug'))],
    ['something else that is thrown', () => Promise.reject('no error')],
    ['an answer that is no Lease', () => Promise.resolve({ kind: 'Lease', metadata: {} })],
    ['no answer at all', () => Promise.resolve(undefined)],
  ])('is survived, and waits, with %s', async (_, answer) => {
    let well = false;
    const { election, leadership, clock, lease, logged } = setUp(
      (call) =>
        (...args) =>
          well ? call(...args) : (answer() as Promise<unknown>),
    );
    election.start();
    await clock.advance(60_000);
    expect(leadership.isLeader()).toBe(false);
    expect(election.trouble()?.kind).toBe('failed');
    expect(lease.holders).toEqual([]);
    expect(logged.filter((message) => message.includes('cannot be held'))).toHaveLength(1);
    well = true;
    await clock.advance(pace.retryPeriod);
    expect(election.trouble()).toBeUndefined();
    await clock.advance(pace.leaseDuration);
    expect(leadership.isLeader()).toBe(true);
  });

  test('is lost at the deadline when the server hangs, and won again afterwards', async () => {
    let hangs = false;
    const { election, leadership, clock, reports } = setUp(
      (call) => (method, body, options) => (hangs ? timeOut(options) : call(method, body, options)),
    );
    function timeOut({ timeoutMilliseconds = 0 }: RequestOptions): Promise<unknown> {
      return new Promise((_, reject) => {
        clock.setTimer(timeoutMilliseconds, () =>
          reject(new KubeError('late', { causeCode: causes.timeout })),
        );
      });
    }
    election.start();
    await clock.advance(pace.leaseDuration);
    const { signal } = leadership;
    hangs = true;
    await clock.advance(pace.renewDeadline - 1);
    expect(leadership.isLeader()).toBe(true);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(leadership.isLeader()).toBe(false);
    expect(signal.aborted).toBe(true);
    hangs = false;
    await clock.advance(10_000);
    expect(leadership.isLeader()).toBe(true);
    expect(leadership.signal).not.toBe(signal);
    expect(reports.filter((event) => event === 'gained' || event === 'lost')).toEqual([
      ...['gained', 'lost', 'gained'],
    ]);
  });

  test('knows by its clock alone that it is over, before any timer has fired', async () => {
    const { election, leadership, clock } = setUp();
    election.start();
    await clock.advance(pace.leaseDuration);
    const { now } = clock;
    Object.assign(clock, { now: () => now() + pace.renewDeadline });
    expect(leadership.remaining()).toBe(0);
    expect(leadership.isLeader()).toBe(false);
  });

  test('is waited for while another holds the Lease, and lost to whoever is written into it', async () => {
    const { election, leadership, clock, lease, logged } = setUp();
    lease.create(made(other, {}));
    election.start();
    await clock.advance(pace.leaseDuration - 1);
    expect(leadership.isLeader()).toBe(false);
    expect(logged).toContain('another process leads; this one stands by');
    await clock.advance(1);
    expect(leadership.isLeader()).toBe(true);
    lease.edit({ spec: other });
    await clock.advance(pace.retryPeriod);
    expect(leadership.isLeader()).toBe(false);
  });

  test('is not begun over the Lease of another installation', async () => {
    const { election, leadership, clock, lease, logged } = setUp();
    lease.create(made(other, { 'appconnectivity.dev/installation': 'aw\u0000ay' }));
    election.start();
    await clock.advance(600_000);
    expect(leadership.isLeader()).toBe(false);
    expect(lease.holders).toEqual(['other']);
    expect(logged).toEqual([
      'the Lease kube-system/appconnectivity belongs to the operator in namespace aw ay; this one, of namespace home, writes nothing. Remove one of the two; to hand over to this one, remove the other and then delete the Lease',
    ]);
  });

  test('goes on when somebody who is told of it throws, or ends it there and then', async () => {
    const { election, leadership, clock, lease } = setUp();
    leadership.onChange(() => {
      throw new Error('a bug');
    });
    const stopped: Promise<void>[] = [];
    leadership.onChange((leads) => {
      if (leads && clock.now() > pace.leaseDuration) stopped.push(election.stop());
    });
    election.start();
    await clock.advance(30_000);
    expect(leadership.isLeader()).toBe(true);
    lease.edit({ spec: other });
    await clock.advance(30_000);
    await Promise.all(stopped);
    expect(stopped).toHaveLength(1);
    expect(lease.holders).toEqual(['', 'me', 'other', 'me', '']);
    expect(clock.pending()).toBe(0);
  });
});
