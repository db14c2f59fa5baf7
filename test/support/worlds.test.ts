import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTruth } from '../../src/core/truth/truth.ts';
import { readVoices, type TruthWorld } from '../../src/core/truth/voices.ts';
import { type History, histories, type WorldEvent } from './events.ts';
import { features } from './features.ts';
import { probesOf } from './probes.ts';
import { runsOf } from './runs.ts';
import { spokenIn } from './spoken.ts';
import { identityOf, recordsOf, worldFrom, worlds } from './worlds.ts';

/** What truth says of every flow over TCP of which an end is isolated. */
function answersOf(world: TruthWorld): boolean[] {
  const truth = createTruth(world);
  const { pods, ports } = probesOf(world);
  return pods
    .flatMap((from) => pods.map((to) => ({ from, to })))
    .filter(({ from, to }) => truth.isolated(from, 'Egress') || truth.isolated(to, 'Ingress'))
    .flatMap(({ from, to }) => ports.map((port) => truth.allows(from, to, port, 'TCP')));
}

describe('random worlds', () => {
  const sample = fc.sample(worlds(), { seed: 20260101, numRuns: 1000 }).map(readVoices);

  const spoken = sample.map(spokenIn);

  test.each(features)('often hold %s', (_, percent, holds) => {
    const holding = sample.filter((voices, index) => holds(voices, spoken[index] ?? []));
    expect((holding.length / sample.length) * 100).toBeGreaterThanOrEqual(percent);
  });

  test('are dense: flows between isolated pods are allowed and denied alike', () => {
    const answers = sample.slice(0, 40).flatMap(({ world }) => answersOf(world));
    const allowed = answers.filter((answer) => answer).length / answers.length;
    expect(allowed).toBeGreaterThan(0.05);
    expect(allowed).toBeLessThan(0.5);
  });

  test('can be judged between all their probes', () => {
    fc.assert(
      fc.property(
        worlds(),
        fc.nat(),
        fc.constantFrom('TCP', 'UDP', 'SCTP'),
        (world, pick, protocol) => {
          const truth = createTruth(world);
          const { pods, addresses, ports } = probesOf(world);
          const parties = [...pods, ...addresses.map((address) => ({ address }))];
          const port = ports[pick % ports.length] ?? 80;
          for (const pod of pods) {
            for (const party of parties) {
              truth.allows(pod, party, port, protocol);
              truth.allows(party, pod, port, protocol);
            }
          }
        },
      ),
      runsOf(100),
    );
  });

  test('hold every object once', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const identities = recordsOf(world).map(identityOf);
        expect(new Set(identities).size).toBe(identities.length);
        expect(worldFrom(recordsOf(world), world.settings)).toEqual(world);
      }),
      runsOf(50),
    );
  });
});

/** Whether the object of this event has gone, and was there before. */
function isMadeAnew({ type, record }: WorldEvent, index: number, all: readonly WorldEvent[]) {
  const before = all
    .slice(0, index)
    .filter((other) => identityOf(other.record) === identityOf(record))
    .map((other) => other.type);
  return type === 'put' && before.at(-1) === 'remove' && before.includes('put');
}

describe('random histories', () => {
  const kinds: Record<string, (history: History) => boolean> = {
    'a removal': ({ events }) => events.some(({ type }) => type === 'remove'),
    'a record replaced by a changed one': ({ events }) =>
      events.some(({ type, record }, index) =>
        events
          .slice(index + 1)
          .some(
            (later) =>
              type === 'put' &&
              later.type === 'put' &&
              identityOf(later.record) === identityOf(record) &&
              JSON.stringify(later.record) !== JSON.stringify(record),
          ),
      ),
    'an object deleted and made anew': ({ events }) => events.some(isMadeAnew),
    'a record put again unchanged': ({ events }) =>
      events.some(({ record }, index) =>
        events
          .slice(index + 1)
          .some((later) => JSON.stringify(later.record) === JSON.stringify(record)),
      ),
  };
  const sample = fc.sample(histories(), { seed: 20260101, numRuns: 100 });

  test.each(Object.entries(kinds))('often hold %s', (_, holds) => {
    expect(sample.filter(holds).length).toBeGreaterThan(40);
  });

  test('end in the world that their events leave', () => {
    for (const { events, end } of sample) {
      const left = new Map<string, unknown>();
      for (const { type, record } of events) {
        if (type === 'put') left.set(identityOf(record), record);
        else left.delete(identityOf(record));
      }
      const ended = recordsOf(end).map((record) => [identityOf(record), record] as const);
      expect(Object.fromEntries(ended)).toEqual(Object.fromEntries(left));
    }
  });
});
