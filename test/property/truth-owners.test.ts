import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyOf } from '../../src/core/model/identity.ts';
import { directions } from '../../src/core/model/policy.ts';
import type { WorkloadRecord } from '../../src/core/model/records.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { hasPort } from '../../src/core/reach/port-set.ts';
import type { TruthPod } from '../../src/core/truth/rule.ts';
import { createTruth } from '../../src/core/truth/truth.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { createJudge, render } from '../support/differences.ts';
import { probesOf } from '../support/probes.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { worlds } from '../support/worlds.ts';

/** The pods that a workload makes from its template. */
function ownedPods(world: TruthWorld): { owner: WorkloadRecord; pod: TruthPod }[] {
  const { pods } = probesOf(world);
  return pods.flatMap(({ owner, ...pod }) => (owner === undefined ? [] : [{ owner, pod }]));
}

function named(pod: TruthPod, name: string): Party {
  return { ...pod, name };
}

describe('In every world', () => {
  test(
    'where each pod is matched by its own workload only, they allow what its owner says',
    () => {
      fc.assert(
        fc.property(worlds(), (world) => {
          const allows = createJudge(world);
          const truth = createTruth(world);
          const { ports } = probesOf(world);
          const alone = ownedPods(world).filter(({ owner, pod }) => {
            const speakers = truth.speakersFor(pod);
            return speakers.length === 1 && speakers[0] === owner;
          });
          for (const [from, to] of alone.flatMap((one) =>
            alone.map((other) => [one, other] as const),
          )) {
            const allowed = allows(named(from.pod, 'from'), named(to.pod, 'to'));
            const wanted = ports.map((port) =>
              truth.allowsByOwner(from.owner, from.pod, to.owner, to.pod, port, 'TCP'),
            );
            expect(ports.map((port) => hasPort(allowed, port, 'TCP'))).toEqual(wanted);
          }
        }),
        runsOf(runs),
      );
    },
    timeFor(runs),
  );

  test(
    'a workload whose pods take part in another isolated one is named in a finding',
    () => {
      fc.assert(
        fc.property(worlds(), (world) => {
          const { overlaps } = render(world);
          const truth = createTruth(world);
          for (const { owner, pod } of ownedPods(world)) {
            const others = truth
              .speakersFor(pod)
              .filter((speaker) => speaker.kind === 'Workload' && speaker !== owner);
            const isolated = directions.some((direction) => truth.isolated(pod, direction));
            if (others.length > 0 && isolated) expect([...overlaps]).toContain(keyOf(owner.ref));
          }
        }),
        runsOf(runs),
      );
    },
    timeFor(runs),
  );

  test(
    'no rule is without peers, and every rule names a peer',
    () => {
      fc.assert(
        fc.property(worlds(), (world) => {
          for (const policy of render(world).policies) expect(findAllowAll(policy)).toBeUndefined();
        }),
        runsOf(runs),
      );
    },
    timeFor(runs),
  );
});
