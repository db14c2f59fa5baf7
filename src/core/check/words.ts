/** The name of a party (as `nameOf` gives it) as questions take it. */
export function wordOf(name: string): string {
  const address = /\((.*)\)$/.exec(name)?.[1];
  if (address !== undefined) return address;
  const [kind = '', namespace, own] = name.split('/');
  return own === undefined ? name : `${namespace}/${kind.toLowerCase()}/${own}`;
}
