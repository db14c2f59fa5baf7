import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Key, keyOf } from '../model/identity.ts';
import { type Answer, Breaker, type BreakerEvent, type Scope, wholeCluster } from './breaker.ts';

const limits = { policies: 10, share: 0.2, window: 300_000, expiry: 3_600_000 };

let breaker: Breaker;
let now = 0;
let live = 20;
let gone = new Set<string>();
let released: Scope[] = [];
let events: BreakerEvent[] = [];

beforeEach(() => {
  breaker = new Breaker(limits);
  now = 0;
  live = 20;
  gone = new Set();
  released = [];
  events = [];
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const context = () => ({
  now,
  live: (_: Scope, apartFrom: ReadonlySet<string>) =>
    live - [...apartFrom].filter((policy) => !gone.has(policy)).length,
  isReleased: (scope: Scope) => released.includes(scope),
});

const keyIn = (index: number, namespace = 'shop'): Key =>
  keyOf({ kind: 'Deployment', namespace, name: `app-${index}` });

function ask(index: number, namespace = 'shop', losses = [`${namespace}/${index}`]): Answer {
  const answer = breaker.ask({ key: keyIn(index, namespace), losses, ...context() });
  events.push(...answer.events);
  return answer;
}

/** Asks, and loses the policy where that may be; true when it was. */
function lose(index: number, namespace = 'shop'): boolean {
  if (ask(index, namespace).holds !== undefined) return false;
  const counts = !released.includes(namespace) && !released.includes(wholeCluster);
  const loss = { policy: `${namespace}/${index}`, at: now, counts };
  breaker.lost(keyIn(index, namespace), loss);
  live -= 1;
  gone.add(loss.policy);
  ask(index, namespace, []);
  return true;
}

function begin(): void {
  events.push(...breaker.begin(context()));
}

const loseMany = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => lose(from + index)).filter(Boolean).length;

describe('The breaker', () => {
  test('lets ten policies go in five minutes, and stops and asks at the eleventh', () => {
    begin();
    expect(loseMany(15)).toBe(10);
    expect(events).toMatchObject([
      { type: 'tripped', trip: { scope: '', lost: 11, all: 20 } },
      { type: 'tripped', trip: { scope: 'shop', lost: 11 } },
    ]);
    now += limits.window;
    expect(lose(11)).toBe(false);
  });

  test('lets any number go that is no more than a fifth of ours', () => {
    begin();
    live = 1000;
    expect(loseMany(200)).toBe(200);
    expect(lose(200)).toBe(false);
  });

  test('counts a policy once, and forgets what is older than the window', () => {
    begin();
    for (let round = 0; round < 30; round++) {
      expect(lose(0)).toBe(true);
      live += 1;
    }
    for (let index = 0; index < 30; index++) {
      now += limits.window / 5;
      live += 1;
      expect(lose(index)).toBe(true);
    }
    expect(events).toEqual([]);
  });

  test('remembers nothing of thousands of namespaces that lost their policies long ago', async () => {
    begin();
    const losses = Array.from({ length: 3000 }, (_, index) => {
      now += limits.window / 5;
      const namespace = `preview-${index}`;
      const policy = `${namespace}/app`;
      const loss = { policy, at: now, counts: true };
      expect(ask(0, namespace, [policy]).holds).toBeUndefined();
      breaker.lost(keyIn(0, namespace), loss);
      breaker.ended(keyIn(0, namespace));
      return new WeakRef(loss);
    });
    // Until the step that made it is over, a WeakRef holds what it refers to.
    await setImmediate();
    collectGarbage();
    const known = losses.filter((loss) => loss.deref() !== undefined);
    expect(known.length).toBeLessThan(10);
  });

  test('lets nothing go before the first plan is known whole, and then counts it whole', () => {
    for (let index = 0; index < 11; index++) expect(lose(index)).toBe(false);
    begin();
    expect(events).toMatchObject([{ trip: { scope: '' } }, { trip: { scope: 'shop' } }]);
    expect(lose(0)).toBe(false);
    expect(breaker.held('shop')).toHaveLength(11);
  });

  test('names the same policies in whatever order keys were looked at before that', () => {
    const first = Array.from({ length: 11 }, (_, index) => index);
    for (const order of [first, first.toReversed()]) {
      breaker = new Breaker(limits);
      for (const index of order) lose(index);
      begin();
      expect([...breaker.trips.values()].map(({ policies }) => policies.join())).toEqual([
        ...['shop/0,shop/1,shop/10,shop/2,shop/3', 'shop/0,shop/1,shop/10,shop/2,shop/3'],
      ]);
    }
  });

  test('a first plan within the limits goes on', () => {
    for (let index = 0; index < 10; index++) lose(index);
    begin();
    expect(loseMany(10)).toBe(10);
  });

  test('a person releases a namespace: its losses pass and do not count elsewhere', () => {
    begin();
    loseMany(11);
    expect(lose(1, 'other')).toBe(false);
    released = ['shop'];
    expect(lose(10)).toBe(true);
    expect(events.at(-1)).toMatchObject({
      type: 'closed',
      why: 'released',
      trip: { scope: 'shop' },
    });
    expect(lose(1, 'other')).toBe(false);
    released = [wholeCluster];
    expect(lose(1, 'other')).toBe(true);
    expect(breaker.trips.size).toBe(0);
  });

  test('closes by itself when nothing wants to be lost any more, or when it expires', () => {
    begin();
    loseMany(11);
    ask(10, 'shop', []);
    expect(events.slice(-2)).toMatchObject([{ why: 'gone' }, { why: 'gone' }]);
    for (let index = 20; index < 60; index++) lose(index);
    expect(breaker.trips.size).toBe(2);
    now += limits.expiry;
    live = 100;
    expect(loseMany(40, 20)).toBe(40);
    expect(events.slice(-2)).toMatchObject([{ why: 'expired' }, { why: 'expired' }]);
  });

  test('that of the cluster expires for all that no breaker of a namespace holds', () => {
    begin();
    loseMany(11);
    now += limits.expiry / 2;
    expect(ask(0, 'other').holds).toBe(wholeCluster);
    now += limits.expiry / 2;
    for (let index = 0; index < 20; index++) expect(lose(index, 'other')).toBe(true);
  });

  test('that of a namespace expires for itself: the breaker of the cluster goes on holding it', () => {
    begin();
    const losing = (namespace: string, cluster: number) => {
      const losses = Array.from({ length: 11 }, (_, index) => `${namespace}/${index}`);
      const live = (scope: Scope) => (scope === wholeCluster ? cluster : 10);
      const question = { key: keyIn(0, namespace), losses, ...context(), live };
      return breaker.ask(question).holds;
    };
    expect(losing('shop', 1000)).toBe('shop');
    now += limits.expiry / 2;
    expect(losing('other', 10)).toBe(wholeCluster);
    now += limits.expiry / 2;
    expect(losing('shop', 10)).toBe(wholeCluster);
    expect([...breaker.trips.keys()]).toEqual([wholeCluster, 'other']);
    for (const end = now + limits.expiry / 2; now < end; now += limits.window / 2) {
      expect(losing('shop', 10)).toBe(wholeCluster);
    }
    expect(losing('shop', 10)).toBeUndefined();
  });

  test('goes on counting when it closes because nothing wants to be lost any more', () => {
    begin();
    loseMany(11);
    ask(10, 'shop', []);
    expect(breaker.trips.size).toBe(0);
    expect(lose(11)).toBe(false);
    now += limits.window;
    ask(11, 'shop', []);
    live += 10;
    expect(lose(11)).toBe(true);
  });

  test('closes once the last of what it held is lost, although nobody asks again', () => {
    begin();
    loseMany(11);
    released = [wholeCluster];
    expect(ask(10).holds).toBeUndefined();
    expect([...breaker.trips.keys()]).toEqual(['shop']);
    breaker.lost(keyIn(10), { policy: 'shop/10', at: now, counts: false });
    expect(breaker.settle(keyIn(10), context())).toMatchObject([
      { type: 'closed', why: 'gone', trip: { scope: 'shop' } },
    ]);
    expect(breaker.held(wholeCluster)).toEqual([]);
  });

  test('counts together what runs at the same time, until a run is over', () => {
    begin();
    const asked = Array.from({ length: 30 }, (_, index) => ask(index).holds === undefined);
    expect(asked.filter(Boolean)).toHaveLength(10);
    expect(asked.indexOf(false)).toBe(10);
  });

  test.each([
    ['are', 20, []],
    ['are not', 18, ['shop/0', 'shop/1']],
  ])('tells of how many, whether those just deleted %s known as live', (_, known, deleted) => {
    begin();
    for (let index = 0; index < 10; index++) ask(index);
    gone = new Set(deleted);
    live = known;
    ask(10);
    expect(events).toMatchObject([
      { trip: { lost: 11, all: 20 } },
      { trip: { lost: 11, all: 20 } },
    ]);
  });

  test('does not count what a run was allowed to lose and did not', () => {
    begin();
    for (let index = 0; index < 30; index++) {
      expect(ask(index).holds).toBeUndefined();
      breaker.ended(keyIn(index));
    }
    expect(loseMany(10)).toBe(10);
  });

  test('never more than the limits go unless somebody says so, whoever asks in what order', () => {
    const step = fc.record({
      index: fc.nat(60),
      namespace: fc.constantFrom('shop', 'billing'),
      pause: fc.nat(40_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const own = new Breaker(limits);
        own.begin({ now: 0, live: () => 30, isReleased: () => false });
        const gone: { policy: string; at: number }[] = [];
        let time = 0;
        for (const { index, namespace, pause } of steps) {
          time += pause;
          const key = keyIn(index, namespace);
          const policy = `${namespace}/${index}`;
          const asked = { now: time, live: () => 30, isReleased: () => false };
          const { holds } = own.ask({ key, losses: [policy], ...asked });
          if (holds !== undefined) continue;
          own.lost(key, { policy, at: time, counts: true });
          own.ask({ key, losses: [], ...asked });
          gone.push({ policy, at: time });
          const recent = gone.filter(({ at }) => time - at < limits.window);
          expect(new Set(recent.map((each) => each.policy)).size).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
