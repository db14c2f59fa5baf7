import type { LabelSelector } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import { selectsNothing } from '../model/selects-nothing.ts';
import type { EnvironmentSettings } from '../model/settings.ts';
import { labelsOfNamespace, type Voices } from './voices.ts';

/* "Environments" of 0010. */

/** Whether an entry that is written in one namespace may mean pods of the other. */
export function areTogether(voices: Voices, own: string, other: string): boolean {
  const { environments } = voices.world.settings;
  if (environments === undefined || own === other) return true;
  const { label, sharedNamespaces } = environments;
  if ([own, other].some((name) => sharedNamespaces.includes(name))) return true;
  // An empty value is none.
  const a = labelsOfNamespace(voices, own)[label] ?? '';
  const b = labelsOfNamespace(voices, other)[label] ?? '';
  return a !== '' && b !== '' && (a === b || isAllowed(environments, a, b));
}

/**
 * Whether no namespace, whatever its labels, can match a selector and be together with the writer's:
 * an entry that is narrowed to nothing is dropped, as one that crosses.
 */
export function meansNobody(voices: Voices, own: string, selector: LabelSelector): boolean {
  const { environments } = voices.world.settings;
  if (environments === undefined || environments.sharedNamespaces.includes(own)) return false;
  const { label, sharedNamespaces, allowed } = environments;
  const value = labelsOfNamespace(voices, own)[label] ?? '';
  const others = allowed.flatMap((pair) => (pair.includes(value) ? pair : []));
  const matches = (key: string, values: readonly string[]) =>
    values.length > 0 && !selectsNothing(requiring(selector, key, values));
  const together = value === '' ? [] : [value, ...others];
  return !matches(label, together) && !matches(namespaceNameLabel, [own, ...sharedNamespaces]);
}

function requiring(
  { matchLabels, matchExpressions = [] }: LabelSelector,
  key: string,
  values: readonly string[],
): LabelSelector {
  const more = { key, operator: 'In', values } as const;
  return { ...(matchLabels && { matchLabels }), matchExpressions: [...matchExpressions, more] };
}

function isAllowed({ allowed }: EnvironmentSettings, a: string, b: string): boolean {
  return allowed.some(([one, two]) => (one === a && two === b) || (one === b && two === a));
}
