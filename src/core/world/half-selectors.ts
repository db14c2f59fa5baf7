import { LabelIndex } from '../model/label-index.ts';
import type { LabelSelector, Labels } from '../model/labels.ts';
import { isRuntimeLabel } from '../model/runtime-labels.ts';

/**
 * Values by their selectors, asked for those that a template may satisfy by half: its pods are
 * selected once they get at run time what it lacks. Of a selector of plain labels a template has one of
 * these at least; others are few, and all of them are asked.
 */
export class HalfSelectors<T> {
  readonly #byLabels = new LabelIndex<T>();
  readonly #others = new Set<T>();

  add(value: T, selector: LabelSelector): void {
    if (this.isByLabels(selector)) this.#byLabels.add(value, selector.matchLabels ?? {});
    else this.#others.add(value);
  }

  remove(value: T): void {
    this.#byLabels.remove(value);
    this.#others.delete(value);
  }

  /** Whether a template that satisfies the selector by half has one of its `matchLabels`. */
  isByLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
    return matchExpressions.length === 0 && !Object.keys(matchLabels).some(isRuntimeLabel);
  }

  /** A superset of the values whose selector these labels satisfy by half. */
  near(labels: Labels): T[] {
    return [...this.#byLabels.sharing(labels), ...this.#others];
  }
}
