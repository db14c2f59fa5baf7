import { type Labels, selects } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction, NetworkPolicy } from '../model/policy.ts';
import { type Endpoint, endpointOf, type PolicySource } from '../reach/endpoint.ts';
import type { PodParty } from '../reach/party.ts';
import { policySet } from '../reach/policy-set.ts';
import type { Peer, Rule } from '../reach/rules.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { diffPolicies, type PolicySets } from './policies.ts';

/** A workload's pods as they are judged before and after; the same endpoint where nothing changed. */
export interface End {
  readonly before: Endpoint;
  readonly after: Endpoint;
}

/** Whom a change of one end concerns: everyone, or those whom these rules name. */
export type Concerned = 'everyone' | readonly Rule[];

interface Toggle {
  readonly named: ReadonlySet<Workload>;
  readonly open: keyof End;
}

/** The workloads of a world as ends of connections, before and after a change of policies. */
export class Ends {
  readonly #world: World;
  readonly #labels: ReadonlyMap<string, Labels>;
  readonly #before: PolicySource;
  readonly #after: PolicySource;
  readonly #known = new Map<Workload, End>();
  /** The workloads that a changed policy selects. */
  readonly changed: ReadonlySet<Workload>;

  constructor(world: World, sets: PolicySets) {
    this.#world = world;
    this.#labels = new Map([...world.namespaces()].map(([name]) => [name, labelsOf(world, name)]));
    this.#before = policySet(this.#labels, sets.before);
    this.#after = policySet(this.#labels, sets.after);
    const policies = diffPolicies(sets).flatMap(({ before, after }) => [before, after]);
    this.changed = new Set(policies.flatMap((policy) => selectedBy(world, policy)));
  }

  of(workload: Workload): End {
    const known = this.#known.get(workload);
    if (known !== undefined) return known;
    const party = partyOf(workload);
    const after = endpointOf(this.#after, party);
    const before = this.changed.has(workload) ? endpointOf(this.#before, party) : after;
    const end = { before, after };
    this.#known.set(workload, end);
    return end;
  }

  /**
   * Whom it concerns that an end changes in a direction: nobody else gets another answer. Rules are
   * compared by what they say, so that a policy of another name or order is no change.
   */
  concernedBy(workload: Workload, direction: Direction): Concerned {
    const { before, after } = this.of(workload);
    if (before === after) return [];
    const [old, now] = [before.isolations[direction], after.isolations[direction]];
    if (old.length === 0 && now.length === 0) return [];
    if (old.length === 0 || now.length === 0) return 'everyone';
    const [oldRules, nowRules] = [rulesByText(before, direction), rulesByText(after, direction)];
    const rules = [
      ...[...oldRules].filter(([text]) => !nowRules.has(text)),
      ...[...nowRules].filter(([text]) => !oldRules.has(text)),
    ].map(([, rule]) => rule);
    return rules.some(({ peers }) => peers === undefined) ? 'everyone' : rules;
  }

  /** Every rule that an end has in a direction, before or after. */
  rulesOf(workload: Workload, direction: Direction): Rule[] {
    const { before, after } = this.of(workload);
    return [before, after].flatMap(({ isolations }) =>
      isolations[direction].flatMap(({ rules }) => rules),
    );
  }

  /**
   * For an end that is isolated on one side only, and whose rules there name their peers: whom they
   * name, and the side on which it is open. Undefined for any other.
   */
  toggleOf(workload: Workload, direction: Direction): Toggle | undefined {
    const { before, after } = this.of(workload);
    const [was, is] = [before, after].map(({ isolations }) => isolations[direction].length > 0);
    const rules = this.rulesOf(workload, direction);
    if (was === is || rules.some(({ peers }) => peers === undefined)) return undefined;
    return { named: this.namedBy(rules), open: was ? 'after' : 'before' };
  }

  /** The workloads that rules name; nobody by address, since templates have none. */
  namedBy(rules: readonly Rule[]): ReadonlySet<Workload> {
    return new Set(
      rules.flatMap((rule) => (rule.peers ?? []).flatMap((peer) => this.#meantBy(rule, peer))),
    );
  }

  #meantBy({ ref }: Rule, peer: Peer): Workload[] {
    if ('block' in peer) return [];
    const { namespaces, pods } = peer;
    if (namespaces === undefined) return judgeable(this.#world, ref.namespace, pods);
    const only = namespaces.matchLabels?.[namespaceNameLabel];
    const names = only === undefined ? this.#labels.keys() : [only];
    return [...names]
      .filter((name) => selects(namespaces, this.#labels.get(name) ?? {}))
      .flatMap((name) => judgeable(this.#world, name, pods));
  }
}

/** Every workload that can be judged: policies do not see pods on their node's network. */
export function listWorkloads(world: World): Workload[] {
  return [...world.namespaces()].flatMap(([name]) => judgeable(world, name, {}));
}

function judgeable(world: World, namespace: string, pods: Parameters<typeof selects>[0]) {
  const found = world.state(namespace)?.matching(pods) ?? [];
  return found.filter(({ record }) => !record.hostNetwork);
}

function selectedBy(world: World, policy: NetworkPolicy | undefined): Workload[] {
  if (policy === undefined) return [];
  return judgeable(world, policy.metadata.namespace, policy.spec.podSelector ?? {});
}

/** As the API server keeps them: with the label of the name. */
function labelsOf(world: World, name: string): Labels {
  return world.state(name)?.labels ?? { [namespaceNameLabel]: name };
}

function partyOf({ record }: Workload): PodParty {
  const { labels, ports, ref } = record;
  return { namespace: ref.namespace, labels, ports };
}

function rulesByText({ isolations }: Endpoint, direction: Direction): Map<string, Rule> {
  const rules = isolations[direction].flatMap((isolation) => isolation.rules);
  return new Map(
    rules.map((rule) => [JSON.stringify([rule.ref.namespace, rule.peers, rule.ports]), rule]),
  );
}
