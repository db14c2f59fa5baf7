import type { EdgeStateName } from '../../core/model/edge-state.ts';
import type { FindingCode } from '../../core/model/finding.ts';

/** What one key adds to the gauges about the cluster. */
export interface Contribution {
  readonly edges: readonly EdgeStateName[];
  readonly findings: readonly FindingCode[];
  /** Live policies of ours. */
  readonly policies: number;
}

/**
 * Totals of named counts, kept as each key's part changes: a change costs as much as its own part,
 * and a scrape nothing. A key whose part is empty is forgotten.
 */
export class Tally<Name extends string> {
  readonly #totals = new Map<Name, number>();
  /** A part as text, `name count` by line: a cluster has as many of them as it has workloads. */
  readonly #parts = new Map<string, string>();

  /** Replaces the part of a key; `names` counts each as often as it is in it. */
  set(key: string, names: Iterable<Name>): void {
    const counts = new Map<Name, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    const part = [...counts].map(([name, count]) => `${name} ${count}`).join('\n');
    const before = this.#parts.get(key) ?? '';
    if (part === before) return;
    for (const [name, count] of read<Name>(before)) this.#add(name, -count);
    for (const [name, count] of counts) this.#add(name, count);
    if (part === '') this.#parts.delete(key);
    else this.#parts.set(key, part);
  }

  total(name: Name): number {
    return this.#totals.get(name) ?? 0;
  }

  /** How many keys have a part. */
  get size(): number {
    return this.#parts.size;
  }

  #add(name: Name, count: number): void {
    this.#totals.set(name, this.total(name) + count);
  }
}

function read<Name extends string>(part: string): (readonly [Name, number])[] {
  if (part === '') return [];
  return part.split('\n').map((line) => {
    const [name, count] = line.split(' ');
    return [name as Name, Number(count)];
  });
}
