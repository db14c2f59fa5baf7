import {
  type Direction,
  directions,
  type EgressRule,
  type IngressRule,
  type NetworkPolicy,
  type PolicyPeer,
  type PolicyPort,
  protocols,
} from '../model/policy.ts';
import { peerForm, portForm, ruleText } from './compare.ts';

/** A rule of either direction. `peers` is absent or empty where the rule admits everyone. */
interface Rule {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[];
}

/** Rules of one direction, which have `from` or `to`. */
export type Rules = readonly (IngressRule & EgressRule)[];

/** Whether a policy isolates the pods that it selects in a direction. */
export function isolates({ spec }: NetworkPolicy, direction: Direction): boolean {
  return spec.policyTypes?.includes(direction) === true;
}

/** The rules of one direction as they are written; none where the policy does not isolate in it. */
export function rulesIn(policy: NetworkPolicy, direction: Direction): Rules {
  if (!isolates(policy, direction)) return [];
  return (direction === 'Ingress' ? policy.spec.ingress : policy.spec.egress) ?? [];
}

/** Whether a rule admits everyone: it has no peers, or one that names nothing. */
export function admitsEveryone({ from, to }: IngressRule & EgressRule): boolean {
  const peers = from ?? to ?? [];
  return peers.length === 0 || peers.some((peer) => Object.keys(peer).length === 0);
}

/**
 * Whether `next` lets through everything that `before` names: each of its directions stays, and so
 * does each grant, on its own or as part of every port of its protocol. What admits everyone names
 * nobody: it is never a grant, but a bridge, an exemption, or a hand edit. `mayGo`: peers that do not
 * count.
 */
export function keepsAll(
  before: NetworkPolicy,
  next: NetworkPolicy,
  mayGo: (peer: PolicyPeer) => boolean = () => false,
): boolean {
  return directions.every((direction) => keepsAllIn(before, next, direction, mayGo));
}

/** As `keepsAll`, of one direction. */
export function keepsAllIn(
  before: NetworkPolicy,
  next: NetworkPolicy,
  direction: Direction,
  mayGo: (peer: PolicyPeer) => boolean = () => false,
): boolean {
  if (!isolates(before, direction)) return true;
  if (!isolates(next, direction)) return false;
  const kept = new Set(grantsIn(next, direction).map(textOf));
  return grantsIn(before, direction).every(
    (grant) =>
      kept.has(textOf(grant)) ||
      kept.has(textOf({ ...grant, port: everyPort(grant) })) ||
      mayGo(grant.peer),
  );
}

/** The policy with these rules in a direction, in which it then isolates. */
export function withRules(
  policy: NetworkPolicy,
  direction: Direction,
  rules: Rules,
): NetworkPolicy {
  const policyTypes = directions.filter((each) => each === direction || isolates(policy, each));
  const field = direction === 'Ingress' ? 'ingress' : 'egress';
  return { ...policy, spec: { ...policy.spec, policyTypes, [field]: rules } };
}

/** Whether a live policy lets through all that a wanted one does in a direction, be it everything. */
export function coversIn(
  live: NetworkPolicy,
  wanted: NetworkPolicy,
  direction: Direction,
): boolean {
  const everyone = (policy: NetworkPolicy) => rulesIn(policy, direction).some(admitsEveryone);
  return keepsAllIn(wanted, live, direction) && (!everyone(wanted) || everyone(live));
}

/** As `coversIn`, of both directions. */
export function covers(live: NetworkPolicy, wanted: NetworkPolicy): boolean {
  return directions.every((direction) => coversIn(live, wanted, direction));
}

/** The rules of `next` in a direction, and those of `before` that it lacks. */
export function mergedIn(before: NetworkPolicy, next: NetworkPolicy, direction: Direction): Rules {
  const own = rulesIn(next, direction);
  if (own.some(admitsEveryone)) return own;
  const known = new Set(own.map(ruleText));
  const kept = rulesIn(before, direction).filter(
    (rule) => !admitsEveryone(rule) && !known.has(ruleText(rule)),
  );
  return [...own, ...kept];
}

interface Grant {
  readonly peer: PolicyPeer;
  readonly port: PolicyPort;
}

function grantsIn(policy: NetworkPolicy, direction: Direction): Grant[] {
  const rules = rulesIn(policy, direction).filter((rule) => !admitsEveryone(rule));
  return rules.map(plain).flatMap(({ peers, ports }) => {
    const open = ports.length > 0 ? ports : protocols.map((protocol) => ({ protocol }));
    return peers.flatMap((peer) => open.map((port) => ({ peer, port })));
  });
}

function plain({ from, to, ports = [] }: IngressRule & EgressRule): Rule {
  return { peers: from ?? to ?? [], ports };
}

function everyPort({ port: { protocol = 'TCP' } }: Grant): PolicyPort {
  return { protocol };
}

function textOf({ peer, port }: Grant): string {
  return JSON.stringify([peerForm(peer), portForm(port)]);
}
