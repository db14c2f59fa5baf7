const mostNames = 5;

/** Parties in a line: five of them, and how many more there are. */
export function formatNames(names: readonly string[]): string {
  const short = joinFamilies(names);
  const more = short.length - mostNames;
  const listed = short.slice(0, mostNames).join(', ');
  return more > 0 ? `${listed} and ${more} more` : listed;
}

/** Both address families of a word are the word, in the place of the first. */
export function joinFamilies(names: readonly string[]): string[] {
  const all = new Set(names);
  const joined = names.map((name) => {
    const word = wordOf(name);
    return all.has(`${word} (IPv4)`) && all.has(`${word} (IPv6)`) ? word : name;
  });
  return [...new Set(joined)];
}

/** `outside` or `internet` without its address family; any other name as it is. */
export function wordOf(name: string): string {
  return /^(outside|internet) \(IPv[46]\)$/.exec(name)?.[1] ?? name;
}
