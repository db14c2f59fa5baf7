import { directions } from '../../src/core/model/policy.ts';
import {
  canBeExempt,
  isDefaultDeny,
  isEnforced,
  isHeld,
  isInAudit,
} from '../../src/core/truth/modes.ts';
import type { TruthWorld, Voices } from '../../src/core/truth/voices.ts';
import type { Spoken } from './spoken.ts';

/** Something that a random world may hold, and in how many of a hundred worlds at least. */
export type Feature = readonly [
  name: string,
  percent: number,
  holds: (voices: Voices, spoken: readonly Spoken[]) => boolean,
];

export const anySubject = (
  voices: Voices,
  holds: (workload: TruthWorld['workloads'][number], direction: 'Ingress' | 'Egress') => boolean,
) => voices.world.workloads.some((one) => directions.some((direction) => holds(one, direction)));

const deniedSizes = (voices: Voices) =>
  voices.namespaces.map(
    ({ name }) => directions.filter((direction) => isDefaultDeny(voices, name, direction)).length,
  );

/** Default-deny, audit, and what decides about them. */
export const modeFeatures: readonly Feature[] = [
  ['a default-deny namespace', 50, (voices) => deniedSizes(voices).some((size) => size > 0)],
  ['a default-deny in one direction', 20, (voices) => deniedSizes(voices).includes(1)],
  [
    'a namespace that the configuration denies and no label',
    5,
    (voices) =>
      voices.namespaces.some(
        ({ name, deny }) =>
          deny === 'absent' && directions.some((one) => isDefaultDeny(voices, name, one)),
      ),
  ],
  [
    'a floor that a label would open',
    3,
    (voices) =>
      voices.namespaces.some(
        ({ name, deny }) =>
          typeof deny !== 'string' &&
          directions.some((one) => !deny.has(one) && isDefaultDeny(voices, name, one)),
      ),
  ],
  [
    'a live default-deny as the memory of a label',
    3,
    ({ world, namespaces }) =>
      namespaces.some(
        ({ name, deny, mode }) =>
          (deny === 'invalid' || mode === 'invalid') &&
          world.policies.some(
            ({ policy, applied }) => applied && policy.metadata.namespace === name,
          ),
      ),
  ],
  [
    'a namespace in audit where others are enforced',
    10,
    (voices) => new Set(voices.namespaces.map(({ name }) => isEnforced(voices, name))).size === 2,
  ],
  [
    'a workload in audit in an enforced namespace',
    10,
    ({ world, ...voices }) =>
      world.workloads.some(
        (one) =>
          isEnforced({ world, ...voices }, one.ref.namespace) &&
          isInAudit({ world, ...voices }, one),
      ),
  ],
  [
    'a workload in audit that cannot be exempt, since it would open others’ pods',
    1,
    (voices) =>
      anySubject(
        voices,
        (one, direction) =>
          isInAudit(voices, one) && isHeld(voices, one, direction) && !canBeExempt(voices, one),
      ),
  ],
  [
    'a workload in audit that others would isolate',
    4,
    (voices) =>
      anySubject(
        voices,
        (one, direction) => isInAudit(voices, one) && isHeld(voices, one, direction),
      ),
  ],
];
