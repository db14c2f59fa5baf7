import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import { type Endpoint, endpointOf } from '../reach/endpoint.ts';
import { ReachMatrix } from '../reach/matrix.ts';
import { outsideClasses } from '../reach/outside.ts';
import { policySet } from '../reach/policy-set.ts';
import { isNoPort, type PortSet } from '../reach/port-set.ts';
import { type Inventory, nameOfUnit, type Unit } from './inventory.ts';

/** Ports that are open between two parties; each a `Kind/namespace/name`, a block, or a word. */
export interface OpenPorts {
  readonly from: string;
  readonly to: string;
  readonly ports: PortSet;
  /** The two, ready to be judged on one of the ports. */
  readonly ends: { readonly from: Endpoint; readonly to: Endpoint };
}

/** A pod or workload, and the directions in which policies isolate it. */
export interface Standing {
  readonly name: string;
  readonly isolated: readonly Direction[];
}

/** Whose connections are wanted; undefined: everyone's. */
export interface Wanted {
  readonly from: ReadonlySet<string> | undefined;
  readonly to: ReadonlySet<string> | undefined;
}

/** The word for all addresses outside, as a party that is wanted. */
export const outside = 'outside';
/** The word for a pod without labels in a namespace without labels. */
export const anyPod = 'any pod';

/** Finding whom each rule names, among all, pays for more rows or columns than these. */
const few = 8;

/** All that is allowed between the pods and workloads of an inventory, and from and to outside. */
export class Connections {
  readonly units: readonly Unit[];
  readonly #names: readonly string[];
  readonly #ends: readonly Endpoint[];
  readonly #stranger: Endpoint;
  #matrix: ReachMatrix | undefined;

  /** `others` are parties beside those that nothing else here makes. */
  constructor(
    inventory: Inventory,
    policies: Iterable<NetworkPolicy>,
    others: readonly Unit[] = [],
  ) {
    const source = policySet(inventory.namespaces, policies);
    const all = new Set([...inventory.topUnits(), ...others]);
    const named = [...all].map((unit) => [nameOfUnit(unit), unit] as const);
    named.sort(([a], [b]) => (a < b ? -1 : 1));
    this.#names = named.map(([name]) => name);
    this.units = named.map(([, unit]) => unit);
    this.#ends = this.units.map((unit) => endpointOf(source, inventory.partyOf(unit)));
    this.#stranger = endpointOf(source, { namespace: '', labels: {} });
  }

  /**
   * The open ports from each wanted sender to each wanted receiver, sorted by sender and receiver,
   * those outside first. Two pods of one template are a pair, one pod and itself are none.
   */
  *between({ from, to }: Wanted): Generator<OpenPorts> {
    const senders = this.#numbers(from);
    const receivers = this.#numbers(to);
    if (from === undefined || from.has(outside)) {
      for (const number of receivers) yield* this.#outside(number, 'Ingress');
    }
    for (const sender of senders) {
      if (to === undefined || to.has(outside)) yield* this.#outside(sender, 'Egress');
      yield* this.#row(sender, receivers, Math.min(senders.length, receivers.length) > few);
    }
  }

  *#row(sender: number, receivers: readonly number[], many: boolean): Generator<OpenPorts> {
    for (const receiver of receivers) {
      if (sender === receiver && this.units[sender]?.kind === 'Pod') continue;
      const ports = this.#ports(sender, receiver, many);
      if (isNoPort(ports)) continue;
      const ends = { from: this.#end(sender), to: this.#end(receiver) };
      yield { from: this.#name(sender), to: this.#name(receiver), ports, ends };
    }
  }

  /** What addresses outside and pods of any namespace may reach. */
  *exposed(to: Wanted['to']): Generator<OpenPorts> {
    for (const number of this.#numbers(to)) {
      yield* this.#outside(number, 'Ingress');
      const ends = { from: this.#stranger, to: this.#end(number) };
      const ports = allowedPortsBetween(ends.from, ends.to);
      if (!isNoPort(ports)) yield { from: anyPod, to: this.#name(number), ports, ends };
    }
  }

  /** Every party, in the order of names. */
  standings(): Standing[] {
    return this.#ends.map(({ isolations }, number) => ({
      name: this.#name(number),
      isolated: directions.filter((direction) => isolations[direction].length > 0),
    }));
  }

  #ports(sender: number, receiver: number, many: boolean): PortSet {
    if (!many) return allowedPortsBetween(this.#end(sender), this.#end(receiver));
    this.#matrix ??= new ReachMatrix(this.#ends);
    return this.#matrix.ports(sender, receiver);
  }

  *#outside(number: number, direction: Direction): Generator<OpenPorts> {
    const end = this.#end(number);
    const name = this.#name(number);
    const rules = end.isolations[direction].flatMap((isolation) => isolation.rules);
    for (const { name: block, end: address } of outsideClasses(rules)) {
      const sends = direction === 'Egress';
      const ends = sends ? { from: end, to: address } : { from: address, to: end };
      const ports = allowedPortsBetween(ends.from, ends.to);
      if (isNoPort(ports)) continue;
      yield { ...(sends ? { from: name, to: block } : { from: block, to: name }), ports, ends };
    }
  }

  #numbers(wanted: ReadonlySet<string> | undefined): number[] {
    const all = [...this.#names.keys()];
    return wanted === undefined ? all : all.filter((number) => wanted.has(this.#name(number)));
  }

  #name(number: number): string {
    return this.#names[number] ?? '';
  }

  #end(number: number): Endpoint {
    const end = this.#ends[number];
    if (end === undefined) throw new RangeError('there is no such end');
    return end;
  }
}
