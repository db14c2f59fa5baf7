import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { allowDeletionsUntil } from '../../src/core/intent/keys.ts';
import { appconn } from './support/cli.ts';
import { Cluster, MINUTE, operatorAccount } from './support/cluster.ts';
import { namespace } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import {
  accepting,
  apps,
  breakerLines,
  emptyList,
  eventsAbout,
  removeEverything,
  whenClosed,
} from './support/tripped.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

const places = ['shop', 'bank'] as const;
const own = operatorAccount.namespace;
/** Of each namespace two policies may go, and two of all. */
const two = { policies: 2 };

let cluster: Cluster;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true, controllerManager: false });
  await cluster.install();
  await cluster.apply(...places.map((place) => namespace(place)));
});

beforeEach(async () => {
  for (const place of places) await cluster.apply(...apps(place, 5), ...accepting(place, 5));
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
  await cluster.kubectl(['annotate', 'namespace', ...places, own, `${allowDeletionsUntil}-`]);
  await removeEverything(cluster);
});

afterAll(() => cluster?.stop());

async function policiesAre(place: string, count: number, seconds = 30): Promise<void> {
  await eventually(async () => expect(await cluster.policies(place)).toHaveLength(count), seconds);
}

/** Starts an operator with these limits, and empties the lists of both namespaces. */
async function trip(breaker: object): Promise<TestOperator> {
  operator = await TestOperator.start(cluster, 1, { breaker });
  await operator.whenReady();
  for (const place of places) await policiesAre(place, 5);
  await operator.quiet();
  for (const place of places) await emptyList(cluster, place);
  return operator;
}

/** The same; shop has lost two, and is held in both scopes, bank in that of the cluster. */
async function tripAndWait(): Promise<TestOperator> {
  const tripped = await trip(two);
  await eventually(() => {
    const scopes = breakerLines(tripped, 'tripped').map(({ scope }) => scope);
    expect(scopes.sort()).toEqual(['', 'shop']);
  });
  await tripped.quiet();
  await policiesAre('shop', 3);
  await policiesAre('bank', 5);
  return tripped;
}

async function annotate(place: string, until: string): Promise<void> {
  await cluster.kubectl([
    'annotate',
    '--overwrite',
    'ns',
    place,
    `${allowDeletionsUntil}=${until}`,
  ]);
}

/** RFC 3339, so many seconds from now. */
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

async function whenEventSays(place: string, note: string): Promise<void> {
  await eventually(async () => {
    expect(await eventsAbout(cluster, place)).toContainEqual(
      expect.objectContaining({ type: 'Normal', reason: 'BreakerClosed', note }),
    );
  });
}

/** Releases with `appconn`, which says what it did. */
async function release(...args: readonly string[]): Promise<void> {
  const access = ['--kubeconfig', cluster.plane.kubeconfig];
  const { code, stdout, stderr } = await appconn(['release', ...access, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('The operator may delete and narrow any number of policies of');
}

describe('allow-deletions-until', () => {
  test('on a Namespace lets through what was held there, and nothing elsewhere', async () => {
    const tripped = await tripAndWait();
    await annotate('shop', inSeconds(600));
    await policiesAre('shop', 0);
    await whenEventSays('shop', 'the breaker of namespace shop is closed: released');
    await tripped.quiet();
    expect(await cluster.policies('bank')).toHaveLength(5);
    expect(await tripped.metric('appconnectivity_breaker_tripped', 'scope="namespace"')).toBe(0);
    expect(await tripped.metric('appconnectivity_breaker_tripped', 'scope="cluster"')).toBe(1);
  });

  test('on the operator’s own namespace lets everything through', async () => {
    const tripped = await tripAndWait();
    await annotate(own, inSeconds(600));
    for (const place of places) await policiesAre(place, 0);
    await whenEventSays(own, 'the breaker of the cluster is closed: released');
    await whenClosed(tripped, { namespace: 'gone', cluster: 'released' });
  });

  test('that is over lets nothing through', async () => {
    const tripped = await tripAndWait();
    for (const place of [...places, own]) await annotate(place, inSeconds(-1));
    await tripped.quiet();
    await policiesAre('shop', 3);
    await policiesAre('bank', 5);
  });

  test('lets nothing through any more once it is over', async () => {
    const tripped = await tripAndWait();
    const soon = Date.now() + 5_000;
    await annotate(own, new Date(soon).toISOString());
    for (const place of places) await policiesAre(place, 0);
    await cluster.apply(...accepting('shop', 5));
    await policiesAre('shop', 5);
    await eventually(() => expect(Date.now()).toBeGreaterThan(soon));
    await emptyList(cluster, 'shop');
    await eventually(() => expect(breakerLines(tripped, 'tripped', 'shop')).toHaveLength(2));
    await tripped.quiet();
    await policiesAre('shop', 3);
  });

  test('that is no RFC 3339 time lets nothing through, and an Event says what would be right', async () => {
    const tripped = await tripAndWait();
    await annotate('shop', '2099');
    await annotate(own, 'tomorrow');
    for (const [place, value] of [['shop', '2099'] as const, [own, 'tomorrow'] as const]) {
      const key = allowDeletionsUntil;
      await eventually(async () => {
        const notes = await eventsAbout(cluster, place);
        expect(notes.filter(({ reason }) => reason === 'InvalidValue')).toEqual([
          {
            ...{ type: 'Warning', reason: 'InvalidValue' },
            note: `metadata.annotations.${key}: ${key} cannot be "${value}"; write an RFC 3339 time, such as 2026-11-25T18:00:00Z`,
          },
        ]);
      });
    }
    await tripped.quiet();
    await policiesAre('shop', 3);
    await policiesAre('bank', 5);
  });
});

describe('appconn release', () => {
  test('of a namespace lets through what was held there', async () => {
    await tripAndWait();
    await release('-n', 'shop');
    await policiesAre('shop', 0);
    await policiesAre('bank', 5);
  });

  test('of the cluster lets everything through', async () => {
    const tripped = await tripAndWait();
    await release('--cluster', '--for', '1m');
    for (const place of places) await policiesAre(place, 0);
    await whenClosed(tripped, { namespace: 'gone', cluster: 'released' });
  });
});

describe('A breaker that nobody releases', () => {
  test('closes by itself after its expiry, and not before', async () => {
    const tripped = await trip({ ...two, expiry: 4 });
    for (const place of places) await policiesAre(place, 0, 60);
    await whenClosed(tripped, { namespace: 'expired', cluster: 'expired' });
    const { logs } = tripped;
    const at = (event: string) => logs.findIndex((line) => line.event === event);
    const deletes = (lines: TestOperator['logs']) =>
      lines.filter(({ change }) => change === 'delete').length;
    expect(deletes(logs.slice(0, at('closed')))).toBe(2);
    expect(deletes(logs.slice(at('closed')))).toBe(8);
  });
});
