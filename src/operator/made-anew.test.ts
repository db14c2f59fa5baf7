import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { defaultDeny, talksTo } from '../core/intent/keys.ts';
import { defaultDenyName, fieldManager } from '../core/model/names.ts';
import { defaultSettings } from '../core/model/settings.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import type { RawObject, WatchEvent } from '../kube/objects.ts';
import { readConfig, safetyOf } from '../settings.ts';
import { leadingAlone } from './election/leadership.ts';
import { noDns } from './hosts/fixtures/no-dns.ts';
import { createMetrics } from './metrics.ts';
import { createOperator, type Operator } from './operator.ts';

let operator: Operator | undefined;

afterEach(async () => {
  await operator?.stop(1000);
});

const labels = { app: 'web' };

function namespace(uid: string): RawObject {
  return {
    metadata: { name: 'shop', uid, resourceVersion: uid, labels: { [defaultDeny]: 'true' } },
  };
}

function deployment(uid: string): RawObject {
  const annotations = { [talksTo]: 'Db' };
  return {
    metadata: { name: 'web', namespace: 'shop', uid, resourceVersion: uid, annotations },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
  };
}

const stray: RawObject = {
  metadata: {
    name: 'stray',
    namespace: 'shop',
    uid: '9',
    resourceVersion: '1',
    labels: { a: 'b' },
  },
};

/** What is told of an Event: its reason, and the name and uid of whom it is about. */
type Told = readonly [reason: string, name: string, uid: string];

/** A server with one of each; once its namespace is gone it takes no default-deny. */
function createServer() {
  const objects: Record<string, RawObject[]> = {
    ...{ namespaces: [namespace('1')], deployments: [deployment('2')], pods: [stray] },
  };
  const events: Record<string, WatchEvent[]> = {
    namespaces: [],
    deployments: [],
    networkpolicies: [],
  };
  const told: Told[] = [];
  const live: RawObject[] = [];
  const refused: string[] = [];
  let version = 10;
  let isThere = true;
  const say = (plural: string, type: 'ADDED' | 'DELETED', object: RawObject) => {
    version += 1;
    const resourceVersion = `${version}`;
    events[plural]?.push({ type, object, resourceVersion });
  };
  const client: Pick<KubeClient, 'list' | 'watch' | 'apply' | 'create'> = {
    list: ({ plural }) => Promise.resolve({ items: objects[plural] ?? [], resourceVersion: '2' }),
    watch: async function* ({ plural }, options = {}) {
      for (;;) {
        const event = events[plural]?.shift();
        if (event !== undefined) yield event;
        else await sleep(5, undefined, { ...(options.signal && { signal: options.signal }) });
      }
    },
    apply: (path, object) => {
      if (!isThere && path.endsWith(defaultDenyName)) {
        refused.push(path);
        throw new KubeError(`${path} not found`, { status: 404, reason: 'NotFound' });
      }
      const { metadata } = object as RawObject;
      version += 1;
      const managedFields = [{ manager: fieldManager, operation: 'Apply', fieldsV1: owned }];
      const own = { uid: path, resourceVersion: `${version}`, managedFields };
      const written = { ...(object as RawObject), metadata: { ...metadata, ...own } };
      live.push(written);
      say('networkpolicies', 'ADDED', written);
      return Promise.resolve(written);
    },
    create: (_path, object) => {
      const { reason, regarding } = object as {
        reason: string;
        regarding: { name: string; uid: string };
      };
      told.push([reason, regarding.name, regarding.uid]);
      return Promise.resolve(object);
    },
  };
  return {
    ...{ client: client as KubeClient, told, say, live, refused },
    takeNamespace: () => {
      isThere = false;
    },
  };
}

const owned = { 'f:spec': { 'f:podSelector': {} } };

function start(client: KubeClient): Operator {
  return createOperator({
    ...{ client, settings: defaultSettings, leadership: leadingAlone() },
    clock: {
      now: () => performance.now(),
      setTimer: (milliseconds, fire) => {
        const timer = setTimeout(fire, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    ...{ ...safetyOf(readConfig({ environment: {}, flags: {} })), hosts: noDns },
    ...{ wallClock: () => 0, random: () => 0.5, log: pino({ level: 'silent' }) },
    ...{ metrics: createMetrics('test'), instance: 'test', concurrency: 4, rate: 1000 },
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let times = 0; times < 1000 && !condition(); times++) await sleep(10);
}

test('who makes a namespace and its workload anew is told anew, although nobody saw the old ones go', async () => {
  const { client, told, say, live, refused, takeNamespace } = createServer();
  operator = start(client);
  operator.start();
  await operator.whenReady();
  const deny = () => live.findLast(({ metadata }) => metadata.name === defaultDenyName);
  await until(() => told.length === 2 && deny() !== undefined);
  takeNamespace();
  say('networkpolicies', 'DELETED', deny() as RawObject);
  await until(() => refused.length > 0);
  say('deployments', 'ADDED', deployment('3'));
  say('namespaces', 'ADDED', namespace('4'));
  await until(() => told.length === 4);
  expect([...told].sort()).toEqual([
    ['InvalidName', 'web', '2'],
    ['InvalidName', 'web', '3'],
    ['Unmanaged', 'shop', '1'],
    ['Unmanaged', 'shop', '4'],
  ]);
}, 60_000);
