import { compareText } from '../model/labels.ts';
import { type Direction, opposite } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import { type OutsideClass, outsideClasses } from '../reach/outside.ts';
import { everyPort, isNoPort, noPort, type PortSet, subtractPorts } from '../reach/port-set.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { type End, Ends, listWorkloads } from './ends.ts';
import type { PolicySets } from './policies.ts';

/**
 * A pair between which a change of policies opens or closes ports; at least one of the two sets has
 * a port. A workload is its key; outside is a block or a word (see `outsideClasses`).
 */
export interface ConnectionChange {
  readonly from: string;
  readonly to: string;
  readonly gained: PortSet;
  readonly lost: PortSet;
}

/**
 * The connections that are gained and lost when the policies of a world, anyone's, change from one
 * set to the other, as `reach` judges both: between all pods that workloads make from their
 * templates, two replicas of one workload too, and from and to addresses outside. The same as
 * judging every pair twice, but pairs that no changed rule concerns are never looked at.
 *
 * Not judged: pods of no known workload, pods on their node's network, and whether the address of
 * a pod lies in a block.
 */
export function* diffConnections(world: World, sets: PolicySets): Generator<ConnectionChange> {
  const differ = new Differ(world, sets);
  for (const workload of differ.changed()) {
    yield* differ.between(workload, 'Egress');
    yield* differ.between(workload, 'Ingress');
  }
}

/** Nothing, or everything, as it is before and after: what most pairs of a toggled end come to. */
const closing = { gained: noPort, lost: everyPort };
const opening = { gained: everyPort, lost: noPort };

type Others = 'everyone' | ReadonlySet<Workload>;

class Differ {
  readonly #ends: Ends;
  readonly #all: readonly Workload[];
  readonly #concerned = {
    Ingress: new Map<Workload, Others>(),
    Egress: new Map<Workload, Others>(),
  };

  constructor(world: World, sets: PolicySets) {
    this.#ends = new Ends(world, sets);
    this.#all = listWorkloads(world).sort(byKey);
  }

  changed(): Workload[] {
    return [...this.#ends.changed].sort(byKey);
  }

  /** The changes between one changed end and all others, of connections in this direction of it. */
  *between(near: Workload, direction: Direction): Generator<ConnectionChange> {
    const concerned = this.#concernedBy(near, direction);
    if (concerned === 'everyone') yield* this.#betweenAll(near, direction);
    else yield* this.#betweenSome(near, direction, [...concerned].sort(byKey));
    const end = this.#ends.of(near);
    for (const { name, end: address } of this.#outside(near, direction)) {
      yield* compare(near.key, end, direction, name, { before: address, after: address });
    }
  }

  *#betweenSome(
    near: Workload,
    direction: Direction,
    others: readonly Workload[],
  ): Generator<ConnectionChange> {
    const end = this.#ends.of(near);
    for (const far of others) {
      if (direction === 'Ingress' && this.#isSeenFrom(far, near)) continue;
      yield* compare(near.key, end, direction, far.key, this.#ends.of(far));
    }
  }

  /**
   * As `#betweenSome` of all. An end that becomes isolated, or is so no more, closes or opens
   * everything towards whom its rules do not name and who is not isolated: no need to judge that
   * pair by pair, of which a first plan has as many as the square of the workloads.
   */
  *#betweenAll(near: Workload, direction: Direction): Generator<ConnectionChange> {
    const toggle = this.#ends.toggleOf(near, direction);
    if (toggle === undefined) return yield* this.#betweenSome(near, direction, this.#all);
    const { named, open } = toggle;
    const change = open === 'before' ? closing : opening;
    const far = opposite(direction);
    for (const other of this.#all) {
      if (direction === 'Ingress' && this.#isSeenFrom(other, near)) continue;
      const end = this.#ends.of(other);
      if (named.has(other) || end[open].isolations[far].length > 0) {
        yield* compare(near.key, this.#ends.of(near), direction, other.key, end);
      } else if (direction === 'Egress') yield { from: near.key, to: other.key, ...change };
      else yield { from: other.key, to: near.key, ...change };
    }
  }

  /** Whether this pair was told of already, as egress of the far end. */
  #isSeenFrom(far: Workload, near: Workload): boolean {
    if (!this.#ends.changed.has(far)) return false;
    const concerned = this.#concernedBy(far, 'Egress');
    return concerned === 'everyone' || concerned.has(near);
  }

  #concernedBy(workload: Workload, direction: Direction): Others {
    const known = this.#concerned[direction].get(workload);
    if (known !== undefined) return known;
    const rules = this.#ends.concernedBy(workload, direction);
    const concerned = rules === 'everyone' ? rules : this.#ends.namedBy(rules);
    this.#concerned[direction].set(workload, concerned);
    return concerned;
  }

  #outside(workload: Workload, direction: Direction): OutsideClass[] {
    const rules = this.#ends.concernedBy(workload, direction);
    const some =
      rules === 'everyone' || rules.some(({ peers = [] }) => peers.some((peer) => 'block' in peer));
    return some ? outsideClasses(this.#ends.rulesOf(workload, direction)) : [];
  }
}

function* compare(
  near: string,
  nearEnd: End,
  direction: Direction,
  far: string,
  farEnd: End,
): Generator<ConnectionChange> {
  const [from, to] = direction === 'Egress' ? [nearEnd, farEnd] : [farEnd, nearEnd];
  const before = allowedPortsBetween(from.before, to.before);
  const after = allowedPortsBetween(from.after, to.after);
  const gained = subtractPorts(after, before);
  const lost = subtractPorts(before, after);
  if (isNoPort(gained) && isNoPort(lost)) return;
  const names = direction === 'Egress' ? { from: near, to: far } : { from: far, to: near };
  yield { ...names, gained, lost };
}

function byKey(a: Workload, b: Workload): number {
  return compareText(a.key, b.key);
}
