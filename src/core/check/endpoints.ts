import type { Inventory } from '../inventory/inventory.ts';
import type { End } from '../inventory/resolve.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { readRange } from '../model/range.ts';
import { parseAddress } from '../reach/addresses.ts';
import { type Endpoint, endpointOf, type PolicySource } from '../reach/endpoint.ts';
import { policySet } from '../reach/policy-set.ts';

/** Prepares each end of an inventory once for any number of judgements. */
export class Endpoints {
  readonly #source: PolicySource;
  readonly #known = new Map<string, Endpoint>();
  /** The addresses of pods and Services, as CIDR texts. */
  readonly addresses: readonly string[];

  constructor(inventory: Inventory, policies: Iterable<NetworkPolicy>) {
    this.#source = policySet(inventory.namespaces, policies);
    this.addresses = addressesOf(inventory).flatMap((text) => singleBlock(text) ?? []);
  }

  of({ name, party }: End): Endpoint {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const endpoint = endpointOf(this.#source, party);
    this.#known.set(name, endpoint);
    return endpoint;
  }
}

/** A pod on its node's network has an address of the node, which is not of the inventory. */
function addressesOf(inventory: Inventory): string[] {
  const ofUnits = inventory.units.flatMap((unit) =>
    unit.kind === 'Pod' && !unit.ended && !unit.hostNetwork ? unit.addresses : [],
  );
  return [...ofUnits, ...inventory.services.flatMap(({ clusterIPs }) => clusterIPs)];
}

/** The block of one address; undefined for a text that is none. */
export function singleBlock(text: string): string | undefined {
  const address = parseAddress(text);
  const block = address && readRange(address.toString());
  return typeof block === 'object' ? block.canonical : block;
}
