import { keysOf, type LabelRequirement, type LabelSelector, selects } from './labels.ts';

/**
 * Whether no label set can match a selector: what it requires of one label contradicts itself. Exact:
 * requirements of different keys are independent, and of one key either a value that is demanded
 * satisfies them all, or a value that nobody mentions, or the key's absence.
 */
export function selectsNothing(selector: LabelSelector): boolean {
  return [...new Set(keysOf(selector))].some((key) => !isSatisfiable(about(selector, key), key));
}

function about({ matchLabels = {}, matchExpressions = [] }: LabelSelector, key: string) {
  const value = Object.hasOwn(matchLabels, key) ? matchLabels[key] : undefined;
  const equal: LabelRequirement[] =
    value === undefined ? [] : [{ key, operator: 'In', values: [value] }];
  return [...equal, ...matchExpressions.filter((each) => each.key === key)];
}

function isSatisfiable(requirements: readonly LabelRequirement[], key: string): boolean {
  const mentioned = requirements.flatMap(({ values = [] }) => values);
  // Longer than all that are mentioned, so that it is none of them.
  const other = `${mentioned.reduce((longest, each) => (each.length > longest.length ? each : longest), '')}x`;
  const some = [...mentioned, other].map((value) => ({ [key]: value }));
  return [{}, ...some].some((labels) => selects({ matchExpressions: requirements }, labels));
}
