import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { type LabelSelector, selects } from '../../src/core/model/labels.ts';
import { directions } from '../../src/core/model/policy.ts';
import type { WorkloadRecord } from '../../src/core/model/records.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { hasPort } from '../../src/core/reach/port-set.ts';
import type { TruthPod } from '../../src/core/truth/rule.ts';
import { createTruth } from '../../src/core/truth/truth.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { podOf } from '../support/ask.ts';
import { builtOf, createJudge, render } from '../support/differences.ts';
import { probesOf } from '../support/probes.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { ordinalLabels, runtimeLabels } from '../support/vocabulary.ts';
import { worlds } from '../support/worlds.ts';

/** The pods that a workload makes from its template. */
function ownedPods(world: TruthWorld): { owner: WorkloadRecord; pod: TruthPod }[] {
  const { pods } = probesOf(world);
  return pods.flatMap(({ owner, ...pod }) => (owner === undefined ? [] : [{ owner, pod }]));
}

/**
 * The resources that speak for a pod with the labels of run time and not for one of the template, and
 * demand a label of that or only what Kubernetes puts there.
 */
function selectedAtRunTime(world: TruthWorld) {
  const truth = createTruth(world);
  const resourcesFor = (pod: TruthPod) =>
    truth.speakersFor(pod).filter((speaker) => speaker.kind === 'AppConnectivity');
  const owners = ownedPods(world).map(({ owner }) => owner);
  return owners.flatMap((owner) => {
    const { kind, name } = owner.ref;
    const ordinal = kind === 'StatefulSet' ? ordinalLabels(name) : {};
    const always = resourcesFor(podOf(owner));
    const atRunTime = resourcesFor(podOf(owner, { ...runtimeLabels, ...ordinal }));
    return atRunTime
      .filter((resource) => !always.includes(resource))
      .filter(({ spec }) => {
        const { selector } = spec as { selector: LabelSelector };
        const keys = Object.keys(selector.matchLabels ?? {});
        const lacking = keys.filter((key) => !(key in owner.labels));
        const isTemplate = world.workloads.some(
          ({ ref, labels }) => ref.namespace === owner.ref.namespace && selects(selector, labels),
        );
        if (isTemplate) return lacking.every((key) => key in ordinal);
        return keys.some((key) => key in owner.labels || key in ordinal);
      })
      .map((resource) => ({ owner, resource }));
  });
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
    'whoever speaks for pods of a workload by labels of run time only is named with it',
    () => {
      let met = 0;
      fc.assert(
        fc.property(worlds(), (world) => {
          const findings = compileAll(builtOf(world)).flatMap((each) => each.findings);
          for (const { owner, resource } of selectedAtRunTime(world)) {
            const told = findings.filter(
              ({ code, data }) =>
                code === 'SelectorOverlap' &&
                data.workload.includes(keyOf(owner.ref)) &&
                data.others.includes(keyOf(resource)),
            );
            expect(told.map(({ object }) => object.kind).sort()).toEqual(
              ['AppConnectivity', owner.ref.kind].sort(),
            );
            met += 1;
          }
        }),
        runsOf(runs),
      );
      expect(met).toBeGreaterThan(0);
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
