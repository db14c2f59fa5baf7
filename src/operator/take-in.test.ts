import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { acceptsFrom, talksTo } from '../core/intent/keys.ts';
import { type Key, keyOf } from '../core/model/identity.ts';
import { fieldManager } from '../core/model/names.ts';
import type { WorldRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import type { RawObject, WatchEvent } from '../kube/objects.ts';
import { readConfig, safetyOf } from '../settings.ts';
import { leadingAlone } from './election/leadership.ts';
import { noDns } from './hosts/fixtures/no-dns.ts';
import type { Answer } from './hosts/machine.ts';
import { createMetrics } from './metrics.ts';
import { createOperator, type Operator } from './operator.ts';

const metadata = (name: string, more: object = {}) => ({
  ...{ name, namespace: 'shop', uid: `${name}-uid`, resourceVersion: '1' },
  ...more,
});

function deployment(annotations: object): RawObject {
  const labels = { app: 'web' };
  return {
    metadata: metadata('web', { annotations }),
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
  };
}

const objects: Readonly<Record<string, readonly RawObject[]>> = {
  namespaces: [{ metadata: { name: 'shop', uid: 'shop-uid', resourceVersion: '1' } }],
  deployments: [deployment({ [acceptsFrom]: 'ns/shop' })],
};

/** FieldsV1 that mark a policy as ours. */
const owned = { 'f:spec': { 'f:podSelector': {} } };

let events: WatchEvent[];
let written: string[];
let errors: object[];
let operator: Operator;

const answer: Answer = { addresses: ['198.51.100.7'], ttl: 60_000 };

/** A server whose Deployments change as the test says. */
const client: Pick<KubeClient, 'list' | 'watch' | 'apply'> = {
  list: ({ plural }) =>
    Promise.resolve({ items: [...(objects[plural] ?? [])], resourceVersion: '1' }),
  watch: async function* ({ plural }, options = {}) {
    for (;;) {
      const event = plural === 'deployments' ? events.shift() : undefined;
      if (event !== undefined) yield event;
      else await sleep(5, undefined, { ...(options.signal && { signal: options.signal }) });
    }
  },
  apply: (_path, object) => {
    written.push(JSON.stringify(object));
    const policy = object as RawObject;
    const own = metadata(policy.metadata.name, { resourceVersion: `${1 + written.length}` });
    const managedFields = [{ manager: fieldManager, operation: 'Apply', fieldsV1: owned }];
    return Promise.resolve({ ...policy, metadata: { ...policy.metadata, ...own, managedFields } });
  },
};

beforeEach(() => {
  [events, written, errors] = [[], [], []];
  operator = createOperator({
    ...{ client: client as KubeClient, settings: defaultSettings, leadership: leadingAlone() },
    clock: {
      now: () => performance.now(),
      setTimer: (milliseconds, fire) => {
        const timer = setTimeout(fire, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    ...{ ...safetyOf(readConfig({ environment: {}, flags: {} })) },
    hosts: { ...noDns, resolver: { ask: () => Promise.resolve(answer) } },
    ...{ wallClock: () => 0, random: () => 0.5 },
    log: pino(
      { level: 'error', base: null, timestamp: false },
      { write: (line: string) => void errors.push(JSON.parse(line)) },
    ),
    ...{ metrics: createMetrics('test'), instance: 'test', concurrency: 4, rate: 1000 },
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await operator.stop(1000);
});

async function start(): Promise<void> {
  operator.start();
  await operator.whenReady();
  await operator.idle();
}

function say(annotations: object): void {
  events.push({ type: 'MODIFIED', object: deployment(annotations), resourceVersion: '2' });
}

/** Whether a policy with such a text in it is written, now or soon. */
async function isWrittenWith(text: string): Promise<boolean> {
  const isWritten = () => written.some((policy) => policy.includes(text));
  for (let times = 0; times < 1000 && !isWritten(); times++) await sleep(10);
  return isWritten();
}

test('a change that affects 150,000 workloads is taken in', async () => {
  await start();
  const { put } = World.prototype;
  jest.spyOn(World.prototype, 'put').mockImplementationOnce(function (this: World, record) {
    const many = Array.from({ length: 150_000 }, (_, at): Key => {
      return keyOf({ group: 'apps', kind: 'Deployment', namespace: 'other', name: `web-${at}` });
    });
    return new Set([...put.call(this, record), ...many]);
  });
  say({ [acceptsFrom]: 'ns/billing' });
  expect(await isWrittenWith('ns/billing')).toBe(true);
  expect(errors).toEqual([]);
});

/** A fault of ours, which shows once: with the next record of this kind. */
function failOnce(kind: WorldRecord['kind']): void {
  const { put } = World.prototype;
  let failed = false;
  jest.spyOn(World.prototype, 'put').mockImplementation(function (this: World, record) {
    if (failed || record.kind !== kind) return put.call(this, record);
    failed = true;
    throw new Error('a fault');
  });
}

const told = 'a change could not be taken in; everything is looked at again';

describe('A change that could not be taken in is told of, and made up for', () => {
  test('when it is one of an object', async () => {
    await start();
    failOnce('Workload');
    say({ [acceptsFrom]: 'ns/billing' });
    expect(await isWrittenWith('ns/billing')).toBe(true);
    expect(errors).toMatchObject([
      { kind: 'Workload', key: 'shop/web', error: 'a fault', msg: told },
    ]);
  });

  test('when it is one of the addresses of a host', async () => {
    await start();
    failOnce('Addresses');
    say({ [talksTo]: 'host/api.example.com' });
    expect(await isWrittenWith('198.51.100.7')).toBe(true);
    expect(errors).toMatchObject([{ kind: 'Addresses', key: 'api.example.com', msg: told }]);
  });

  test('when it comes before the first sweep', async () => {
    jest.spyOn(World.prototype, 'load').mockImplementationOnce(() => {
      throw new Error('a fault');
    });
    await start();
    expect(await isWrittenWith('ns/shop')).toBe(true);
    expect(errors).toMatchObject([{ error: 'a fault', msg: told }]);
  });
});
