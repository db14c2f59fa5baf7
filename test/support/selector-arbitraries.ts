import fc from 'fast-check';
import type { LabelSelector } from '../../src/core/model/labels.ts';
import {
  appNames,
  environmentLabel,
  namedNamespaces,
  ordinalLabels,
  pick,
  runtimeLabels,
} from './vocabulary.ts';

/** Selectors of pods and of namespaces, as entries of both forms write them. */

export const podSelectors: fc.Arbitrary<LabelSelector> = pick<LabelSelector>(
  [4, fc.constantFrom(...appNames).map((app) => ({ matchLabels: { app } }))],
  [4, fc.constantFrom('front', 'back').map((tier) => ({ matchLabels: { tier } }))],
  [2, fc.constant({ matchLabels: { 'part-of': 'shop' } })],
  [1, fc.constant({ matchLabels: { made: 'elsewhere' } })],
  [1, fc.constant({ matchLabels: { ...runtimeLabels } })],
  [1, fc.constantFrom(...appNames).map((app) => ({ matchLabels: { app, ...runtimeLabels } }))],
  [1, fc.constantFrom(...appNames).map((name) => ({ matchLabels: ordinalLabels(name) }))],
  [1, fc.constant({ matchExpressions: [{ key: 'tier', operator: 'Exists' }] })],
  [1, fc.constant({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['db'] }] })],
);

export const namespaceSelectors: fc.Arbitrary<LabelSelector> = pick<LabelSelector>(
  [4, fc.constantFrom('a', 'b').map((team) => ({ matchLabels: { team } }))],
  [1, fc.constant({ matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] })],
  [
    1,
    fc.constantFrom('dev', 'prod').map((value) => ({ matchLabels: { [environmentLabel]: value } })),
  ],
  [2, namedNamespaces.map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } }))],
);
