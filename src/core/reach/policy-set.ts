import type { LabelSelector, Labels } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicySource } from './endpoint.ts';

/** One namespace's policies, each under labels of which its pods must carry one. */
interface Shelf {
  readonly byLabel: ReadonlyMap<string, readonly NetworkPolicy[]>;
  /** Those whose selector demands no certain label. */
  readonly others: readonly NetworkPolicy[];
}

const nothing: readonly NetworkPolicy[] = [];

/**
 * A source over a fixed set of policies. Finding those of a pod costs about one look-up per label
 * of the pod, however many policies its namespace has. The order of the input never matters;
 * policies of namespaces that `namespaces` lacks count all the same.
 */
export function policySet(
  namespaces: ReadonlyMap<string, Labels>,
  policies: Iterable<NetworkPolicy>,
): PolicySource {
  const shelves = new Map<string, Shelf>();
  for (const [namespace, own] of Map.groupBy(policies, ({ metadata }) => metadata.namespace)) {
    shelves.set(namespace, shelve(own));
  }
  return {
    policiesIn: (namespace, labels) => find(shelves.get(namespace), labels),
    namespaceLabels: (namespace) => namespaces.get(namespace),
  };
}

function find(shelf: Shelf | undefined, labels: Labels): readonly NetworkPolicy[] {
  if (shelf === undefined) return nothing;
  const found = Object.entries(labels).map(
    ([key, value]) => shelf.byLabel.get(pairOf(key, value)) ?? nothing,
  );
  return shelf.others.concat(...found);
}

/**
 * Each policy goes under its rarest label: `part-of: shop`, which all selectors share, would find
 * everything. A selector's alternatives (`In`) exclude each other, so none is found twice.
 */
function shelve(policies: readonly NetworkPolicy[]): Shelf {
  const demands = policies.map(({ spec }) => demandsOf(spec.podSelector ?? {}));
  const counts = new Map<string, number>();
  for (const pair of demands.flat(2)) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  const byLabel = new Map<string, NetworkPolicy[]>();
  const others: NetworkPolicy[] = [];
  for (const [index, policy] of policies.entries()) {
    const pairs = rarest(demands[index] ?? [], counts);
    if (pairs === undefined) others.push(policy);
    for (const pair of pairs ?? []) append(byLabel, pair, policy);
  }
  return { byLabel, others };
}

/** The labels that a selector demands: of each inner list, a pod must carry exactly one. */
function demandsOf({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): readonly (readonly string[])[] {
  const equal = Object.entries(matchLabels).map(([key, value]) => [pairOf(key, value)]);
  const among = matchExpressions
    .filter(({ operator }) => operator === 'In')
    .map(({ key, values }) => [...new Set(values)].map((value) => pairOf(key, value)));
  return [...equal, ...among];
}

function rarest(
  demands: readonly (readonly string[])[],
  counts: ReadonlyMap<string, number>,
): readonly string[] | undefined {
  const weight = (pairs: readonly string[]) =>
    pairs.reduce((sum, pair) => sum + (counts.get(pair) ?? 0), 0);
  let best: readonly string[] | undefined;
  for (const pairs of demands) {
    if (best === undefined || weight(pairs) < weight(best)) best = pairs;
  }
  return best;
}

function append(byLabel: Map<string, NetworkPolicy[]>, pair: string, policy: NetworkPolicy): void {
  const list = byLabel.get(pair);
  if (list === undefined) byLabel.set(pair, [policy]);
  else list.push(policy);
}

/** Neither keys nor values of labels hold a line break. */
function pairOf(key: string, value: string): string {
  return `${key}\n${value}`;
}
