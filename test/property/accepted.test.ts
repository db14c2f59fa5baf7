import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type Compiled, compile, compileAll } from '../../src/core/compile/compile.ts';
import { findingKey } from '../../src/core/model/finding.ts';
import type { Key } from '../../src/core/model/identity.ts';
import { compareText } from '../../src/core/model/labels.ts';
import { type NetworkPolicy, nameOfPolicy } from '../../src/core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../../src/core/model/records.ts';
import { saysTheSame } from '../../src/core/plan/compare.ts';
import { World } from '../../src/core/world/world.ts';
import { histories, type WorldEvent } from '../support/events.ts';
import { LastAcceptedModel } from '../support/last-accepted-model.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { type Spoil, spoil, spoils, written } from '../support/spoil.ts';
import { pick } from '../support/vocabulary.ts';
import { identityOf } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

/** What happens after an event of the input. */
type Step =
  | { readonly type: 'write' }
  | { readonly type: 'spoil'; readonly index: number; readonly what: Spoil }
  | { readonly type: 'mend'; readonly index: number };

const index = fc.nat();
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  pick<Step>(
    [3, fc.constant({ type: 'write' } as const)],
    [4, fc.record({ type: fc.constant('spoil' as const), index, what: spoils })],
    [1, fc.record({ type: fc.constant('mend' as const), index })],
  ),
  { minLength: 4, maxLength: 14 },
);

/** The live objects of a cluster: all records by identity, policies apart. */
class Live {
  readonly records = new Map<string, WorldRecord>();
  readonly policies = new Map<string, PolicyRecord>();
  /** What a record was before it was made invalid. */
  readonly #sound = new Map<string, WorldRecord>();

  /** The event that a step makes of what is there. */
  eventOf(step: Exclude<Step, { type: 'write' }>): WorldEvent | undefined {
    const all = [...this.records.values()].filter((each) => spoil(each, 'whole') !== each);
    const record = all[step.index % Math.max(all.length, 1)];
    if (record === undefined) return undefined;
    const identity = identityOf(record);
    if (step.type === 'mend') return { type: 'put', record: this.#sound.get(identity) ?? record };
    const bad = spoil(record, step.what);
    if (!this.#sound.has(identity)) this.#sound.set(identity, record);
    return { type: 'put', record: bad };
  }

  take({ type, record }: WorldEvent): void {
    if (type === 'put') this.records.set(identityOf(record), record);
    else this.records.delete(identityOf(record));
  }
}

function policiesOf(world: World): NetworkPolicy[] {
  const all = compileAll(world).flatMap(({ policies }) => policies);
  return all.sort((a, b) => compareText(nameOfPolicy(a), nameOfPolicy(b)));
}

/** Makes the live policies those that are wanted, as the operator would in the end. */
function writeAll(world: World, live: Live): void {
  const wanted = new Map(policiesOf(world).map((policy) => [nameOfPolicy(policy), policy]));
  for (const [name, record] of live.policies) {
    if (wanted.has(name)) continue;
    live.policies.delete(name);
    world.remove(record);
  }
  for (const [name, policy] of wanted) {
    const before = live.policies.get(name);
    if (before !== undefined && saysTheSame(before.policy, policy)) continue;
    live.policies.set(name, written(policy));
    world.put(written(policy));
  }
}

/** All that was compiled, as text. */
function textOf(all: Iterable<Compiled>): string[] {
  const spoken = [...all].filter(
    ({ policies, edges, findings }) => policies.length + edges.length + findings.length > 0,
  );
  const text = ({ key, policies, edges, findings }: Compiled) =>
    JSON.stringify([key, policies, edges, findings.map(findingKey)]);
  return spoken.map(text).sort();
}

/** What is said to become of texts that are invalid. */
function fatesIn(world: World): string[] {
  const found = compileAll(world).flatMap(({ findings }) => findings);
  const fates = found.filter(({ code }) => /^(LastAcceptedStands|NothingAccepted)$/.test(code));
  return fates.map(findingKey).sort();
}

function somethingStands(world: World): boolean {
  return fatesIn(world).some((fate) => fate.includes('LastAcceptedStands'));
}

/** Events of the input, each with the steps that come after it; only the operator writes policies. */
const inputs = histories().map(({ events, end }) => ({
  events: events.filter(({ record }) => record.kind !== 'NetworkPolicy'),
  end,
}));
const stories = fc.tuple(inputs, steps, fc.infiniteStream(fc.nat({ max: 2 })));

describe('What was accepted last', () => {
  test('stands for a text that became invalid: the policies are those of the text that was valid and written', () => {
    let stood = 0;
    fc.assert(
      fc.property(stories, ([{ events, end }, extra, pace]) => {
        const world = new World(end.settings);
        const live = new Live();
        const model = new LastAcceptedModel();
        const rest = [...extra];
        const check = () => {
          const plain = new World(end.settings);
          plain.load([...live.records.values()].map((record) => model.replace(record)));
          // The live default-deny is the memory of directions; texts it must not lend here.
          plain.load([...live.policies.values()].map(({ remembers: _, ...record }) => record));
          expect(policiesOf(world)).toEqual(policiesOf(plain));
        };
        const happen = (event: WorldEvent | undefined) => {
          if (event === undefined) return;
          live.take(event);
          if (event.type === 'put') world.put(event.record);
          else world.remove(event.record);
        };
        const run = (step: Step) => {
          if (step.type !== 'write') happen(live.eventOf(step));
          else {
            const before = policiesOf(world);
            writeAll(world, live);
            model.wrote([...live.records.values()], before);
            expect(policiesOf(world)).toEqual(before);
          }
          if (somethingStands(world)) stood += 1;
          check();
        };
        for (const event of events) {
          happen(event);
          if (pace.next().value === 0 && rest.length > 0) run(rest.shift() as Step);
        }
        rest.forEach(run);
        check();
      }),
      runsOf(runs / 4),
    );
    expect(stood).toBeGreaterThan(runs / 8);
  });

  test('is read back whatever order objects and policies come in, and the affected keys are known', () => {
    let stood = 0;
    let affected = 0;
    let whole = 0;
    fc.assert(
      fc.property(stories, fc.infiniteStream(fc.nat()), ([history, extra, pace], chance) => {
        const { events, end } = history;
        const world = new World(end.settings);
        const live = new Live();
        const known = new Map<Key, Compiled>();
        const draw = (below: number) => (chance.next().value as number) % below;
        const learn = (keys: Iterable<Key>) => {
          for (const key of keys) {
            known.set(key, compile(world, key));
            affected += 1;
          }
          whole += [...world.keys()].length;
          expect(textOf(known.values())).toEqual(textOf(compileAll(world)));
        };
        const happen = (event: WorldEvent | undefined) => {
          if (event === undefined) return;
          live.take(event);
          learn(event.type === 'put' ? world.put(event.record) : world.remove(event.record));
        };
        /** Some policies are written, some go, and of some the texts are edited by hand. */
        const writeSome = () => {
          for (const policy of policiesOf(world)) {
            const record = written(policy);
            const { remembers: _, ...edited } = record;
            if (draw(3) === 0) continue;
            const told = draw(5) === 0 ? edited : record;
            live.policies.set(nameOfPolicy(policy), told);
            learn(world.put(told));
          }
          for (const [name, record] of live.policies) {
            if (draw(6) !== 0) continue;
            live.policies.delete(name);
            learn(world.remove(record));
          }
        };
        const run = (step: Step) => {
          if (step.type === 'write') writeSome();
          else happen(live.eventOf(step));
          if (somethingStands(world)) stood += 1;
        };
        const rest = [...extra];
        for (const event of events) {
          happen(event);
          if (pace.next().value === 0 && rest.length > 0) run(rest.shift() as Step);
        }
        rest.forEach(run);
        const all = [...live.records.values(), ...live.policies.values()];
        const shuffled = all
          .map((record) => [draw(1_000_000), record] as const)
          .sort(([a], [b]) => a - b)
          .map(([, record]) => record);
        for (const fill of ['load', 'put'] as const) {
          const fresh = new World(end.settings);
          if (fill === 'load') fresh.load(shuffled);
          else for (const record of shuffled) fresh.put(record);
          expect(policiesOf(fresh)).toEqual(policiesOf(world));
          expect(fatesIn(fresh)).toEqual(fatesIn(world));
        }
      }),
      runsOf(runs / 8),
    );
    expect(stood).toBeGreaterThan(runs / 40);
    expect(affected).toBeLessThan(whole * 0.7);
  });
});
