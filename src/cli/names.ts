const mostNames = 5;

/** Parties in a line: five of them, and how many more there are. */
export function formatNames(names: readonly string[]): string {
  const short = joinFamilies(names);
  const more = short.length - mostNames;
  const listed = short.slice(0, mostNames).join(', ');
  return more > 0 ? `${listed} and ${more} more` : listed;
}

/** Both address families of a word are the word. */
export function joinFamilies(names: readonly string[]): string[] {
  const all = new Set(names);
  for (const word of ['outside', 'internet']) {
    const families = [`${word} (IPv4)`, `${word} (IPv6)`];
    if (!families.every((family) => all.has(family))) continue;
    for (const family of families) all.delete(family);
    all.add(word);
  }
  return [...all];
}
