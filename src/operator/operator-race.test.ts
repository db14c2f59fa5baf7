import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { acceptsFrom, defaultDeny, talksTo } from '../core/intent/keys.ts';
import { acceptedAnnotation, fieldManager } from '../core/model/names.ts';
import { defaultSettings } from '../core/model/settings.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import type { RawObject, WatchEvent } from '../kube/objects.ts';
import { readConfig, safetyOf } from '../settings.ts';
import { leadingAlone } from './election/leadership.ts';
import { noDns } from './hosts/fixtures/no-dns.ts';
import { createMetrics } from './metrics.ts';
import { createOperator, type Operator } from './operator.ts';

/** Long enough for a watch event to be taken in and for the queue to run (milliseconds). */
const moment = 50;

let operator: Operator | undefined;

afterEach(async () => {
  await operator?.stop(1000);
});

function metadata(name: string, resourceVersion: string, more: object = {}) {
  return { name, namespace: 'shop', uid: `${name}-uid`, resourceVersion, ...more };
}

const namespace: RawObject = { metadata: { name: 'shop', uid: 'shop-uid', resourceVersion: '1' } };
const deployment: RawObject = {
  metadata: metadata('cart', '2', { annotations: { [acceptsFrom]: 'ns/shop' } }),
  spec: {
    selector: { matchLabels: { app: 'cart' } },
    template: { metadata: { labels: { app: 'cart' } } },
  },
};

/** Tells of the first write, and of what `meddle` makes of it, before that write is answered. */
function createServer(meddle: (written: RawObject) => WatchEvent) {
  const applies: string[] = [];
  const events: WatchEvent[] = [];
  const objects: Record<string, RawObject[]> = {
    namespaces: [namespace],
    deployments: [deployment],
  };
  const client: Pick<KubeClient, 'list' | 'watch' | 'apply'> = {
    list: ({ plural }) => Promise.resolve({ items: objects[plural] ?? [], resourceVersion: '2' }),
    watch: async function* ({ plural }, options = {}) {
      for (;;) {
        const event = plural === 'networkpolicies' ? events.shift() : undefined;
        if (event !== undefined) yield event;
        else await sleep(5, undefined, { ...(options.signal && { signal: options.signal }) });
      }
    },
    apply: async (path, object) => {
      applies.push(path);
      const written = stored(object as RawObject, `${applies.length * 10}`);
      const told = {
        type: 'ADDED',
        object: written,
        resourceVersion: written.metadata.resourceVersion,
      };
      events.push(told as WatchEvent);
      if (applies.length === 1) events.push(meddle(written));
      await sleep(moment);
      return written;
    },
  };
  return { client: client as KubeClient, applies };
}

/** FieldsV1 of the annotation with the accepted texts. */
const owned = { 'f:annotations': { [`f:${acceptedAnnotation}`]: {} } };

/** The object as the server keeps it, with the field manager that marks it as ours. */
function stored(object: RawObject, resourceVersion: string): RawObject {
  const managedFields = [
    { manager: fieldManager, operation: 'Apply', fieldsV1: { 'f:metadata': owned } },
  ];
  const { name } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, ...metadata(name, resourceVersion, { managedFields }) },
  };
}

function start(client: KubeClient): Operator {
  return createOperator({
    client,
    settings: defaultSettings,
    clock: {
      now: () => performance.now(),
      setTimer: (milliseconds, fire) => {
        const timer = setTimeout(fire, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    leadership: leadingAlone(),
    ...safetyOf(readConfig({ environment: {}, flags: {} })),
    wallClock: () => 0,
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    metrics: createMetrics('test'),
    instance: 'test',
    hosts: noDns,
    concurrency: 4,
    rate: 1000,
  });
}

test.each([
  [
    'an edit',
    (written: RawObject): WatchEvent => {
      const spec = { ...(written.spec as object), ingress: [{}] };
      const edited = { ...written, spec, metadata: { ...written.metadata, resourceVersion: '11' } };
      return { type: 'MODIFIED', object: edited, resourceVersion: '11' };
    },
  ],
  [
    'a deletion',
    (written: RawObject): WatchEvent => ({
      type: 'DELETED',
      object: { ...written, metadata: { ...written.metadata, resourceVersion: '11' } },
      resourceVersion: '11',
    }),
  ],
])('%s that the watch tells of before our own write is answered is repaired', async (_, meddle) => {
  const { client, applies } = createServer(meddle);
  operator = start(client);
  operator.start();
  await operator.whenReady();
  await sleep(6 * moment);
  expect(applies).toHaveLength(2);
});

function deploymentOf(name: string, resourceVersion: string, annotations: object): RawObject {
  const labels = { app: name };
  return {
    metadata: metadata(name, resourceVersion, { annotations }),
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
  };
}

const admitsWeb = '{"app":"web"}';

/** Answers the first write of web's policy when it is told to; by then web's text is invalid. */
function createSlowServer() {
  const denied: RawObject = {
    metadata: { ...namespace.metadata, labels: { [defaultDeny]: 'ingress' } },
  };
  const web = (text: string, version: string) => deploymentOf('web', version, { [talksTo]: text });
  const objects: Record<string, RawObject[]> = {
    namespaces: [denied],
    deployments: [deploymentOf('web', '2', {}), deploymentOf('db', '3', {})],
  };
  const told: WatchEvent[] = [];
  /** Whether each write of db's policy admits web. */
  const admitted: boolean[] = [];
  const answer = Promise.withResolvers<void>();
  let applies = 0;
  let held = false;
  const client: Pick<KubeClient, 'list' | 'watch' | 'apply' | 'create'> = {
    list: ({ plural }) => Promise.resolve({ items: objects[plural] ?? [], resourceVersion: '3' }),
    watch: async function* ({ plural }, options = {}) {
      for (;;) {
        const event = plural === 'deployments' ? told.shift() : undefined;
        if (event !== undefined) yield event;
        else await sleep(5, undefined, { ...(options.signal && { signal: options.signal }) });
      }
    },
    apply: async (path, object) => {
      if (path.includes('appconn-db-')) admitted.push(JSON.stringify(object).includes(admitsWeb));
      if (path.includes('appconn-web-') && !held) {
        held = true;
        told.push({ type: 'MODIFIED', object: web('db, No!', '9'), resourceVersion: '9' });
        await answer.promise;
      }
      applies += 1;
      return stored(object as RawObject, `${10 + applies}`);
    },
    create: () => Promise.resolve(undefined),
  };
  const say = () => told.push({ type: 'MODIFIED', object: web('db', '8'), resourceVersion: '8' });
  return { client: client as KubeClient, admitted, say, answer: answer.resolve };
}

test('a text that becomes invalid while its policy is being written stands for its neighbours too', async () => {
  const { client, admitted, say, answer } = createSlowServer();
  operator = start(client);
  operator.start();
  await operator.whenReady();
  await sleep(6 * moment);
  say();
  const whenLast = async (admits: boolean) => {
    for (let times = 0; times < 2000 && admitted.at(-1) !== admits; times++) await sleep(10);
    expect(admitted.at(-1)).toBe(admits);
  };
  await whenLast(false);
  answer();
  await whenLast(true);
}, 60_000);

/** Refuses the first write of cart's policy; its second waits for an answer while the rest goes on. */
function createRefusingServer() {
  const objects: Record<string, RawObject[]> = {
    namespaces: [namespace],
    deployments: [deployment],
  };
  const told: Record<string, WatchEvent[]> = { namespaces: [], deployments: [] };
  const applies: string[] = [];
  const answer = Promise.withResolvers<void>();
  const client: Pick<KubeClient, 'list' | 'watch' | 'apply' | 'create'> = {
    list: ({ plural }) => Promise.resolve({ items: objects[plural] ?? [], resourceVersion: '2' }),
    watch: async function* ({ plural }, options = {}) {
      for (;;) {
        const event = told[plural]?.shift();
        if (event !== undefined) yield event;
        else await sleep(5, undefined, { ...(options.signal && { signal: options.signal }) });
      }
    },
    apply: async (path, object) => {
      const times = applies.push(path.includes('appconn-cart-') ? 'cart' : 'deny');
      if (times === 1) throw new KubeError('it is not valid', { status: 422 });
      if (applies.at(-1) === 'cart') await answer.promise;
      return stored(object as RawObject, `${10 + times}`);
    },
    create: () => Promise.resolve(undefined),
  };
  const tell = (plural: string, object: RawObject) =>
    told[plural]?.push({ type: 'MODIFIED', object, resourceVersion: '9' });
  return { client: client as KubeClient, applies, tell, answer: answer.resolve };
}

test('a default-deny waits for a workload that was given up once that has changed', async () => {
  const { client, applies, tell, answer } = createRefusingServer();
  operator = start(client);
  operator.start();
  await operator.whenReady();
  const written = async (count: number) => {
    for (let times = 0; times < 2000 && applies.length < count; times++) await sleep(10);
  };
  await written(1);
  await operator.idle();
  const changed = metadata('cart', '8', { annotations: { [acceptsFrom]: 'none' } });
  tell('deployments', { ...deployment, metadata: changed });
  await written(2);
  const labels = { [defaultDeny]: 'ingress' };
  tell('namespaces', { metadata: { ...namespace.metadata, resourceVersion: '9', labels } });
  await sleep(6 * moment);
  expect(applies).toEqual(['cart', 'cart']);
  answer();
  await written(3);
  expect(applies).toEqual(['cart', 'cart', 'deny']);
}, 60_000);
