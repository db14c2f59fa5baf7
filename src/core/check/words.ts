/**
 * A party as questions take it: by the one of its addresses that is meant, else by its name
 * (`Kind/namespace/name`, or an address).
 */
export function wordOf(name: string, address: string | undefined): string {
  if (address !== undefined) return address;
  const [kind = '', namespace, own] = name.split('/');
  return own === undefined ? name : `${namespace}/${kind.toLowerCase()}/${own}`;
}
