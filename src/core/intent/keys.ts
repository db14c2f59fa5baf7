import { ourGroup } from '../model/identity.ts';

/** What every key of ours begins with, in labels and annotations. */
export const prefix = `${ourGroup}/`;

export const talksTo = `${prefix}talks-to`;
export const acceptsFrom = `${prefix}accepts-from`;
export const dns = `${prefix}dns`;
export const self = `${prefix}self`;
export const auto = `${prefix}auto`;
export const mode = `${prefix}mode`;
export const confirm = `${prefix}confirm`;
export const defaultDeny = `${prefix}default-deny`;
/** On a Namespace: until when the breaker against mass deletion lets everything through. */
export const allowDeletionsUntil = `${prefix}allow-deletions-until`;

/** On a Namespace: the namespaces whose monitors count here. */
export const monitorsFrom = `${prefix}monitors-from`;

const annotations: readonly string[] = [talksTo, acceptsFrom, dns, self, auto, confirm];

/** The keys that a kind of object may carry. */
export const knownKeys = {
  workload: { annotations: [...annotations, mode], labels: [] as readonly string[] },
  namespace: {
    annotations: [...annotations, allowDeletionsUntil, monitorsFrom],
    labels: [defaultDeny, mode],
  },
} as const;

/** The known word nearest to `word`, or '' when none is near enough to be what was meant. */
export function suggest(word: string, known: readonly string[]): string {
  let best = '';
  let least = Math.max(2, Math.floor(word.length / 4)) + 1;
  for (const candidate of known) {
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const distance = editDistance(...withoutSharedEnds(word, candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** What two words begin and end with alike takes no edit. */
function withoutSharedEnds(a: string, b: string): [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** Levenshtein distance; words here are short, so that the quadratic table is fine. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
