import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Says, textsOf } from '../../../test/support/builders.ts';
import { type Probes, probesOf } from '../../../test/support/probes.ts';
import { runsOf } from '../../../test/support/runs.ts';
import { worlds } from '../../../test/support/worlds.ts';
import { type Direction, directions } from '../model/policy.ts';
import type { WorkloadRecord } from '../model/records.ts';
import { spanOf } from './addresses.ts';
import { admits } from './rule.ts';
import { createTruth } from './truth.ts';
import { isSame, readVoices, type TruthWorld } from './voices.ts';
import { type Word, wordOfWorkload } from './word.ts';

const someProtocol = fc.constantFrom('TCP', 'UDP', 'SCTP');

describe('laws that hold in every world', () => {
  test('where each pod is matched by its own workload only, labels and ownership agree', () => {
    let asked = 0;
    fc.assert(
      fc.property(worlds(), someProtocol, (world, protocol) => {
        const truth = createTruth(world);
        const { pods, ports } = probesOf(world);
        const alone = pods.flatMap((pod) => {
          const [speaker, ...others] = truth.speakersFor(pod);
          const { owner } = pod;
          return owner !== undefined && speaker === owner && others.length === 0
            ? [{ pod, owner }]
            : [];
        });
        const flows = alone.flatMap((from) => alone.map((to) => ({ from, to })));
        for (const { from, to } of flows) {
          const byLabels = ports.filter((port) => truth.allows(from.pod, to.pod, port, protocol));
          const byOwner = ports.filter((port) =>
            truth.allowsByOwner(from.owner, from.pod, to.owner, to.pod, port, protocol),
          );
          expect(byOwner).toEqual(byLabels);
          asked += 1;
        }
      }),
      runsOf(150),
    );
    expect(asked).toBeGreaterThan(300);
  });

  test('whether a workload is isolated depends only on its declarations and its namespace', () => {
    fc.assert(
      fc.property(worlds(), fc.nat(), (world, pick) => {
        const one = choose(world, pick);
        const alone: TruthWorld = {
          ...world,
          workloads: [one],
          services: [],
          resources: world.resources.filter(({ namespace }) => namespace === one.ref.namespace),
          namespaces: world.namespaces.filter(({ name }) => name === one.ref.namespace),
        };
        for (const direction of directions) {
          expect(wordOf(alone, one, direction).isolated).toBe(
            wordOf(world, one, direction).isolated,
          );
        }
      }),
    );
  });

  test("somebody else's new entries never take anything from a workload's word", () => {
    fc.assert(
      fc.property(
        worlds(),
        fc.nat(),
        fc.nat(),
        fc.constantFrom<Says>({ talksTo: 'cart, @internet' }, { acceptsFrom: '@cluster:80, db' }),
        (world, pick, other, says) => {
          const one = choose(world, pick);
          const writer = choose(world, other);
          const after = isSame(one, writer) ? world : add(world, writer, says);
          for (const direction of directions) {
            const before = allowedBy(wordOf(world, one, direction), probesOf(world));
            const now = allowedBy(wordOf(after, one, direction), probesOf(world));
            expect(before.filter((flow) => !now.includes(flow))).toEqual([]);
          }
        },
      ),
    );
  });

  test('what is declared in other namespaces changes no word of this one', () => {
    fc.assert(
      fc.property(worlds(), fc.nat(), (world, pick) => {
        const one = choose(world, pick);
        const silenced = silenceOthers(world, one.ref.namespace);
        for (const direction of directions) {
          const probes = probesOf(world);
          expect(allowedBy(wordOf(silenced, one, direction), probes)).toEqual(
            allowedBy(wordOf(world, one, direction), probes),
          );
        }
      }),
    );
  });
});

function choose({ workloads }: TruthWorld, pick: number): WorkloadRecord {
  const one = workloads[pick % workloads.length];
  if (one === undefined) throw new Error('a world has workloads');
  return one;
}

function wordOf(world: TruthWorld, workload: WorkloadRecord, direction: Direction): Word {
  return wordOfWorkload(readVoices(world), workload, direction);
}

/** What a word allows of all probes, as texts: other end, and port of each possible destination. */
function allowedBy({ rules }: Word, { pods, addresses, ports }: Probes): string[] {
  const parties = [...pods, ...addresses.map((address) => ({ address }))];
  return parties.flatMap((party, index) => {
    const about = rules.filter(({ peer }) =>
      'address' in party
        ? peer.hasAddress(spanOf(party.address))
        : peer.hasPod(party.namespace, party.labels),
    );
    return ports
      .filter((port) => about.some((rule) => admits(rule.ports, party, port, 'TCP')))
      .map((port) => `${index}:${port}`);
  });
}

/** The world in which `writer` says something more, where it said nothing yet. */
function add(world: TruthWorld, writer: WorkloadRecord, says: Says): TruthWorld {
  return {
    ...world,
    workloads: world.workloads.map((workload) =>
      workload === writer
        ? { ...workload, texts: { ...textsOf(says), ...workload.texts } }
        : workload,
    ),
  };
}

/** The world in which only the objects of one namespace declare anything. */
function silenceOthers(world: TruthWorld, namespace: string): TruthWorld {
  return {
    ...world,
    namespaces: world.namespaces.map((one) =>
      one.name === namespace ? one : { ...one, texts: {} },
    ),
    workloads: world.workloads.map((one) =>
      one.ref.namespace === namespace ? one : { ...one, texts: {} },
    ),
    resources: world.resources.map((one) =>
      one.namespace === namespace ? one : { ...one, spec: {} },
    ),
  };
}
