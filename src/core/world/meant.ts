import { byName, demandsOf, type LabelSelector, selects } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespacedItem } from './item.ts';
import type { NamespaceState, Workload } from './namespace-state.ts';

/** Whom an entry means that names nobody: pods by labels, of one namespace or of several. */
export interface Meaning {
  readonly pods: LabelSelector;
  /** The names of their ports, where the entry has nothing else; a pod without any is not meant. */
  readonly portNames: readonly string[];
}

/** So many workloads are judged for an entry that means many. */
export const mostJudged = 20;

/** The names of ports at the other end, where a port is meant by its name alone. */
export function portNamesOf(
  direction: Direction,
  ports: readonly { readonly port?: number | string }[],
): string[] {
  if (direction === 'Ingress') return [];
  const names = ports.flatMap(({ port }) => (typeof port === 'string' ? [port] : []));
  return names.length === ports.length ? names : [];
}

/** Workloads in their order, from the likest to the least: with the port, without it, on a node. */
type Ranks = readonly [Workload[], Workload[], Workload[]];

/**
 * The workloads that stand for an entry that means many: at most `mostJudged`, in turn the first of
 * each namespace, the second of each and so on, in the order of their names. Those on the network of
 * their nodes only where there are no others, and those without a port that is meant by name only
 * where nobody has it. So a workload that comes, changes or goes makes a difference only if it is
 * among them before or afterwards.
 */
export function standingFor(states: Iterable<NamespaceState>, meaning: Meaning): Workload[] {
  const byRank: readonly Workload[][][] = [[], [], []];
  for (const state of states) {
    ranked(state, meaning).forEach((some, rank) => {
      if (some.length > 0) byRank[rank]?.push(some);
    });
    if (byRank[0]?.length === mostJudged) break;
  }
  return inTurn(byRank.find((places) => places.length > 0) ?? []);
}

function ranked(state: NamespaceState, { pods, portNames }: Meaning): Ranks {
  const ranks: Ranks = [[], [], []];
  const [best] = ranks;
  for (const workload of state.matching(pods)) {
    const { hostNetwork, ports } = workload.record;
    const has = ports.some(({ name }) => name !== undefined && portNames.includes(name));
    const rank = ranks[hostNetwork ? 2 : portNames.length === 0 || has ? 0 : 1];
    if (rank.length < mostJudged) rank.push(workload);
    if (best.length === mostJudged) break;
  }
  return ranks;
}

function inTurn(places: readonly Workload[][]): Workload[] {
  const found: Workload[] = [];
  for (let turn = 0; turn < mostJudged; turn++) {
    found.push(...places.flatMap((place) => place[turn] ?? []));
    if (found.length >= mostJudged) break;
  }
  return found.slice(0, mostJudged);
}

/** Who stands for pods of several namespaces; looked up once for as long as workloads stay. */
export class Meant {
  readonly #namespaces: ReadonlyMap<string, NamespaceState>;
  readonly #known = new Map<string, readonly Workload[]>();
  #narrowed = new WeakMap<LabelSelector, Map<string, readonly LabelSelector[]>>();
  #texts = new WeakMap<LabelSelector, string>();
  #inOrder: readonly NamespaceState[] | undefined;

  constructor(namespaces: ReadonlyMap<string, NamespaceState>) {
    this.#namespaces = namespaces;
  }

  /** As `standingFor`, of the namespaces that a selector matches. */
  within(selector: LabelSelector, meaning: Meaning): readonly Workload[] {
    const text = `${this.#textOf(selector)}${this.#textOf(meaning.pods)}${meaning.portNames}`;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const found = standingFor(this.#matching(selector), meaning);
    this.#known.set(text, found);
    return found;
  }

  /** What a selector means in a namespace, as `narrow` tells; looked up as long as labels stay. */
  narrowed(
    namespace: string,
    selector: LabelSelector,
    narrow: () => readonly LabelSelector[],
  ): readonly LabelSelector[] {
    const known = this.#narrowed.get(selector)?.get(namespace);
    if (known !== undefined) return known;
    const found = narrow();
    const here = this.#narrowed.get(selector) ?? new Map<string, readonly LabelSelector[]>();
    this.#narrowed.set(selector, here.set(namespace, found));
    return found;
  }

  /** Something of this kind was stored; `others`: with it a namespace came or went. */
  forget(kind: NamespacedItem['kind'], others: boolean): void {
    if (others) this.#inOrder = undefined;
    if (others || kind === 'Namespace') this.#narrowed = new WeakMap();
    if (others || kind === 'Workload' || kind === 'Namespace') this.#known.clear();
  }

  #textOf(selector: LabelSelector): string {
    const text = this.#texts.get(selector) ?? JSON.stringify(selector);
    this.#texts.set(selector, text);
    return text;
  }

  *#matching(selector: LabelSelector): Iterable<NamespaceState> {
    this.#inOrder ??= byName([...this.#namespaces.values()]);
    const named = demandsOf(selector).find(({ key }) => key === namespaceNameLabel)?.values;
    const some = named && byName(named.flatMap((name) => this.#namespaces.get(name) ?? []));
    for (const state of some ?? this.#inOrder) if (selects(selector, state.labels)) yield state;
  }
}
