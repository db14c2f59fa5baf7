import { describe, expect, test } from '@jest/globals';
import type { AddressesRecord } from '../../core/model/records.ts';
import { createFakeClock } from '../watch/fixtures/fake-clock.ts';
import { HostKeeper, type KeeperOptions } from './keeper.ts';
import type { Answer, Family } from './machine.ts';
import { defaultHostPace as pace } from './pace.ts';

/** A keeper whose DNS is a function, and whose time stands still until it is moved. */
function setUp(
  answer: (name: string, family: Family) => Answer | undefined,
  options: Partial<KeeperOptions> = {},
) {
  const clock = createFakeClock();
  const told: string[] = [];
  const records = new Map<string, AddressesRecord>();
  const asked: { name: string; family: Family; at: number }[] = [];
  const load = { now: 0, most: 0 };
  const keeper = new HostKeeper({
    clock,
    wallClock: () => clock.now(),
    random: () => 0,
    resolver: {
      ask: async (name, family) => {
        asked.push({ name, family, at: clock.now() });
        load.most = Math.max(load.most, ++load.now);
        const said = await new Promise<Answer>((resolve) => {
          const now = answer(name, family);
          if (now !== undefined) resolve(now);
        });
        load.now--;
        return said;
      },
    },
    ...{ pace, limits: { perNamespace: 64, inCluster: 2_000 }, concurrency: 16 },
    isInternal: () => false,
    onRecord: (record) => {
      told.push(`${record.of}: ${record.addresses.join(', ')}${record.why ?? ''}`);
      records.set(record.of, record);
    },
    onGone: ({ of }) => {
      told.push(`${of} gone`);
      records.delete(of);
    },
    onAnswer: () => {},
    ...options,
  });
  return { clock, told, records, asked, load, keeper };
}

const names = (...all: readonly string[]) => new Map(all.map((name) => [name, new Set(['shop'])]));
const found = (address: string): Answer => ({ addresses: [address], ttl: 60_000 });
const dualStack = (_name: string, family: Family): Answer =>
  found(family === 4 ? '198.51.100.7' : '2001:db8::7');

describe('The keeper of hosts', () => {
  test('asks for both families, and again when the TTL is over', async () => {
    const { clock, keeper, asked } = setUp(dualStack);
    keeper.want(names('a.example'));
    await clock.advance(59_000);
    expect(asked.map(({ family }) => family)).toEqual([4, 6]);
    await clock.advance(2_000);
    expect(asked).toHaveLength(4);
  });

  test('says something only when something is another thing', async () => {
    const { clock, keeper, told } = setUp(dualStack);
    keeper.want(names('a.example'));
    await clock.advance(10 * pace.maximumTTL);
    expect(told).toEqual(['a.example: 198.51.100.7', 'a.example: 198.51.100.7, 2001:db8::7']);
  });

  test('lets go of what nobody wants, and takes no late answer for it', async () => {
    const { clock, keeper, told, asked } = setUp(dualStack);
    keeper.want(names('a.example'));
    keeper.want(names());
    await clock.advance(10 * pace.maximumTTL);
    expect(told).toEqual(['a.example gone']);
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(clock.pending()).toBe(0);
  });

  test('begins with what is remembered, before anything is answered', () => {
    const { keeper, records } = setUp(() => undefined);
    const remembered: AddressesRecord = {
      ...({ kind: 'Addresses', of: 'a.example', addresses: ['198.51.100.7'], until: {} } as const),
    };
    keeper.want(names('a.example'), new Map([['a.example', remembered]]));
    expect(records.get('a.example')).toEqual(remembered);
  });

  test('has asked for all when each was asked for in both families, whatever was answered', async () => {
    const { clock, keeper } = setUp((_name, family) =>
      family === 4 ? { miss: 'Timeout' } : found('::1'),
    );
    let asked = false;
    keeper.want(names('a.example', 'b.example'));
    void keeper.whenAsked().then(() => {
      asked = true;
    });
    expect(asked).toBe(false);
    await clock.settle();
    expect(asked).toBe(true);
  });

  test('has not asked for all while one is not answered', async () => {
    const { clock, keeper } = setUp((name) =>
      name === 'a.example' ? undefined : found('198.51.100.7'),
    );
    let asked = false;
    keeper.want(names('a.example', 'b.example'));
    void keeper.whenAsked().then(() => {
      asked = true;
    });
    await clock.settle();
    expect(asked).toBe(false);
    keeper.want(names('b.example'));
    await clock.settle();
    expect(asked).toBe(true);
  });

  test('says of names beyond the limits that there are too many, and asks once there is room', async () => {
    const limits = { perNamespace: 1, inCluster: 10 };
    const { clock, keeper, told, asked } = setUp(dualStack, { limits });
    keeper.want(names('a.example', 'b.example'));
    await clock.settle();
    expect(told).toContain('b.example: TooManyNames');
    expect(asked.every(({ name }) => name === 'a.example')).toBe(true);
    expect(keeper.snapshot()).toMatchObject({ resolved: 1, unresolved: 0, left: 1 });
    keeper.want(names('b.example'));
    await clock.settle();
    expect(told.at(-1)).toBe('b.example: 198.51.100.7, 2001:db8::7');
  });

  test('tells how long ago the host answered for which that is longest', async () => {
    const silent = { now: false };
    const { clock, keeper } = setUp((name) =>
      silent.now && name === 'a.example' ? { miss: 'Timeout' } : found('198.51.100.7'),
    );
    keeper.want(names('a.example', 'b.example'));
    await clock.settle();
    silent.now = true;
    await clock.advance(600_000);
    expect(keeper.snapshot().oldestAnswerSeconds).toBe(600);
  });
});

describe('However a DNS server behaves', () => {
  const many = Array.from({ length: 300 }, (_, index) => `h${index}.example`);
  const behaviours: readonly (readonly [string, (name: string, family: Family) => Answer])[] = [
    ['fails at once', () => ({ miss: 'SERVFAIL' })],
    ['says that answers hold for no time', () => ({ addresses: ['198.51.100.7'], ttl: 0 })],
    ['says that answers hold for ever', () => ({ addresses: ['198.51.100.7'], ttl: 1e15 })],
  ];
  test.each(behaviours)('one that %s is asked a bounded number of times', async (_what, answer) => {
    const { clock, keeper, asked, load } = setUp(answer);
    keeper.want(names(...many.slice(0, 60)));
    const minutes = 30;
    await clock.advance(minutes * 60_000);
    const perName = (minutes * 60_000) / pace.minimumTTL + 1;
    expect(asked.length).toBeLessThanOrEqual(60 * 2 * perName);
    expect(asked.length).toBeGreaterThanOrEqual(
      (60 * 2 * minutes * 60_000) / pace.maximumTTL / 1.2,
    );
    expect(load.most).toBeLessThanOrEqual(16);
  });

  test('one that never answers is waited for in no more places than questions may run', async () => {
    const { clock, keeper, asked } = setUp(() => undefined);
    keeper.want(new Map(many.map((name, index) => [name, new Set([`ns-${index % 30}`])])));
    await clock.advance(3_600_000);
    expect(asked).toHaveLength(16);
  });
});
