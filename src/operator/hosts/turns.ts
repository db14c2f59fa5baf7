/** A question that waits for its turn. */
interface Question {
  /** The namespaces that mention its name, as they are now. */
  readonly namespaces: ReadonlySet<string>;
}

/**
 * Shares the questions that run at once among the namespaces: next is one of the namespace that has the
 * fewest under way, and among equals the one that has waited longest. So nobody waits for more than one
 * question of each other namespace, however many of theirs are answered late or never, and a namespace
 * that is alone has all places.
 */
export class Turns<Q extends Question> {
  readonly #places: number;
  readonly #waiting = new Set<Q>();
  readonly #underWay = new Map<string, number>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  add(question: Q): void {
    this.#waiting.add(question);
  }

  /** Takes the next question, while there is room; `done` is to be called once it has been answered. */
  take(): { readonly question: Q; readonly done: () => void } | undefined {
    if (this.#taken >= this.#places) return undefined;
    const question = this.#next();
    if (question === undefined) return undefined;
    this.#waiting.delete(question);
    const { namespaces } = question;
    this.#count(namespaces, 1);
    return { question, done: () => this.#count(namespaces, -1) };
  }

  #next(): Q | undefined {
    let best: { readonly question: Q; readonly load: number } | undefined;
    for (const question of this.#waiting) {
      const load = this.#loadOf(question);
      if (load === 0) return question;
      if (best === undefined || load < best.load) best = { question, load };
    }
    return best?.question;
  }

  /** A name that several namespaces mention has the turn of the one that comes first. */
  #loadOf({ namespaces }: Q): number {
    let least = Number.POSITIVE_INFINITY;
    for (const each of namespaces) least = Math.min(least, this.#underWay.get(each) ?? 0);
    return least;
  }

  #count(namespaces: Q['namespaces'], change: 1 | -1): void {
    this.#taken += change;
    for (const each of namespaces) {
      const count = (this.#underWay.get(each) ?? 0) + change;
      if (count === 0) this.#underWay.delete(each);
      else this.#underWay.set(each, count);
    }
  }
}
