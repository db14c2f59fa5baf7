import { LabelIndex } from '../model/label-index.ts';
import { type Labels, selects } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction } from '../model/policy.ts';
import { allowedPortsBetween, portsOfRules } from './allowed-ports.ts';
import type { Endpoint } from './endpoint.ts';
import { isSelf, isSomewhere } from './flow.ts';
import {
  everyPort,
  intersectPorts,
  isNoPort,
  noPort,
  type PortSet,
  portSetOf,
  unitePorts,
} from './port-set.ts';
import type { Peer, Rule } from './rules.ts';

/** A rule, and which of the ends its selectors name. */
interface NamingRule {
  readonly rule: Rule;
  /** By the number of an end; undefined: the rule names anyone. */
  readonly named: Uint8Array | undefined;
  /** Of a rule without port names, which mean the same on every end. */
  readonly ports: PortSet | undefined;
}

/** What one end says in one direction. */
interface Side {
  readonly isolated: boolean;
  readonly rules: readonly NamingRule[];
  /** Some rule has blocks, which hold ends that have addresses. */
  readonly hasBlocks: boolean;
}

/**
 * The ports that are allowed between any two of some ends: `ports(i, j)` is
 * `allowedPortsBetween(ends[i], ends[j])`, at the cost of the rules of the two ends. Whom a rule
 * names is found once, by its labels.
 */
export class ReachMatrix {
  readonly #ends: readonly Endpoint[];
  readonly #pods: PodIndex;
  readonly #rules = new Map<Rule, NamingRule>();
  readonly #sides: Readonly<Record<Direction, Map<Endpoint, Side>>> = {
    Ingress: new Map(),
    Egress: new Map(),
  };

  constructor(ends: readonly Endpoint[]) {
    this.#ends = ends;
    this.#pods = new PodIndex(ends);
  }

  /** The ports of end `to` that end `from` may reach; each is its number in the list of ends. */
  ports(from: number, to: number): PortSet {
    const [sender, receiver] = [this.#ends[from], this.#ends[to]];
    if (!sender || !receiver) throw new RangeError('there is no such end');
    const [egress, ingress] = [this.#side(sender, 'Egress'), this.#side(receiver, 'Ingress')];
    if (!egress.isolated && !ingress.isolated) return everyPort;
    if (isSelf(sender, receiver)) return everyPort;
    // What blocks hold depends on the address family, which both directions must agree on.
    const byAddress =
      (egress.hasBlocks && hasAddress(receiver)) || (ingress.hasBlocks && hasAddress(sender));
    if (byAddress) return allowedPortsBetween(sender, receiver);
    const out = portsOf(egress, to, receiver);
    return isNoPort(out) ? noPort : intersectPorts(out, portsOf(ingress, from, receiver));
  }

  #side(end: Endpoint, direction: Direction): Side {
    const known = this.#sides[direction].get(end);
    if (known !== undefined) return known;
    const side = this.#sideOf(end, direction);
    this.#sides[direction].set(end, side);
    return side;
  }

  #sideOf({ isolations }: Endpoint, direction: Direction): Side {
    const rules = isolations[direction].flatMap((isolation) => isolation.rules);
    return {
      isolated: isolations[direction].length > 0,
      rules: rules.map((rule) => this.#naming(rule)),
      hasBlocks: rules.some(({ peers }) => peers?.some((peer) => 'block' in peer)),
    };
  }

  #naming(rule: Rule): NamingRule {
    const known = this.#rules.get(rule);
    if (known !== undefined) return known;
    const naming = { rule, named: this.#namedBy(rule), ports: fixedPorts(rule) };
    this.#rules.set(rule, naming);
    return naming;
  }

  #namedBy({ peers, ref }: Rule): Uint8Array | undefined {
    if (peers === undefined) return undefined;
    const named = new Uint8Array(this.#ends.length);
    for (const peer of peers) this.#pods.mark(peer, ref.namespace, named);
    return named;
  }
}

function hasAddress(end: Endpoint): boolean {
  return end.addresses.length > 0 || isSomewhere(end);
}

function portsOf({ isolated, rules }: Side, far: number, to: Endpoint): PortSet {
  if (!isolated) return everyPort;
  let ports = noPort;
  for (const { rule, named, ports: fixed } of rules) {
    if (named !== undefined && named[far] === 0) continue;
    const more = fixed ?? portsOfRules([rule], to);
    ports = ports === noPort ? more : unitePorts(ports, more);
  }
  return ports;
}

function fixedPorts(rule: Rule): PortSet | undefined {
  if (rule.ports === undefined) return everyPort;
  const numbers = rule.ports.flatMap((clause) => ('portName' in clause ? [] : clause));
  return numbers.length === rule.ports.length ? portSetOf(numbers) : undefined;
}

/** The pods of one namespace, by number. */
interface Shelf {
  readonly namespaceLabels: Labels;
  readonly pods: LabelIndex<number>;
}

/** Finds the pods that a peer's selectors name. */
class PodIndex {
  readonly #shelves = new Map<string, Shelf>();

  constructor(ends: readonly Endpoint[]) {
    for (const [index, { pod }] of ends.entries()) {
      if (pod === undefined) continue;
      const { namespace, namespaceLabels, labels } = pod;
      const shelf = this.#shelves.get(namespace) ?? { namespaceLabels, pods: new LabelIndex() };
      this.#shelves.set(namespace, shelf);
      shelf.pods.add(index, labels);
    }
  }

  /** Marks the ends that a peer names, of a policy in namespace `own`; blocks name none. */
  mark(peer: Peer, own: string, named: Uint8Array): void {
    if ('block' in peer) return;
    for (const { pods } of this.#meant(peer, own)) {
      for (const index of pods.matching(peer.pods)) named[index] = 1;
    }
  }

  #meant({ namespaces }: Exclude<Peer, { block: unknown }>, own: string): Shelf[] {
    const only = namespaces === undefined ? own : namespaces.matchLabels?.[namespaceNameLabel];
    const one = only === undefined ? undefined : this.#shelves.get(only);
    const some = only === undefined ? [...this.#shelves.values()] : one ? [one] : [];
    if (namespaces === undefined) return some;
    return some.filter(({ namespaceLabels }) => selects(namespaces, namespaceLabels));
  }
}
