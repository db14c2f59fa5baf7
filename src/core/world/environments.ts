import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import { selectsNothing } from '../model/selects-nothing.ts';
import type { EnvironmentSettings } from '../model/settings.ts';
import type { World } from './world.ts';

/**
 * What a selector of namespaces means in an entry of this namespace: the same, or, where there are
 * environments, it together with each of what holds for those that are together with the namespace.
 */
export function narrowed(
  world: World,
  namespace: string,
  selector: LabelSelector,
): readonly LabelSelector[] {
  const { environments } = world.settings;
  if (environments === undefined || environments.sharedNamespaces.includes(namespace)) {
    return [selector];
  }
  return within(world, environments, namespace)
    .map((ours) => both(selector, ours))
    .filter((each) => !selectsNothing(each));
}

/** The namespaces that are together with one that is not shared, by their labels. */
function within(
  world: World,
  environments: EnvironmentSettings,
  namespace: string,
): LabelSelector[] {
  const { label, sharedNamespaces } = environments;
  const values = valuesWith(environments, environmentOf(world, label, namespace));
  const names = [namespace, ...sharedNamespaces];
  return [
    ...(values.length > 0 ? [requires(label, values)] : []),
    requires(namespaceNameLabel, names),
  ];
}

export function requires(key: string, values: readonly string[]): LabelSelector {
  return { matchExpressions: [{ key, operator: 'In', values }] };
}

/** Requirements are added, also where both are of one key: the API server ANDs them all. */
export function both(a: LabelSelector, b: LabelSelector): LabelSelector {
  const { matchLabels, matchExpressions = [] } = a;
  return canonicalSelector({
    ...(matchLabels !== undefined && { matchLabels }),
    matchExpressions: [...matchExpressions, ...(b.matchExpressions ?? [])],
  });
}

/** The values that namespaces together with those of one value have; none for no value. */
export function valuesWith({ allowed }: EnvironmentSettings, value: string): string[] {
  if (value === '') return [];
  const beside = allowed.flatMap(([a, b]) => [
    ...(a === value ? [b] : []),
    ...(b === value ? [a] : []),
  ]);
  return [value, ...beside];
}

/** Empty: none, since nobody means a label's empty value. */
export function environmentOf(world: World, label: string, namespace: string): string {
  return world.state(namespace)?.object?.record.labels[label] ?? '';
}
