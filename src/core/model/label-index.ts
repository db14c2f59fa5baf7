import { type LabelSelector, type Labels, mayOverlap, selects, valuesDemanded } from './labels.ts';

/** Sets of values under a label: key first, then value, so that no text is put together. */
class Buckets<T> {
  readonly #byKey = new Map<string, Map<string, Set<T>>>();

  at(key: string, value: string): ReadonlySet<T> {
    return this.#byKey.get(key)?.get(value) ?? nothing;
  }

  /** Everything that is under no other value of a label than those that a selector demands of it. */
  *beside(selector: LabelSelector): Iterable<T> {
    for (const [key, byValue] of this.#byKey) {
      const values = valuesDemanded(selector, key);
      if (values === undefined) for (const bucket of byValue.values()) yield* bucket;
      else for (const value of values) yield* byValue.get(value) ?? nothing;
    }
  }

  add(key: string, value: string, item: T): void {
    const byValue = this.#byKey.get(key) ?? new Map<string, Set<T>>();
    this.#byKey.set(key, byValue);
    const bucket = byValue.get(value);
    if (bucket === undefined) byValue.set(value, new Set([item]));
    else bucket.add(item);
  }

  remove(key: string, value: string, item: T): void {
    const byValue = this.#byKey.get(key);
    const bucket = byValue?.get(value);
    bucket?.delete(item);
    if (bucket?.size === 0) byValue?.delete(value);
    if (byValue?.size === 0) this.#byKey.delete(key);
  }
}

const nothing: ReadonlySet<never> = new Set();

/**
 * Values by their labels, asked by selector. A query reads the smallest bucket that the selector
 * names, so that it costs what it finds where labels tell objects apart.
 */
export class LabelIndex<T> {
  readonly #labels = new Map<T, Labels>();
  readonly #buckets = new Buckets<T>();

  get size(): number {
    return this.#labels.size;
  }

  /** Adds a value, or moves it to its new labels. */
  add(value: T, labels: Labels): void {
    this.remove(value);
    this.#labels.set(value, labels);
    for (const [key, text] of Object.entries(labels)) this.#buckets.add(key, text, value);
  }

  remove(value: T): void {
    const labels = this.#labels.get(value) ?? {};
    for (const [key, text] of Object.entries(labels)) this.#buckets.remove(key, text, value);
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
    for (const key in labels) {
      for (const value of this.#buckets.at(key, labels[key] ?? '')) found.add(value);
    }
    return found;
  }

  #candidates({ matchLabels, matchExpressions }: LabelSelector): Iterable<T> {
    let least: ReadonlySet<T> | undefined;
    for (const key in matchLabels) {
      const bucket = this.#buckets.at(key, matchLabels[key] ?? '');
      if (least === undefined || bucket.size < least.size) least = bucket;
    }
    if (least !== undefined) return least;
    const listed = matchExpressions?.find(({ operator }) => operator === 'In');
    if (listed === undefined) return this.#labels.keys();
    return (listed.values ?? []).flatMap((value) => [...this.#buckets.at(listed.key, value)]);
  }
}

/** A label that a selector requires by value. */
type Required = readonly [key: string, value: string];

/**
 * Values by their selectors, asked by labels. Each selector waits in one bucket, under a label
 * that it requires; selectors that require no label by value wait together.
 */
export class SelectorIndex<T> {
  readonly #places = new Map<T, { selector: LabelSelector; under: readonly Required[] }>();
  readonly #buckets = new Buckets<T>();
  readonly #anywhere = new Set<T>();

  /** Adds a value, or gives it another selector. */
  add(value: T, selector: LabelSelector): void {
    this.remove(value);
    const under = this.#choose(selector);
    this.#places.set(value, { selector, under: under ?? [] });
    if (under === undefined) this.#anywhere.add(value);
    for (const [key, text] of under ?? []) this.#buckets.add(key, text, value);
  }

  remove(value: T): void {
    for (const [key, text] of this.#places.get(value)?.under ?? []) {
      this.#buckets.remove(key, text, value);
    }
    this.#anywhere.delete(value);
    this.#places.delete(value);
  }

  /** The values whose selector matches these labels. */
  matching(labels: Labels): T[] {
    const found: T[] = [];
    if (this.#places.size === 0) return found;
    this.#addMatching(this.#anywhere, labels, found);
    for (const key in labels) {
      this.#addMatching(this.#buckets.at(key, labels[key] ?? ''), labels, found);
    }
    return found;
  }

  /** The values whose selector may match a label set that this selector matches too. */
  overlapping(selector: LabelSelector): Set<T> {
    const found = new Set<T>();
    for (const values of [this.#anywhere, this.#buckets.beside(selector)]) {
      for (const value of values) {
        if (mayOverlap(selector, this.#places.get(value)?.selector ?? {})) found.add(value);
      }
    }
    return found;
  }

  #addMatching(values: ReadonlySet<T>, labels: Labels, found: T[]): void {
    for (const value of values) {
      if (selects(this.#places.get(value)?.selector ?? {}, labels)) found.push(value);
    }
  }

  /** The required label whose bucket is smallest; undefined when none is required by value. */
  #choose({ matchLabels, matchExpressions }: LabelSelector): readonly Required[] | undefined {
    const sizeOf = ([key, value]: Required) => this.#buckets.at(key, value).size;
    const [first, ...rest] = Object.entries(matchLabels ?? {});
    if (first !== undefined) {
      return [rest.reduce((best, label) => (sizeOf(label) < sizeOf(best) ? label : best), first)];
    }
    const listed = matchExpressions?.find(({ operator }) => operator === 'In');
    return listed && [...new Set(listed.values)].map((value) => [listed.key, value] as const);
  }
}
