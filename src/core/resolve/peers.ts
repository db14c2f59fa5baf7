import type { PeerRef } from '../model/declaration.ts';
import type { Learnt } from '../model/edge.ts';
import type { Problem } from '../model/finding.ts';
import { nameOfKind } from '../model/kinds.ts';
import { canonicalSelector, type LabelSelector, selectsEverything } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction, PolicyPeer, PolicyPort } from '../model/policy.ts';
import { isCovered, isVersion6, prefixLength } from '../model/range.ts';
import type { ServiceRecord } from '../model/records.ts';
import { type NamespaceState, stableSelector, type Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';

/**
 * One party that an entry means, as a policy peer seen from any namespace. Its selectors are in
 * canonical form, so that the same party gives the same text.
 */
export interface Party {
  readonly peer: PolicyPeer;
  /** The namespace whose pods are meant; undefined for several namespaces and for addresses. */
  readonly namespace?: string;
  /** The workload behind the peer, where there is one. */
  readonly workload?: Workload;
  /** It is an address of a host. */
  readonly learnt?: Learnt;
  /** The ports on which it is dialled, where they are not told by a workload, a Service or the entry. */
  readonly dialled?: readonly PolicyPort[];
}

/** Whom an entry means. `service` is set when a Service's ports are to be translated. */
export interface Parties {
  readonly parties: readonly Party[];
  readonly service?: ServiceRecord;
  readonly problems: readonly Problem[];
}

/** What is looked up by itself: all but parties, and the addresses of hosts. */
type ByNameOrRange = Exclude<PeerRef, { type: 'host' | 'party' }>;

/**
 * Looks up the party of an entry, written in `namespace`. In: the world and the entry's peer and
 * text. Out: the policy peers, never one that nobody wrote; what is missing or refused comes back
 * as problems and gives no peer.
 */
export function resolvePeer(
  world: World,
  namespace: string,
  direction: Direction,
  peer: ByNameOrRange,
  text: string,
): Parties {
  switch (peer.type) {
    case 'name':
    case 'service':
    case 'workload':
      return resolveNamed(world, namespace, direction, peer, text);
    case 'pods':
      return only({
        peer: {
          podSelector: peer.selector,
          namespaceSelector: peer.namespaceSelector ?? namespaceSelector(namespace),
        },
        ...(peer.namespaceSelector === undefined && { namespace }),
      });
    case 'namespace':
      if (world.existing(peer.name) === undefined) return none(namespaceNotFound(text, peer.name));
      return only(wholeNamespace(peer.name));
    case 'namespaces':
      return only({ peer: { namespaceSelector: peer.selector } });
    case 'own':
      return only(wholeNamespace(namespace));
    case 'cluster':
      return only({ peer: { namespaceSelector: {} } });
    case 'internet':
      return internet(world, text);
    case 'block':
      return resolveBlock(world, peer, text);
  }
}

/** The selector of one namespace by the label that the API server itself keeps. */
export function namespaceSelector(name: string): LabelSelector {
  return { matchLabels: { [namespaceNameLabel]: name } };
}

function wholeNamespace(name: string): Party {
  return { peer: { namespaceSelector: namespaceSelector(name) }, namespace: name };
}

function only(party: Party): Parties {
  return { parties: [party], problems: [] };
}

function none(problem: Problem): Parties {
  return { parties: [], problems: [problem] };
}

function namespaceNotFound(text: string, namespace: string): Problem {
  return { code: 'NamespaceNotFound', data: { text, namespace } };
}

function resolveNamed(
  world: World,
  own: string,
  direction: Direction,
  peer: Extract<PeerRef, { type: 'name' | 'service' | 'workload' }>,
  text: string,
): Parties {
  const namespace = peer.namespace ?? own;
  const state = world.existing(namespace);
  if (state === undefined) return none(namespaceNotFound(text, namespace));
  const { name } = peer;
  const service = peer.type === 'workload' ? undefined : state.services.get(name);
  // talks-to names what is dialled, a Service first; accepts-from names a source, pods first.
  if (service !== undefined && direction === 'Egress') return resolveService(state, service, text);
  const workloads = peer.type === 'service' ? [] : calledBy(state, peer);
  if (service !== undefined && workloads.length === 0) return resolveService(state, service, text);
  if (workloads.length === 0) {
    return none({ code: 'TargetNotFound', data: { text, kind: kindOf(peer), namespace, name } });
  }
  const found = partiesOf(workloads, text);
  if (workloads.length === 1) return found;
  const data = {
    text,
    workloads: workloads.map(({ record }) => `${record.ref.kind}/${name}`).join(' and '),
  };
  return { ...found, problems: [...found.problems, { code: 'Ambiguous', data }] };
}

function kindOf(peer: Extract<PeerRef, { type: 'name' | 'service' | 'workload' }>): string {
  if (peer.type === 'name') return '';
  return peer.type === 'service' ? 'Service' : peer.kind;
}

function calledBy(
  state: NamespaceState,
  peer: Extract<PeerRef, { type: 'name' | 'workload' }>,
): Workload[] {
  const called = state.called(peer.name);
  const kind = peer.type === 'workload' ? peer.kind : undefined;
  return called.filter(
    ({ record }) => kind === undefined || nameOfKind(record.ref.group, record.ref.kind) === kind,
  );
}

/** The workloads behind a Service; its own selector where no workload is known. */
export function resolveService(
  state: NamespaceState,
  service: ServiceRecord,
  text: string,
): Parties {
  const { namespace, name } = service;
  const selector = stableSelector(service);
  if (selector === undefined) {
    return none({ code: 'ServiceHasNoSelector', data: { text, namespace, name } });
  }
  const { workloads, half } = state.reachedBy(service);
  if (workloads.length === 0) {
    const peer = {
      podSelector: canonicalSelector({ matchLabels: selector }),
      namespaceSelector: namespaceSelector(namespace),
    };
    const problem: Problem = { code: 'NoWorkloadBehind', data: { text, service: name } };
    return { parties: [{ peer, namespace }], service, problems: [problem] };
  }
  const found = partiesOf(workloads, text);
  if (!half) return { ...found, service };
  const missing = Object.keys(selector).filter((key) =>
    workloads.some(({ record }) => !Object.hasOwn(record.labels, key)),
  );
  const data = { text, service: name, keys: missing.join(', ') };
  return { ...found, service, problems: [...found.problems, { code: 'RuntimeLabel', data }] };
}

/** The addresses of a block. */
export function blockParty(cidr: string): Party {
  return { peer: { ipBlock: { cidr } } };
}

/** The pods that a workload's selector matches, in its namespace. */
export function partyOf(workload: Workload): Party {
  const { ref, selector } = workload.record;
  const peer = { podSelector: selector, namespaceSelector: namespaceSelector(ref.namespace) };
  return { peer, namespace: ref.namespace, workload };
}

function partiesOf(workloads: readonly Workload[], text: string): Parties {
  const parties: Party[] = [];
  const problems: Problem[] = [];
  for (const workload of workloads) {
    const { selector, hostNetwork } = workload.record;
    const data = { text, workload: workload.key };
    if (selectsEverything(selector)) problems.push({ code: 'NoSelectableLabels', data });
    else if (hostNetwork) problems.push({ code: 'HostNetworkPeer', data });
    else parties.push(partyOf(workload));
  }
  return { parties, problems };
}

function resolveBlock(
  world: World,
  { cidr, except }: Extract<PeerRef, { type: 'block' }>,
  text: string,
): Parties {
  const range =
    prefixLength(cidr) === 0
      ? cidr
      : world.rangeSources.meeting(cidr).find((own) => !isCovered(inner(own, cidr), except));
  if (range !== undefined) return none({ code: 'OverlapsCluster', data: { text, range } });
  const peer = { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
  return { parties: [{ peer }], problems: podsUnknown(world, text) };
}

/** Pods may be among addresses that are taken for those of others. */
function podsUnknown({ rangeSources }: World, text: string): Problem[] {
  return rangeSources.knowsPods ? [] : [{ code: 'ClusterRangesUnknown', data: { text } }];
}

/** Of two overlapping blocks, the one inside the other. */
function inner(a: string, b: string): string {
  return prefixLength(a) > prefixLength(b) ? a : b;
}

function internet(world: World, text: string): Parties {
  const except = world.rangeSources.notInternet;
  const parties = ['0.0.0.0/0', '::/0'].map((cidr) => ({
    peer: {
      ipBlock: { cidr, except: except.filter((range) => isVersion6(range) === isVersion6(cidr)) },
    },
  }));
  return { parties, problems: podsUnknown(world, text) };
}
