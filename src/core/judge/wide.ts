import { groupTargets } from '../compile/rules.ts';
import type { Edge, EdgeTarget } from '../model/edge.ts';
import { canonicalSelector, compareText } from '../model/labels.ts';
import {
  type Direction,
  type NetworkPolicy,
  type PolicyPeer,
  type PolicyPort,
  protocols,
} from '../model/policy.ts';
import type { RuleRef } from '../reach/rules.ts';
import { portNamesOf, standingFor } from '../world/meant.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { isOurs, type Subject, sourceOf } from './parties.ts';

/** A rule of either direction. */
interface Rule {
  readonly ref: RuleRef;
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[];
}

/**
 * The rules of live policies of ours that are for this very peer and that together open all of these
 * ports, by policy; none where a port is missing. For destinations of which no single pod can stand for all.
 */
export function writtenRules(
  world: World,
  subject: Subject,
  direction: Direction,
  { peer, ports }: EdgeTarget,
): RuleRef[] {
  const { pod } = subject;
  const [wanted] = groupTargets([{ peer, ports }], pod.namespace);
  const text = wanted?.peers.map(textOf).join();
  const selecting = [...sourceOf(world, subject).policiesIn(pod.namespace, pod.labels)];
  selecting.sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  const holding = selecting
    .filter(({ metadata }) => isOurs(world, subject, metadata))
    .flatMap((policy) => rulesOf(policy, direction))
    .filter(({ peers }) => peers.length === 0 || peers.some((each) => textOf(each) === text));
  const needed = wanted?.ports ?? protocols.map((protocol) => ({ protocol }));
  const opens = (rule: Rule, port: PolicyPort) =>
    rule.ports.length === 0 || rule.ports.some((each) => covers(each, port));
  if (!needed.every((port) => holding.some((rule) => opens(rule, port)))) return [];
  const opening = holding.filter((rule) => needed.some((port) => opens(rule, port)));
  return opening.map(({ ref }) => ref);
}

function rulesOf({ metadata, spec }: NetworkPolicy, direction: Direction): Rule[] {
  if (spec.policyTypes?.includes(direction) !== true) return [];
  const { namespace, name } = metadata;
  const rules =
    direction === 'Egress'
      ? (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }))
      : (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }));
  return rules.map((rule, index) => ({ ...rule, ref: { namespace, name, rule: index } }));
}

/**
 * Known workloads that a wide entry means, as many as are judged; of one that means whole namespaces
 * all but the subject itself. Of the subject's own namespace as a whole nobody has to agree: whoever
 * is silent there does. Each once, where environments make two peers of one entry.
 */
export function neighboursOf(
  world: World,
  { pod, workload: subject }: Subject,
  { direction, targets }: Pick<Edge, 'direction' | 'targets'>,
  target: EdgeTarget,
): Workload[] {
  const { namespace, peer } = target;
  if (namespace === pod.namespace && peer.podSelector === undefined) return [];
  const meant = knownOf(world, direction, target).filter(({ record }) => !record.hostNetwork);
  if (namespace !== undefined) return meant;
  const before = targets
    .slice(0, targets.indexOf(target))
    .flatMap((each) => (each.namespace === undefined ? knownOf(world, direction, each) : []));
  const itself = peer.podSelector === undefined ? subject?.key : undefined;
  return meant.filter((workload) => workload.key !== itself && !before.includes(workload));
}

/**
 * Of pods that are meant by labels, or by another namespace, a workload on the host's network, where all
 * known ones are.
 */
export function onHostOnly(
  world: World,
  { pod }: Subject,
  direction: Direction,
  target: EdgeTarget,
): Workload | undefined {
  const { workload, namespace = pod.namespace, peer } = target;
  if (workload !== undefined) return undefined;
  if (peer.podSelector === undefined && namespace === pod.namespace) return undefined;
  const [first] = knownOf(world, direction, target);
  return first?.record.hostNetwork ? first : undefined;
}

function knownOf(
  world: World,
  direction: Direction,
  { namespace, peer, ports }: EdgeTarget,
): readonly Workload[] {
  const { ipBlock, podSelector: pods = {}, namespaceSelector = {} } = peer;
  if (ipBlock !== undefined) return [];
  const portNames = ports === 'all' ? [] : portNamesOf(direction, ports);
  if (namespace === undefined) return world.meant.within(namespaceSelector, { pods, portNames });
  const state = world.state(namespace);
  return state === undefined ? [] : standingFor([state], { pods, portNames });
}

/** Equal for peers of equal meaning in one namespace. */
function textOf({ ipBlock, namespaceSelector, podSelector = {} }: PolicyPeer): string {
  if (ipBlock !== undefined)
    return JSON.stringify([ipBlock.cidr, [...(ipBlock.except ?? [])].sort()]);
  const namespaces = namespaceSelector && canonicalSelector(namespaceSelector);
  return JSON.stringify([namespaces, canonicalSelector(podSelector)]);
}

function covers(open: PolicyPort, wanted: PolicyPort): boolean {
  if ((open.protocol ?? 'TCP') !== (wanted.protocol ?? 'TCP')) return false;
  if (open.port === undefined || (open.port === wanted.port && open.endPort === wanted.endPort))
    return true;
  if (typeof open.port !== 'number' || typeof wanted.port !== 'number') return false;
  const { port, endPort = wanted.port } = wanted;
  return open.port <= port && endPort <= (open.endPort ?? open.port);
}
