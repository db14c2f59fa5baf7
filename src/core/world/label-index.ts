import { type LabelSelector, type Labels, selects } from '../model/labels.ts';

/**
 * Values by their labels, asked by selector. A query reads the smallest bucket that the selector
 * names, so that it costs what it finds where labels tell objects apart.
 */
export class LabelIndex<T> {
  readonly #labels = new Map<T, Labels>();
  readonly #buckets = new Map<string, Set<T>>();

  get size(): number {
    return this.#labels.size;
  }

  /** Adds a value, or moves it to its new labels. */
  add(value: T, labels: Labels): void {
    this.remove(value);
    this.#labels.set(value, labels);
    for (const pair of pairsOf(labels)) {
      const bucket = this.#buckets.get(pair);
      if (bucket === undefined) this.#buckets.set(pair, new Set([value]));
      else bucket.add(value);
    }
  }

  remove(value: T): void {
    for (const pair of pairsOf(this.#labels.get(value) ?? {})) {
      const bucket = this.#buckets.get(pair);
      bucket?.delete(value);
      if (bucket?.size === 0) this.#buckets.delete(pair);
    }
    this.#labels.delete(value);
  }

  /** The values whose labels the selector matches. */
  matching(selector: LabelSelector): T[] {
    const found: T[] = [];
    for (const value of this.#candidates(selector)) {
      if (selects(selector, this.#labels.get(value) ?? {})) found.push(value);
    }
    return found;
  }

  /** The values that have at least one of these labels. */
  sharing(labels: Labels): Set<T> {
    const found = new Set<T>();
    for (const pair of pairsOf(labels)) {
      for (const value of this.#buckets.get(pair) ?? []) found.add(value);
    }
    return found;
  }

  #candidates({ matchLabels, matchExpressions }: LabelSelector): Iterable<T> {
    let least: Iterable<T> | undefined;
    let size = Number.POSITIVE_INFINITY;
    for (const pair of pairsOf(matchLabels ?? {})) {
      const bucket = this.#buckets.get(pair) ?? new Set();
      if (bucket.size < size) [least, size] = [bucket, bucket.size];
    }
    if (least !== undefined) return least;
    const listed = matchExpressions?.find(({ operator }) => operator === 'In');
    if (listed === undefined) return this.#labels.keys();
    const pairs = (listed.values ?? []).map((value) => `${listed.key}=${value}`);
    return pairs.flatMap((pair) => [...(this.#buckets.get(pair) ?? [])]);
  }
}

/**
 * Values by their selectors, asked by labels. Each selector waits in one bucket, under a label
 * that it requires; selectors that require no label by value wait together.
 */
export class SelectorIndex<T> {
  readonly #places = new Map<T, { selector: LabelSelector; pairs: readonly string[] }>();
  readonly #buckets = new Map<string, Set<T>>();

  /** Adds a value, or gives it another selector. */
  add(value: T, selector: LabelSelector): void {
    this.remove(value);
    const pairs = this.#choosePairs(selector);
    this.#places.set(value, { selector, pairs });
    for (const pair of pairs) {
      const bucket = this.#buckets.get(pair);
      if (bucket === undefined) this.#buckets.set(pair, new Set([value]));
      else bucket.add(value);
    }
  }

  remove(value: T): void {
    for (const pair of this.#places.get(value)?.pairs ?? []) {
      const bucket = this.#buckets.get(pair);
      bucket?.delete(value);
      if (bucket?.size === 0) this.#buckets.delete(pair);
    }
    this.#places.delete(value);
  }

  /** The values whose selector matches these labels. */
  matching(labels: Labels): T[] {
    const found: T[] = [];
    for (const pair of ['', ...pairsOf(labels)]) {
      for (const value of this.#buckets.get(pair) ?? []) {
        if (selects(this.#places.get(value)?.selector ?? {}, labels)) found.push(value);
      }
    }
    return found;
  }

  /** The required label whose bucket is smallest; '' for selectors that require none by value. */
  #choosePairs({ matchLabels, matchExpressions }: LabelSelector): readonly string[] {
    const sizeOf = (pair: string) => this.#buckets.get(pair)?.size ?? 0;
    const pairs = pairsOf(matchLabels ?? {});
    const [first, ...rest] = pairs;
    if (first !== undefined) {
      return [rest.reduce((best, pair) => (sizeOf(pair) < sizeOf(best) ? pair : best), first)];
    }
    const listed = matchExpressions?.find(({ operator }) => operator === 'In');
    if (listed === undefined) return [''];
    return [...new Set((listed.values ?? []).map((value) => `${listed.key}=${value}`))];
  }
}

function pairsOf(labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
