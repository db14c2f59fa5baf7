import { type Inventory, nameOfUnit, type Unit } from '../inventory/inventory.ts';
import { compareText } from '../model/labels.ts';
import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import { type Endpoint, endpointOf } from '../reach/endpoint.ts';
import { ReachMatrix } from '../reach/matrix.ts';
import { outsideClasses } from '../reach/outside.ts';
import { policySet } from '../reach/policy-set.ts';
import { isNoPort, noPort, type PortSet, subtractPorts } from '../reach/port-set.ts';
import type { ConnectionChange } from './connections.ts';

/** What there is, and the policies in force over it. */
export interface Side {
  readonly inventory: Inventory;
  readonly policies: readonly NetworkPolicy[];
}

/** Two sides to compare, such as a branch and what it is to be merged into. */
export interface Sides {
  readonly before: Side;
  readonly after: Side;
}

/** A pod or workload that policies isolate on one side only. */
export interface IsolationBegun {
  readonly name: string;
  readonly begins: readonly Direction[];
  readonly ends: readonly Direction[];
}

/**
 * The differences between two sides, by name: pods, workloads and policies may differ. What is on one
 * side only has no connections on the other.
 */
export class SidesDiff {
  readonly #names: readonly string[];
  readonly #units: readonly (Unit | undefined)[];
  readonly #before: SideEnds;
  readonly #after: SideEnds;

  constructor({ before, after }: Sides) {
    // One pod is told by its workload on both sides, or on none.
    const all = [...before.policies, ...after.policies];
    for (const { inventory } of [before, after]) inventory.tellApartBy(all);
    const [old, now] = [unitsOf(before), unitsOf(after)];
    this.#names = [...new Set([...old.keys(), ...now.keys()])].sort(compareText);
    this.#units = this.#names.map((name) => now.get(name) ?? old.get(name));
    this.#before = new SideEnds(before, this.#names, old);
    this.#after = new SideEnds(after, this.#names, now);
  }

  /** The pods and workloads that are on one side only, by name. */
  comeAndGone(): { readonly come: readonly string[]; readonly gone: readonly string[] } {
    const missing = (side: SideEnds) =>
      this.#names.filter((_, index) => side.end(index) === undefined);
    return { come: missing(this.#before), gone: missing(this.#after) };
  }

  /** The pods and workloads of both sides that begin to be isolated, or are no more. */
  *isolation(): Generator<IsolationBegun> {
    for (const [index, name] of this.#names.entries()) {
      const [old, now] = [this.#before.end(index), this.#after.end(index)];
      if (old === undefined || now === undefined) continue;
      const is = ({ isolations }: Endpoint, direction: Direction) =>
        isolations[direction].length > 0;
      const begins = directions.filter((each) => is(now, each) && !is(old, each));
      const ends = directions.filter((each) => is(old, each) && !is(now, each));
      if (begins.length + ends.length > 0) yield { name, begins, ends };
    }
  }

  /** Connections that are gained and lost between any two of them, and from and to outside. */
  *connections(): Generator<ConnectionChange> {
    for (const [index, name] of this.#names.entries()) {
      yield* this.#outside(index, name, 'Ingress');
      yield* this.#outside(index, name, 'Egress');
      for (const [other, to] of this.#names.entries()) {
        if (index === other && this.#units[index]?.kind === 'Pod') continue;
        const ports = [this.#before.ports(index, other), this.#after.ports(index, other)] as const;
        yield* changeOf({ from: name, to }, ...ports);
      }
    }
  }

  *#outside(index: number, name: string, direction: Direction): Generator<ConnectionChange> {
    const ends = [this.#before.end(index), this.#after.end(index)];
    const rules = ends.flatMap((end) =>
      (end?.isolations[direction] ?? []).flatMap((isolation) => isolation.rules),
    );
    for (const { name: block, end: address } of outsideClasses(rules)) {
      const [old = noPort, now = noPort] = ends.map((end) => {
        if (end === undefined) return noPort;
        return direction === 'Egress'
          ? allowedPortsBetween(end, address)
          : allowedPortsBetween(address, end);
      });
      const names = direction === 'Egress' ? { from: name, to: block } : { from: block, to: name };
      yield* changeOf(names, old, now);
    }
  }
}

function* changeOf(
  names: Pick<ConnectionChange, 'from' | 'to'>,
  before: PortSet,
  after: PortSet,
): Generator<ConnectionChange> {
  if (before === after) return;
  const gained = subtractPorts(after, before);
  const lost = subtractPorts(before, after);
  if (!isNoPort(gained) || !isNoPort(lost)) yield { ...names, gained, lost };
}

function unitsOf({ inventory }: Side): ReadonlyMap<string, Unit> {
  return new Map(inventory.topUnits().map((unit) => [nameOfUnit(unit), unit]));
}

/** The ends of one side by the numbers of both; one that is not there reaches nobody. */
class SideEnds {
  readonly #ends: readonly (Endpoint | undefined)[];
  readonly #places: readonly number[];
  readonly #matrix: ReachMatrix;

  constructor(
    { inventory, policies }: Side,
    names: readonly string[],
    units: ReadonlyMap<string, Unit>,
  ) {
    const source = policySet(inventory.namespaces, policies);
    this.#ends = names.map((name) => {
      const unit = units.get(name);
      return unit && endpointOf(source, inventory.partyOf(unit));
    });
    const present = this.#ends.filter((end) => end !== undefined);
    const places = new Map(present.map((end, place) => [end, place]));
    this.#places = this.#ends.map((end) => (end && places.get(end)) ?? -1);
    this.#matrix = new ReachMatrix(present);
  }

  end(index: number): Endpoint | undefined {
    return this.#ends[index];
  }

  ports(from: number, to: number): PortSet {
    const [sender = -1, receiver = -1] = [this.#places[from], this.#places[to]];
    return sender < 0 || receiver < 0 ? noPort : this.#matrix.ports(sender, receiver);
  }
}
