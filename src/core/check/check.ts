import { quote } from '../intent/explain.ts';
import { type Answer, Asker } from '../inventory/ask.ts';
import { outside } from '../inventory/connections.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Unknown } from '../inventory/question.ts';
import { type Direction, type NetworkPolicy, opposite } from '../model/policy.ts';
import type { Endpoint } from '../reach/endpoint.ts';
import { type OutsideClass, outsideClasses } from '../reach/outside.ts';
import { listPorts } from '../reach/port-text.ts';
import type { Assertion } from './assertion.ts';
import { Endpoints } from './endpoints.ts';
import { explainPair, failsBetween, isJudged } from './pair.ts';
import { type Exceptions, listSenders, readExceptions, type Sender } from './senders.ts';
import { listTargets, type Target, targetOf } from './targets.ts';

/** A connection that is not as an assertion says. */
export interface Counterexample {
  /** `Kind/namespace/name`, an address, or a class of addresses (see `outsideClasses`). */
  readonly from: string;
  readonly to: string;
  /** Those that are open and must not be, or closed and must not be: `80/TCP`, or `all`. */
  readonly ports: readonly string[];
  /** On the first of the ports. An error where the names of the two do not tell them from others. */
  readonly answer: Answer | Unknown;
}

export interface Outcome {
  readonly ok: boolean;
  /** How many pairs of parties are not as the assertion says. */
  readonly total: number;
  /** The first of them. */
  readonly listed: readonly Counterexample[];
}

/** How many counterexamples are listed. */
export const mostListed = 10;

/** Judges assertions over one inventory and some policies, anyone's. */
export class Checker {
  readonly #inventory: Inventory;
  readonly #namespace: string;
  readonly #endpoints: Endpoints;
  readonly #asker: Asker;

  /** `namespace` is of names that give none. */
  constructor(inventory: Inventory, policies: readonly NetworkPolicy[], namespace: string) {
    this.#inventory = inventory;
    this.#namespace = namespace;
    this.#endpoints = new Endpoints(inventory, policies);
    this.#asker = new Asker(inventory, policies, namespace);
  }

  /**
   * Whether an assertion holds, or in one sentence why that cannot be said: a party that is not
   * known, or nobody of whom it says anything. A party of a pattern is never held against itself
   * in a `deny`, and neither is a pod against what makes it. Never throws.
   */
  check(assertion: Assertion): Outcome | Unknown {
    const pairs = this.#partiesOf(assertion);
    if ('error' in pairs) return pairs;
    const { senders, targets } = pairs;
    const { kind } = assertion;
    let [judged, total] = [0, 0];
    const listed: Counterexample[] = [];
    for (const sender of senders) {
      for (const target of targets) {
        if (!isJudged(kind, sender, target)) continue;
        judged++;
        if (!failsBetween(kind, sender, target)) continue;
        total++;
        if (listed.length < mostListed) listed.push(this.#explain(kind, sender, target));
      }
    }
    if (judged === 0) {
      return { error: 'from and to are one and the same, so that nothing would be asserted' };
    }
    return { ok: total === 0, total, listed };
  }

  #explain(kind: Assertion['kind'], sender: Sender, target: Target): Counterexample {
    const { ports, question } = explainPair(kind, sender, target);
    const answer = this.#asker.ask(question);
    return { from: sender.name, to: target.name, ports: listPorts(ports), answer };
  }

  #partiesOf(assertion: Assertion) {
    const { from, to } = assertion;
    if (from.includes(outside) && to.includes(outside)) {
      return { error: `from and to are both ${quote(outside)}, where no NetworkPolicy holds` };
    }
    const [inventory, endpoints, namespace] = [this.#inventory, this.#endpoints, this.#namespace];
    const except = readExceptions(inventory, assertion.except, namespace);
    if ('error' in except) return except;
    const named = listSenders(inventory, endpoints, from, namespace, except);
    if ('error' in named) return named;
    const reached = listTargets(inventory, endpoints, to, namespace, assertion);
    if ('error' in reached) return reached;
    const foreign = from.includes(outside) ? this.#outsideSenders(reached, except) : [];
    const senders = [...named, ...foreign];
    if (senders.length === 0) return { error: 'except leaves out everybody in from' };
    if (!to.includes(outside)) return { senders, targets: reached };
    const beyond = this.#outsideTargets(assertion, senders);
    return 'error' in beyond ? beyond : { senders, targets: [...reached, ...beyond] };
  }

  #outsideSenders(targets: readonly Target[], except: Exceptions): Sender[] {
    if (except.outside) return [];
    const ends = targets.flatMap(({ demands }) => demands.flatMap((demand) => demand.ends));
    const classes = this.#classes(
      ends.map(({ endpoint }) => endpoint),
      'Egress',
      except.blocks,
    );
    return classes.map(({ name, address, end }) => ({
      ...{ name, asked: address, endpoint: end, byPattern: true, unit: undefined, top: undefined },
    }));
  }

  #outsideTargets(assertion: Assertion, senders: readonly Sender[]): Target[] | Unknown {
    const targets: Target[] = [];
    const ends = senders.map(({ endpoint }) => endpoint);
    for (const { name, address } of this.#classes(ends, 'Ingress', [])) {
      const named = { meant: { type: 'address', address }, byPattern: false } as const;
      const target = targetOf(this.#inventory, this.#endpoints, named, assertion);
      if ('error' in target) return target;
      targets.push({ ...target, name });
    }
    return targets;
  }

  /** Addresses outside that the other ends cannot tell apart, by the direction that they have. */
  #classes(
    others: readonly Endpoint[],
    direction: Direction,
    blocks: readonly string[],
  ): OutsideClass[] {
    const near = opposite(direction);
    const rules = others.flatMap(({ isolations }) =>
      isolations[near].flatMap((isolation) => isolation.rules),
    );
    return outsideClasses(new Set(rules), [...this.#endpoints.addresses, ...blocks]);
  }
}
