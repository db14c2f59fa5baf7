import { compareText } from '../model/labels.ts';
import { type Direction, opposite } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import { isNoPort, type PortSet, subtractPorts } from '../reach/port-set.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { type End, Ends, listWorkloads } from './ends.ts';
import { type OutsideClass, outsideClasses } from './outside.ts';
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

class Differ {
  readonly #ends: Ends;
  readonly #all: readonly Workload[];
  readonly #concerned = new Map<string, 'everyone' | ReadonlySet<Workload>>();

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
    const others = concerned === 'everyone' ? this.#all : [...concerned].sort(byKey);
    const end = this.#ends.of(near);
    for (const far of others) {
      if (direction === 'Ingress' && this.#isSeenFrom(far, near)) continue;
      yield* compare(near.key, end, direction, far.key, this.#ends.of(far));
    }
    for (const { name, end: address } of this.#outside(near, direction)) {
      yield* compare(near.key, end, direction, name, { before: address, after: address });
    }
  }

  /** Whether this pair was told of already, as egress of the far end. */
  #isSeenFrom(far: Workload, near: Workload): boolean {
    if (!this.#ends.changed.has(far)) return false;
    const concerned = this.#concernedBy(far, opposite('Ingress'));
    return concerned === 'everyone' || concerned.has(near);
  }

  #concernedBy(workload: Workload, direction: Direction): 'everyone' | ReadonlySet<Workload> {
    const id = `${direction} ${workload.key}`;
    const known = this.#concerned.get(id);
    if (known !== undefined) return known;
    const rules = this.#ends.concernedBy(workload, direction);
    const concerned =
      rules === 'everyone'
        ? rules
        : new Set(
            rules.flatMap((rule) =>
              (rule.peers ?? []).flatMap((peer) => this.#ends.namedBy(rule, peer)),
            ),
          );
    this.#concerned.set(id, concerned);
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
