import { compareText } from '../../core/model/labels.ts';

/** How many names are asked for. */
export interface NameLimits {
  readonly perNamespace: number;
  readonly inCluster: number;
}

export const defaultNameLimits: NameLimits = { perNamespace: 64, inCluster: 2_000 };

/** The names that entries mention, each with the namespaces of their writers. */
export type WantedNames = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The names that are asked for, as many as the limits let be. Those that are kept already come first: who
 * adds a name takes none from others. Then they are taken in the order of the alphabet.
 */
export function chooseNames(
  wanted: WantedNames,
  kept: (name: string) => boolean,
  { perNamespace, inCluster }: NameLimits,
): Set<string> {
  const names = [...wanted].sort(
    ([a], [b]) => Number(kept(b)) - Number(kept(a)) || compareText(a, b),
  );
  const counts = new Map<string, number>();
  const chosen = new Set<string>();
  for (const [name, namespaces] of names) {
    if (chosen.size >= inCluster) break;
    const withRoom = [...namespaces].filter((each) => (counts.get(each) ?? 0) < perNamespace);
    if (withRoom.length === 0) continue;
    chosen.add(name);
    for (const each of withRoom) counts.set(each, (counts.get(each) ?? 0) + 1);
  }
  return chosen;
}
