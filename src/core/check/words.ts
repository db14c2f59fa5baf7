/** The word for all addresses that nobody in the inventory has. */
export const outside = 'outside';

/** The name of a party (`Kind/namespace/name`, or an address) as questions take it. */
export function wordOf(name: string): string {
  const [kind = '', namespace, own] = name.split('/');
  return own === undefined ? name : `${namespace}/${kind.toLowerCase()}/${own}`;
}
