import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fieldManager, identityAnnotation } from '../core/model/names.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import type { Change } from '../core/plan/change.ts';
import { isRecord, readObject } from '../core/record/read.ts';
import { World } from '../core/world/world.ts';
import { KubeError } from '../kube/errors.ts';
import { resources } from '../kube/resources.ts';
import type { Applied } from './apply.ts';
import { listening } from './listen.ts';
import { isOlder, Newest } from './newest.ts';
import { createStore } from './watch/store.ts';
import { Writing } from './writing.ts';

interface RawPolicy {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations: Record<string, string>;
  } & Record<string, unknown>;
  readonly spec: NetworkPolicy['spec'];
}

const name = 'appconn-cart';
const managedFields = [
  { manager: fieldManager, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:podSelector': {} } } },
];

function policy(port: number): NetworkPolicy {
  const annotations = { [identityAnnotation]: 'Deployment/cart' };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name, annotations },
    spec: {
      podSelector: { matchLabels: { app: 'cart' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port, protocol: 'TCP' }] }],
    },
  };
}

function read(raw: unknown): PolicyRecord {
  const record = readObject('networking.k8s.io/v1', 'NetworkPolicy', raw);
  if (!isRecord(record) || record.kind !== 'NetworkPolicy') throw new Error('no policy');
  return record;
}

/** A server with at most one policy, a watch that is late, and an operator's picture of it. */
class Bench {
  readonly world = new World(defaultSettings);
  readonly #newest = new Newest();
  readonly #writing = new Writing(this.world, this.#newest);
  readonly #store = createStore<RawPolicy, PolicyRecord>({
    keyOf: () => `shop/${name}`,
    uidOf: ({ metadata }) => metadata.uid,
    parse: read,
    onChange: ({ kind, record }) => {
      if (!this.#newest.isPast(kind, record)) this.#tell(kind, record);
    },
  });
  server: RawPolicy | undefined;
  #version = 9;
  #backup: { server: RawPolicy | undefined; version: number } = { server: undefined, version: 9 };
  #events: (() => void)[] = [];
  #list: readonly RawPolicy[] | undefined;
  /** What has arrived at the server and not been answered. */
  readonly #answers: (() => void)[] = [];

  #tell(kind: 'apply' | 'delete', record: PolicyRecord): void {
    if (kind === 'apply') {
      this.#writing.takeIn(record);
      return;
    }
    this.#writing.note('delete', record);
    this.world.remove(record);
  }

  get known(): PolicyRecord | undefined {
    return this.world.state('shop')?.policies.get(name);
  }

  /** A key has one write at a time. */
  get #busy(): boolean {
    return this.#answers.length > 0;
  }

  /** One of our writes arrives at the server; its answer comes later. */
  write(port: number | undefined): void {
    const live = this.known;
    if (this.#busy || (port === undefined && live === undefined)) return;
    const change: Change =
      port === undefined
        ? ({ type: 'delete', live, whenPodsAreGone: false } as Change)
        : ({ type: live ? 'update' : 'create', live, policy: policy(port) } as Change);
    const { promise, resolve, reject } = Promise.withResolvers<Applied>();
    void this.#writing
      .perform(
        change,
        () => promise,
        () => undefined,
      )
      .catch(() => undefined);
    if (port !== undefined) {
      const { annotations } = policy(port).metadata;
      const all = { ...this.server?.metadata.annotations, ...annotations };
      this.#set(policy(port).spec, all);
      const record = read(this.server);
      this.#answers.push(() => resolve({ result: 'written', record }));
    } else if (this.server === undefined || this.server.metadata.uid !== live?.uid) {
      this.#answers.push(() => resolve({ result: 'deleted', record: live as PolicyRecord }));
    } else if (this.server.metadata.resourceVersion === live.resourceVersion) {
      this.remove();
      this.#answers.push(() => resolve({ result: 'deleted', record: live }));
    } else this.#answers.push(() => reject(new KubeError('changed', { status: 409 })));
  }

  /** One of our reports arrives, and is answered later. */
  say(text: string): void {
    if (this.#busy || this.server === undefined) return;
    if (this.server.metadata.uid !== this.known?.uid) return;
    this.#set(this.server.spec, { ...this.server.metadata.annotations, attention: text });
    const { server } = this;
    const hear = listening(this.world, this.#newest, ({ record }) =>
      this.#writing.takeIn(record as PolicyRecord),
    )(resources.networkPolicies);
    this.#answers.push(() => hear(server));
  }

  answer(): void {
    this.#answers.shift()?.();
  }

  /** Somebody else's edit. */
  edit(port: number): void {
    if (this.server !== undefined) this.#set(policy(port).spec, this.server.metadata.annotations);
  }

  remove(): void {
    const gone = this.server;
    if (gone === undefined) return;
    this.server = undefined;
    this.#version += 1;
    this.#events.push(() => this.#store.writer.delete(gone));
  }

  #set(spec: NetworkPolicy['spec'], annotations: Record<string, string>): void {
    const same = JSON.stringify([this.server?.spec, this.server?.metadata.annotations]);
    if (JSON.stringify([spec, annotations]) === same) return;
    this.#version += 1;
    const resourceVersion = `${this.#version}`;
    const uid = this.server?.metadata.uid ?? randomUUID();
    const metadata = { namespace: 'shop', name, uid, resourceVersion, annotations, managedFields };
    const server = { metadata, spec };
    this.server = server;
    this.#events.push(() => this.#store.writer.apply(server));
  }

  /** The watch tells of one thing more, or the list that has begun is told. */
  hear(): void {
    if (this.#list === undefined) {
      this.#events.shift()?.();
      return;
    }
    const { writer } = this.#store;
    writer.begin();
    for (const each of this.#list) writer.item(each);
    this.#list = undefined;
    writer.end();
    for (const { kind, record } of this.#newest.endList('NetworkPolicy', this.#store.view.get)) {
      this.#tell(kind, record as PolicyRecord);
    }
  }

  /** The watch is cut; a list begins at the server, and a watch will follow from its version. */
  relist(): void {
    this.#newest.beginList('NetworkPolicy');
    this.#events = [];
    this.#list = this.server === undefined ? [] : [this.server];
  }

  backUp(): void {
    this.#backup = { server: this.server, version: this.#version };
  }

  /** What is on the way to a server that is restored is lost with its connections. */
  restore(): void {
    ({ server: this.server, version: this.#version } = this.#backup);
    this.#answers.length = 0;
    this.relist();
  }

  get settled(): boolean {
    return this.#answers.length + this.#events.length === 0 && this.#list === undefined;
  }
}

type Step =
  | readonly [what: 'write' | 'say' | 'edit', number]
  | readonly [what: 'delete' | 'answer' | 'hear' | 'remove' | 'relist' | 'backUp' | 'restore'];

const port = fc.constantFrom(80, 81, 82);
const steps = (...more: fc.WeightedArbitrary<Step>[]) =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('write', 'edit', 'say'), port) },
      { weight: 6, arbitrary: fc.tuple(fc.constantFrom('answer', 'hear')) },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom('delete', 'remove', 'relist')) },
      ...more,
    ) as fc.Arbitrary<Step>,
    { minLength: 3, maxLength: 30 },
  );

async function take(bench: Bench, [what, number]: Step): Promise<void> {
  if (what === 'write') bench.write(number);
  else if (what === 'say') bench.say(`${number}`);
  else if (what === 'edit') bench.edit(number as number);
  else if (what === 'delete') bench.write(undefined);
  else bench[what]();
  // An answer is taken in before anything else happens.
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

/** A report is answered after the end of what it was about, and after a list that lacks that. */
const reportOfWhatIsGone: Step[] = [
  ...([['write', 80], ['answer'], ['say', 80]] satisfies Step[]),
  ...([['remove'], ['relist'], ['answer']] satisfies Step[]),
];

describe('What answers and a late watch tell of one policy', () => {
  test('is the newest of it: nothing that was known of it is ever taken back', async () => {
    let met = 0;
    await fc.assert(
      fc.asyncProperty(steps(), async (story) => {
        const bench = new Bench();
        const ended = new Set<string>();
        for (const step of story) {
          const before = bench.known;
          await take(bench, step);
          const after = bench.known;
          if (after !== undefined) expect(ended).not.toContain(after.uid);
          if (before === undefined) continue;
          met += 1;
          if (after?.uid !== before.uid) {
            expect(bench.server?.metadata.uid).not.toBe(before.uid);
            ended.add(before.uid);
          } else if (isOlder(after.resourceVersion, before.resourceVersion)) {
            throw new Error(`${step}: back to ${after.resourceVersion}`);
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(met).toBeGreaterThan(3000);
  });

  test('ends as the server has it, also where that was restored from a backup', async () => {
    const disaster = { weight: 1, arbitrary: fc.tuple(fc.constantFrom('backUp', 'restore')) };
    await fc.assert(
      fc.asyncProperty(steps(disaster as fc.WeightedArbitrary<Step>), async (story) => {
        const bench = new Bench();
        for (const step of story) await take(bench, step);
        while (!bench.settled) {
          await take(bench, ['answer']);
          await take(bench, ['hear']);
        }
        expect(bench.known).toEqual(bench.server && read(bench.server));
      }),
      { numRuns: 3000, examples: [[reportOfWhatIsGone]] },
    );
  });
});

test.each([
  ['9', '10', true],
  ['10', '9', false],
  ['18446744073709551615', '18446744073709551616', true],
  ['7', '7', false],
  ['', '7', false],
  ['planned', '7', false],
  ['07', '8', false],
])('version %j is older than %j: %j', (one, other, expected) => {
  expect(isOlder(one, other)).toBe(expected);
});
