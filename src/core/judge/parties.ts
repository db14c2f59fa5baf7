import { type Compiled, compile } from '../compile/compile.ts';
import type { Edge, EdgeTarget } from '../model/edge.ts';
import { type Key, keyOf } from '../model/identity.ts';
import { type LabelSelector, type Labels, selects } from '../model/labels.ts';
import { isOurs as isOurRecord } from '../model/ownership.ts';
import {
  type NetworkPolicy,
  nameOfPolicy,
  type PolicyPort,
  type Protocol,
} from '../model/policy.ts';
import { firstOutside } from '../model/range.ts';
import type { PolicySource } from '../reach/endpoint.ts';
import type { Party, PodParty } from '../reach/party.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import type { WouldBe } from './audit.ts';

/** One for whom an edge was declared: a workload's pods, or a pod that a selector would match. */
export interface Subject {
  readonly pod: PodParty;
  /** Absent when the declaration is a selector that matches no workload yet. */
  readonly workload?: Workload;
  /** In audit: the policies that it would have if it were enforced. */
  readonly wouldBe?: readonly NetworkPolicy[];
}

/**
 * The subjects of an edge. For a selector that matches no workload it is a pod that carries exactly
 * the selector's matchLabels; nobody where the selector asks for more than labels, or for none.
 */
export function subjectsOf(world: World, edge: Edge, wouldBe: WouldBe): Subject[] {
  if (edge.subjects.length > 0) {
    const known = edge.subjects.flatMap((key) => world.workload(key) ?? []);
    return known.map((workload) => ({
      ...{ pod: podOf(workload), workload },
      ...given(wouldBe(workload.key, workload.record.ref.namespace)),
    }));
  }
  const { namespace } = edge.source;
  const key = keyOf(edge.source);
  const subject = world.resource(key)?.intent.subject;
  const labels = subject?.type === 'selector' ? labelsOf(subject.selector) : undefined;
  const pod = labels && { namespace, labels };
  return pod === undefined ? [] : [{ pod, ...given(wouldBe(key, namespace)) }];
}

function given(wouldBe: Subject['wouldBe']): Pick<Subject, 'wouldBe'> {
  return wouldBe === undefined ? {} : { wouldBe };
}

/**
 * The live policies of the world, as `reach` asks for them. For a subject in audit its own are
 * replaced by what they would be.
 */
export function sourceOf(world: World, { wouldBe = [] }: Partial<Subject> = {}): PolicySource {
  const replaced = new Set(wouldBe.map(nameOfPolicy));
  return {
    policiesIn: (namespace, labels) => {
      const records = world.state(namespace)?.policySelectors.matching(labels) ?? [];
      const live = records.map(({ policy }) => policy);
      if (wouldBe.length === 0) return live;
      const own = wouldBe.filter(
        ({ metadata, spec }) =>
          metadata.namespace === namespace && selects(spec.podSelector ?? {}, labels),
      );
      return [...live.filter((policy) => !replaced.has(nameOfPolicy(policy))), ...own];
    },
    namespaceLabels: (namespace) => world.existing(namespace)?.object?.record.labels,
  };
}

/** Which policy. */
export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/** The policy of this name among those that are judged for a subject. */
export function policyNamed(
  world: World,
  { wouldBe = [] }: Partial<Subject>,
  { namespace, name }: PolicyName,
): NetworkPolicy | undefined {
  const own = wouldBe.find((policy) => nameOfPolicy(policy) === `${namespace}/${name}`);
  return own ?? world.state(namespace)?.policies.get(name)?.policy;
}

/** Whether the policy of this name is one of ours: live, or what a subject in audit would have. */
export function isOurs(
  world: World,
  { wouldBe = [] }: Partial<Subject>,
  { namespace, name }: PolicyName,
): boolean {
  if (wouldBe.some((policy) => nameOfPolicy(policy) === `${namespace}/${name}`)) return true;
  const live = world.state(namespace)?.policies.get(name);
  return live !== undefined && isOurRecord(live);
}

/**
 * The policies as they will be once all of ours are written: those that are wanted for a pod, those
 * of workloads that are gone and drain, and the live ones of others. Each key is compiled once for
 * one source.
 */
export function wantedSource(
  world: World,
  known?: Pick<Compiled, 'key' | 'policies'>,
): PolicySource {
  const compiled = new Map<Key, readonly NetworkPolicy[]>();
  if (known !== undefined) compiled.set(known.key, known.policies);
  const policiesOf = (state: NamespaceState, key: Key) => {
    if (state.workloads.get(key)?.record.draining === true) return liveOf(state, key);
    const policies = compiled.get(key) ?? compile(world, key).policies;
    compiled.set(key, policies);
    return policies;
  };
  return {
    ...sourceOf(world),
    policiesIn: (namespace, labels) => {
      const state = world.state(namespace);
      if (state === undefined) return [];
      const live = state.policySelectors.matching(labels).filter((record) => !isOurRecord(record));
      const keys = [...keysSelecting(state, labels), ...(state.object ? [state.object.key] : [])];
      const wanted = keys.flatMap((key) => policiesOf(state, key));
      return [
        ...live.map(({ policy }) => policy),
        ...wanted.map((policy) => besideStrangers(state, policy)),
      ];
    },
  };
}

function liveOf(state: NamespaceState, key: Key): NetworkPolicy[] {
  return [...state.policiesFor(key)].filter(isOurRecord).map(({ policy }) => policy);
}

/** Where somebody else's object has the name, ours will have another: the two are told apart. */
function besideStrangers(state: NamespaceState, policy: NetworkPolicy): NetworkPolicy {
  const { name } = policy.metadata;
  const live = state.policies.get(name);
  if (live === undefined || isOurRecord(live)) return policy;
  return { ...policy, metadata: { ...policy.metadata, name: `${name}-beside` } };
}

function keysSelecting(state: NamespaceState, labels: Labels): Key[] {
  const subjects = [...state.selecting(labels), ...state.resourcesSelecting(labels)];
  return subjects.map(({ key }) => key);
}

/**
 * A pod or address that stands for a destination; undefined where no single one does. An address is
 * one that the block really holds.
 */
export function farParty(world: World, target: EdgeTarget): Party | undefined {
  const { peer, namespace, workload } = target;
  if (peer.ipBlock !== undefined) {
    const address = firstOutside(peer.ipBlock.cidr, peer.ipBlock.except ?? []);
    return address === undefined ? undefined : { address };
  }
  const behind = workload === undefined ? undefined : world.workload(workload);
  if (behind !== undefined) return podOf(behind, ' (another replica)');
  const { podSelector = {} } = peer;
  const labels = labelsOf(podSelector);
  if (namespace === undefined || labels === undefined) return undefined;
  // Known pods are judged one by one, since each has its own say.
  const known = world.state(namespace)?.matching(podSelector) ?? [];
  return known.some(({ record }) => !record.hostNetwork) ? undefined : { namespace, labels };
}

/**
 * First and last port of each written range, and the numbers of each name; names that the
 * destination lacks cannot be judged, and are left out.
 */
export function portsToJudge(ports: readonly PolicyPort[], to: Party): [number, Protocol][] {
  const declared = 'address' in to ? [] : (to.ports ?? []);
  return ports.flatMap(({ port, endPort, protocol = 'TCP' }): [number, Protocol][] => {
    if (typeof port === 'number') {
      const ends = endPort === undefined ? [port] : [port, endPort];
      return ends.map((end) => [end, protocol]);
    }
    const named = declared.filter((own) => own.name === port && own.protocol === protocol);
    return named.map((own) => [own.port, protocol]);
  });
}

/** The labels of a pod that carries what the selector demands by label, if the selector matches it. */
function labelsOf(selector: LabelSelector): PodParty['labels'] | undefined {
  const { matchLabels = {} } = selector;
  const some = Object.keys(matchLabels).length > 0;
  return some && selects(selector, matchLabels) ? matchLabels : undefined;
}

/** The pod that stands for a workload; two replicas have different names. */
export function podOf({ key, record }: Workload, replica = ''): PodParty {
  const { labels, ports, ref, hostNetwork } = record;
  return { namespace: ref.namespace, labels, ports, hostNetwork, name: `${key}${replica}` };
}
