/** The name of a party (`Kind/namespace/name`, or an address) as questions take it. */
export function wordOf(name: string): string {
  const [kind = '', namespace, own] = name.split('/');
  return own === undefined ? name : `${namespace}/${kind.toLowerCase()}/${own}`;
}
