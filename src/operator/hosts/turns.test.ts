import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addresses, type DnsServer, startDnsServer } from '../../../test/support/dns-server.ts';
import type { Clock } from '../clock.ts';
import { HostKeeper } from './keeper.ts';
import { defaultHostPace } from './pace.ts';
import { createHostResolver } from './resolver.ts';
import { Turns } from './turns.ts';

const namespaces = fc
  .subarray(['a', 'b', 'c', 'd'], { minLength: 1 })
  .map((names): ReadonlySet<string> => new Set(names));
const steps = fc.array(
  fc.oneof(
    fc.record({ add: namespaces }),
    fc.record({ end: fc.nat({ max: 20 }) }),
    fc.constant('take' as const),
  ),
  { minLength: 20, maxLength: 60 },
);

describe('Questions that run at once', () => {
  test('are as many as there are places, and next is one of the namespace with the fewest', () => {
    let crowded = 0;
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (all, places) => {
        const turns = new Turns<{ namespaces: ReadonlySet<string> }>(places);
        const waiting: { namespaces: ReadonlySet<string> }[] = [];
        const running: { namespaces: ReadonlySet<string>; done: () => void }[] = [];
        const load = (of: { namespaces: ReadonlySet<string> }) => {
          const each = [...of.namespaces].map(
            (name) => running.filter((other) => other.namespaces.has(name)).length,
          );
          return Math.min(...each);
        };
        for (const step of all) {
          if (step === 'take') {
            const turn = turns.take();
            const full = running.length >= places || waiting.length === 0;
            expect(turn === undefined).toBe(full);
            if (turn === undefined) continue;
            const { question, done } = turn;
            const least = Math.min(...waiting.map(load));
            const first = waiting.find((each) => load(each) === least);
            expect(question).toBe(first);
            if (question !== waiting[0]) crowded += 1;
            waiting.splice(waiting.indexOf(question), 1);
            running.push({ ...question, done });
          } else if ('add' in step) {
            const question = { namespaces: step.add };
            turns.add(question);
            waiting.push(question);
          } else for (const { done } of running.splice(step.end, 1)) done();
        }
      }),
    );
    expect(crowded).toBeGreaterThan(0);
  });
});

describe('A namespace with two hundred names that nobody answers for', () => {
  const clock: Clock = {
    now: () => performance.now(),
    setTimer: (milliseconds, fire) => {
      const timer = setTimeout(fire, milliseconds);
      return () => clearTimeout(timer);
    },
  };
  const good = 'api.stripe.com';
  const dead = Array.from({ length: 200 }, (_, index) => `h${index}.example`);
  let server: DnsServer;
  beforeAll(async () => {
    server = await startDnsServer();
  });
  afterAll(() => server.stop());

  test('keeps no name of another one waiting', async () => {
    server.zones.set(good, { answers: addresses(good, 0, '198.51.100.7') });
    for (const name of dead) server.zones.set(name, { silent: true });
    const resolver = createHostResolver({ servers: [server.address], timeout: 100 });
    const keeper = new HostKeeper({
      ...{ clock, wallClock: Date.now, random: () => 0, resolver },
      pace: { ...defaultHostPace, minimumTTL: 50 },
      limits: { perNamespace: 200, inCluster: 2_000 },
      concurrency: 16,
      isInternal: () => false,
      onRecord: () => {},
      onGone: () => {},
      onAnswer: () => {},
    });
    const noisy = dead.map((name) => [name, new Set(['noisy'])] as const);
    keeper.want(new Map([...noisy, [good, new Set(['shop'])]]));
    const asked = (name: string) => server.asked.filter((each) => each === `udp A ${name}`).length;
    while (asked(good) < 4 && dead.some((name) => asked(name) === 0)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    keeper.stop();
    resolver.stop();
    expect(asked(good)).toBeGreaterThanOrEqual(4);
    // The dead ones are not starved either.
    expect(dead.filter((name) => asked(name) > 0).length).toBeGreaterThan(8);
  }, 60_000);
});
