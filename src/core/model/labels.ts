/** Labels of an object, or the equality part of a selector. */
export type Labels = Readonly<Record<string, string>>;

/** One `matchExpressions` requirement (meta/v1 LabelSelectorRequirement). */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/**
 * A meta/v1 LabelSelector: requirements are ANDed; one without any requirement matches every
 * label set.
 */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelRequirement[];
}

/** Whether `labels` satisfy every requirement of `selector`. An empty selector matches all. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  const { matchLabels, matchExpressions } = selector;
  for (const key in matchLabels) {
    if (labels[key] !== matchLabels[key]) return false;
  }
  return matchExpressions?.every((requirement) => holds(requirement, labels)) ?? true;
}

/** `NotIn` and `DoesNotExist` hold for an absent key (labels.Requirement.Matches upstream). */
function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** The requirements of a selector, those of `matchLabels` among them. */
function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector) {
  const equal = Object.entries(matchLabels).map(
    ([key, value]): LabelRequirement => ({ key, operator: 'In', values: [value] }),
  );
  return [...equal, ...matchExpressions];
}

/**
 * Whether labels contradict a selector by what they have, so that no further label could make it
 * match them.
 */
export function contradicts(selector: LabelSelector, labels: Labels): boolean {
  return requirementsOf(selector).some(
    (requirement) => Object.hasOwn(labels, requirement.key) && !holds(requirement, labels),
  );
}

/** What a selector demands: labels that have to be there, of some value or of any. */
export function demandsOf(selector: LabelSelector): LabelRequirement[] {
  return requirementsOf(selector).filter(
    ({ operator }) => operator === 'In' || operator === 'Exists',
  );
}

/** The keys of labels that a selector asks about, each as often as it does. */
export function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** Whether the selector has no requirement, so that it matches every label set. */
export function selectsEverything({ matchLabels, matchExpressions }: LabelSelector): boolean {
  for (const _ in matchLabels) return false;
  return (matchExpressions ?? []).length === 0;
}

/** The values that a selector demands of a label; undefined where it does not name them. */
export function valuesDemanded(
  { matchLabels, matchExpressions }: LabelSelector,
  key: string,
): readonly string[] | undefined {
  const equal = matchLabels?.[key];
  if (equal !== undefined) return [equal];
  return (
    matchExpressions?.find((each) => each.key === key && each.operator === 'In')?.values ??
    undefined
  );
}

/**
 * Whether a label set may exist that both selectors match. Errs to yes: it tells apart what demands
 * different values of one label, or a label that the other forbids.
 */
export function mayOverlap(a: LabelSelector, b: LabelSelector): boolean {
  return !excludes(a, b) && !excludes(b, a);
}

function excludes(a: LabelSelector, b: LabelSelector): boolean {
  const demanded = [
    ...Object.keys(a.matchLabels ?? {}),
    ...(a.matchExpressions ?? []).flatMap(({ key, operator }) => (operator === 'In' ? [key] : [])),
  ];
  const apart = demanded.some((key) => {
    const [mine, theirs] = [valuesDemanded(a, key), valuesDemanded(b, key)];
    return mine !== undefined && theirs !== undefined && !mine.some((one) => theirs.includes(one));
  });
  return apart || demanded.some((key) => forbids(b, key, valuesDemanded(a, key) ?? []));
}

/** Whether a selector refuses all of these values of a label. */
function forbids(
  { matchExpressions = [] }: LabelSelector,
  key: string,
  values: readonly string[],
): boolean {
  return matchExpressions.some(
    (each) =>
      each.key === key &&
      (each.operator === 'DoesNotExist' ||
        (each.operator === 'NotIn' && values.every((value) => each.values?.includes(value)))),
  );
}

/**
 * The canonical form of a selector: keys sorted, expressions sorted, values sorted and without
 * repeats, empty parts left out. Equal meaning in this form gives equal JSON text.
 */
export function canonicalSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  const labels = Object.entries(matchLabels ?? {}).sort(([a], [b]) => compareText(a, b));
  const expressions = (matchExpressions ?? []).map(canonicalRequirement).sort(compareRequirements);
  return {
    ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

/** A selector as text, equal for selectors of equal meaning. */
export function selectorText(selector: LabelSelector): string {
  return JSON.stringify(canonicalSelector(selector));
}

function canonicalRequirement({ key, operator, values }: LabelRequirement): LabelRequirement {
  if (operator === 'Exists' || operator === 'DoesNotExist') return { key, operator };
  return { key, operator, values: [...new Set(values)].sort(compareText) };
}

function compareRequirements(a: LabelRequirement, b: LabelRequirement): number {
  return (
    compareText(a.key, b.key) ||
    compareText(a.operator, b.operator) ||
    compareText((a.values ?? []).join(), (b.values ?? []).join())
  );
}

/** Order by UTF-16 code units: the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorts these in place by name, and gives them. */
export function byName<R extends { readonly name: string }>(all: R[]): R[] {
  return all.sort((a, b) => compareText(a.name, b.name));
}
