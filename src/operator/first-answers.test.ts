import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { talksTo } from '../core/intent/keys.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import { defaultSettings } from '../core/model/settings.ts';
import type { KubeClient } from '../kube/client.ts';
import type { RawObject, WatchEvent } from '../kube/objects.ts';
import { readConfig, safetyOf } from '../settings.ts';
import { leadingAlone } from './election/leadership.ts';
import { noDns } from './hosts/fixtures/no-dns.ts';
import type { Answer } from './hosts/machine.ts';
import { createMetrics } from './metrics.ts';
import { createOperator, type Operator } from './operator.ts';

/** Long enough for a watch event to be taken in and for names to be looked through (milliseconds). */
const moment = 400;

const metadata = (name: string, namespace = 'shop', more: object = {}) => ({
  ...{ name, namespace, uid: `${name}-uid`, resourceVersion: '1' },
  ...more,
});

const deployment = (text: string): RawObject => ({
  metadata: metadata('web', 'shop', { annotations: { [talksTo]: text } }),
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } } },
  },
});

const slice = (address: string): RawObject => ({
  metadata: metadata('kubernetes', 'default', {
    labels: { 'kubernetes.io/service-name': 'kubernetes' },
  }),
  ...{ endpoints: [{ addresses: [address] }], ports: [{ port: 6443 }] },
});

const objects: Readonly<Record<string, readonly RawObject[]>> = {
  namespaces: [{ metadata: { name: 'shop', uid: 'shop-uid', resourceVersion: '1' } }],
  deployments: [deployment('@kube-apiserver, host/api.stripe.com')],
  endpointslices: [slice('192.0.2.1')],
};

let events: Record<string, WatchEvent[]>;
let written: NetworkPolicy[];
let asked: string[];
let answers: ((answer: Answer) => void)[];
let logged: string[];
let operator: Operator;

/** A server that tells of nothing but these events, not even of what is written. */
const client: Pick<KubeClient, 'list' | 'watch' | 'apply'> = {
  list: ({ plural }) =>
    Promise.resolve({ items: [...(objects[plural] ?? [])], resourceVersion: '1' }),
  watch: async function* ({ plural }, options = {}) {
    for (;;) {
      const event = events[plural]?.shift();
      if (event !== undefined) yield event;
      else await sleep(5, undefined, { ...(options.signal && { signal: options.signal }) });
    }
  },
  apply: (_path, object) => {
    written.push(object as NetworkPolicy);
    return Promise.resolve({ ...(object as RawObject), metadata: metadata('written') });
  },
};

/** A leader that has begun to ask, and waits. */
beforeEach(async () => {
  events = { deployments: [], endpointslices: [] };
  [written, asked, answers, logged] = [[], [], [], []];
  const ask = (name: string) => {
    asked.push(name);
    return new Promise<Answer>((resolve) => answers.push(resolve));
  };
  operator = createOperator({
    client: client as KubeClient,
    settings: defaultSettings,
    clock: {
      now: () => performance.now(),
      setTimer: (milliseconds, fire) => {
        const timer = setTimeout(fire, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    leadership: leadingAlone(),
    ...{
      ...safetyOf(readConfig({ environment: {}, flags: {} })),
      hosts: { ...noDns, resolver: { ask } },
    },
    ...{ wallClock: () => Date.now(), random: () => 0.5 },
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    ...{ metrics: createMetrics('test'), instance: 'test', concurrency: 1, rate: 1000 },
  });
  operator.start();
  while (asked.length < 2) await sleep(5);
});

afterEach(() => operator.stop(1000));

async function answerAll(): Promise<void> {
  for (const answer of answers.splice(0)) answer({ addresses: ['198.51.100.7'], ttl: 60_000 });
  await operator.whenReady();
  await sleep(moment);
}

function blocks(): string[] {
  const peers = (written.at(-1)?.spec.egress ?? []).flatMap(({ to }) => to ?? []);
  return peers
    .flatMap(({ ipBlock }) => ipBlock?.cidr ?? [])
    .filter((each) => !each.startsWith('198.'));
}

test('The API server moves while a new leader waits for DNS: its old address has its grace', async () => {
  events.endpointslices?.push({
    type: 'MODIFIED',
    object: slice('192.0.2.2'),
    resourceVersion: '2',
  });
  await sleep(moment);
  await answerAll();
  expect(blocks()).toEqual(['192.0.2.1/32', '192.0.2.2/32']);
});

test('A host that is named while a new leader waits for DNS is asked for, although nothing else happens', async () => {
  events.deployments?.push({
    type: 'MODIFIED',
    object: deployment('host/api.example.com'),
    resourceVersion: '2',
  });
  await sleep(moment);
  await answerAll();
  expect(asked).toContain('api.example.com');
});

test('An operator that is stopped while it waits for DNS begins no sweep', async () => {
  await operator.stop(0);
  await sleep(moment);
  expect(logged.join('')).not.toContain('sweep');
});
