import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type Compiled, compile } from '../../src/core/compile/compile.ts';
import { judgeKey } from '../../src/core/judge/key.ts';
import { type Key, keyOf } from '../../src/core/model/identity.ts';
import { type NetworkPolicy, nameOfPolicy } from '../../src/core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../../src/core/model/records.ts';
import { saysTheSame } from '../../src/core/plan/compare.ts';
import {
  judgedWithNamespace,
  judgedWithPolicy,
  judgedWithWords,
} from '../../src/core/world/judged.ts';
import { World } from '../../src/core/world/world.ts';
import { namespace, workload } from '../support/builders.ts';
import { histories } from '../support/events.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { userNamespaces } from '../support/vocabulary.ts';

jest.setTimeout(timeFor(runs));

function live(policy: NetworkPolicy, applied = true): PolicyRecord {
  return { kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1', applied };
}

/** What people are told of the edges of a key: of its own, and of those that its policy holds. */
function toldOf(world: World, compiled: Compiled): string {
  const { own, added } = judgeKey(world, compiled);
  const told = [own, added].map((edges) =>
    edges.map(({ edge, state, alsoDeclaredBy }) => [
      ...[edge.text, state.state, state.reason, state.share],
      alsoDeclaredBy.map(keyOf),
    ]),
  );
  return JSON.stringify(told);
}

/** An operator without a cluster: what it has told, and what it has to tell again. */
class Shadow {
  readonly world: World;
  readonly told = new Map<Key, string>();
  judged = 0;

  constructor(world: World) {
    this.world = world;
  }

  change(type: 'put' | 'remove', record: WorldRecord): void {
    const again = this.#withWordOf(record);
    const keys = type === 'put' ? this.world.put(record) : this.world.remove(record);
    for (const key of keys) {
      again.add(key);
      for (const judged of judgedWithWords(this.world, [key])) again.add(judged);
    }
    this.#write(keys, again);
    for (const key of again) this.#judge(key);
  }

  #withWordOf(record: WorldRecord): Set<Key> {
    if (record.kind === 'Workload') return judgedWithWords(this.world, [keyOf(record.ref)]);
    if (record.kind === 'AppConnectivity') return judgedWithWords(this.world, [keyOf(record)]);
    if (record.kind === 'Namespace') return judgedWithNamespace(this.world, record.name);
    return new Set();
  }

  /** Writes what these keys want, and whatever that makes others want. */
  #write(keys: Iterable<Key>, again: Set<Key>): void {
    for (const key of keys) {
      const { policies } = compile(this.world, key);
      const names = new Set(policies.map(nameOfPolicy));
      for (const policy of policies) {
        const { namespace, name } = policy.metadata;
        const known = this.world.state(namespace)?.policies.get(name);
        if (known !== undefined && saysTheSame(known.policy, policy)) continue;
        this.#tell(this.world.put(live(policy)), policy, again);
      }
      const state = this.world.state(key.split('/')[1] ?? '');
      for (const record of [...(state?.policiesFor(key) ?? [])]) {
        if (!record.applied || names.has(nameOfPolicy(record.policy))) continue;
        this.#tell(this.world.remove(record), record.policy, again);
      }
    }
  }

  #tell(keys: ReadonlySet<Key>, policy: NetworkPolicy, again: Set<Key>): void {
    for (const key of [...keys, ...judgedWithPolicy(this.world, policy)]) again.add(key);
  }

  #judge(key: Key): void {
    this.judged += 1;
    const text = toldOf(this.world, compile(this.world, key));
    if (text === '[[],[]]') this.told.delete(key);
    else this.told.set(key, text);
  }
}

function toldOfAll(world: World): string[] {
  const all = [...world.keys()].map((key) => [key, toldOf(world, compile(world, key))]);
  return all.flatMap(([key, text]) => (text === '[[],[]]' ? [] : [`${key} ${text}`])).sort();
}

const foreignPolicies = fc
  .record({
    namespace: fc.constantFrom(...userNamespaces),
    name: fc.constantFrom('lockdown', 'other'),
    app: fc.constantFrom(undefined, 'api', 'cart', 'web'),
    policyTypes: fc.subarray(['Ingress', 'Egress'] as const, { minLength: 1 }),
  })
  .map(({ namespace, name, app, policyTypes }) =>
    live(
      {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
        metadata: { namespace, name },
        spec: { podSelector: app === undefined ? {} : { matchLabels: { app } }, policyTypes },
      },
      false,
    ),
  );

/** Who is there besides, in namespaces of their own: more than an entry for all of them is judged by. */
const crowd: readonly WorldRecord[] = Array.from(
  { length: 17 },
  (_, index) => `a-${10 + index}`,
).flatMap((name) => [namespace(name, { labels: { team: 'a' } }), workload(`${name}/api`)]);

/** Holds what is told to what judging everyone tells after each event; gives how many were judged. */
function expectNothingStale(
  besides: readonly WorldRecord[],
  share: number,
): { judged: number; whole: number } {
  let judged = 0;
  let whole = 0;
  const foreign = fc.array(fc.tuple(fc.nat({ max: 20 }), fc.boolean(), foreignPolicies), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(histories(), foreign, ({ events, end }, others) => {
      const shadow = new Shadow(new World(end.settings));
      shadow.world.load(besides);
      for (const [index, { type, record }] of events.entries()) {
        shadow.change(type, record);
        for (const [at, gone, policy] of others) {
          if (at === index) shadow.change('put', policy);
          if (gone && at + 3 === index) shadow.change('remove', policy);
        }
        const told = [...shadow.told].map(([key, text]) => `${key} ${text}`).sort();
        expect(told).toEqual(toldOfAll(shadow.world));
        whole += [...shadow.world.keys()].length;
      }
      judged += shadow.judged;
    }),
    runsOf(share),
  );
  return { judged, whole };
}

describe('What people are told of their edges', () => {
  test('never goes stale: judging whom a change concerns gives what judging everyone gives', () => {
    const { judged, whole } = expectNothingStale([], runs / 4);
    // Whoever judged everyone at every change would prove nothing.
    expect(judged).toBeLessThan(whole * 0.8);
  });

  test('nor where more workloads are meant than an entry is judged by', () => {
    const { judged, whole } = expectNothingStale(crowd, runs / 10);
    expect(judged).toBeLessThan(whole * 0.3);
  });
});
