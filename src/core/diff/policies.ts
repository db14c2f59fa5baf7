import { isDeepStrictEqual } from 'node:util';
import { canonicalSelector, compareText } from '../model/labels.ts';
import {
  type Direction,
  directions,
  type NetworkPolicy,
  nameOfPolicy,
  type PolicyPeer,
  type PolicyPort,
} from '../model/policy.ts';
import { specText } from '../plan/compare.ts';

/** The policies of a cluster, anyone's, before and after some change. */
export interface PolicySets {
  readonly before: readonly NetworkPolicy[];
  readonly after: readonly NetworkPolicy[];
}

/**
 *   before  after   action
 *   no      yes     create
 *   yes     yes     update
 *   yes     no      delete
 */
export interface PolicyChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly before?: NetworkPolicy;
  readonly after?: NetworkPolicy;
}

/** What differs between two policies of one name, as counts. */
export interface PolicySummary {
  readonly isolates: readonly Direction[];
  readonly isolatesNoMore: readonly Direction[];
  /** Other pods are selected. */
  readonly selector: boolean;
  readonly peers: { readonly added: number; readonly removed: number };
  /** Ports of peers that are on both sides. */
  readonly ports: { readonly added: number; readonly removed: number };
}

/** The policies that are on one side only or differ in anything, by namespace and name. */
export function diffPolicies({ before, after }: PolicySets): PolicyChange[] {
  const old = byName(before);
  const now = byName(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareText);
  return names.flatMap((name) => changeOf(old.get(name), now.get(name)) ?? []);
}

function byName(policies: readonly NetworkPolicy[]): Map<string, NetworkPolicy> {
  return new Map(policies.map((policy) => [nameOfPolicy(policy), policy]));
}

function changeOf(
  before: NetworkPolicy | undefined,
  after: NetworkPolicy | undefined,
): PolicyChange | undefined {
  if (before === undefined) return after && { action: 'create', after };
  if (after === undefined) return { action: 'delete', before };
  return areTheSame(before, after) ? undefined : { action: 'update', before, after };
}

function areTheSame(a: NetworkPolicy, b: NetworkPolicy): boolean {
  const textsOf = ({ metadata: { labels = {}, annotations = {} } }: NetworkPolicy) => [
    labels,
    annotations,
  ];
  return a === b || (specText(a) === specText(b) && isDeepStrictEqual(textsOf(a), textsOf(b)));
}

/** Summarizes a change; a policy that is not there counts as one without rules. */
export function summarizeChange({ before, after }: PolicyChange): PolicySummary {
  const [old, now] = [typesOf(before), typesOf(after)];
  const peers = { added: 0, removed: 0 };
  const ports = { added: 0, removed: 0 };
  for (const direction of directions) {
    const [portsBefore, portsAfter] = [
      portsByPeer(before, direction),
      portsByPeer(after, direction),
    ];
    for (const [peer, texts] of portsAfter) {
      const known = portsBefore.get(peer);
      if (known === undefined) peers.added++;
      else ports.added += countMissing(texts, known);
    }
    for (const [peer, texts] of portsBefore) {
      const kept = portsAfter.get(peer);
      if (kept === undefined) peers.removed++;
      else ports.removed += countMissing(texts, kept);
    }
  }
  const selector = before !== undefined && after !== undefined && !selectTheSame(before, after);
  return {
    isolates: now.filter((direction) => !old.includes(direction)),
    isolatesNoMore: old.filter((direction) => !now.includes(direction)),
    ...{ selector, peers, ports },
  };
}

function countMissing(texts: ReadonlySet<string>, from: ReadonlySet<string>): number {
  return [...texts].filter((text) => !from.has(text)).length;
}

function typesOf(policy: NetworkPolicy | undefined): Direction[] {
  const { policyTypes = [], egress = [] } = policy?.spec ?? {};
  if (policy === undefined || policyTypes.length > 0) return [...policyTypes];
  return egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function selectTheSame(a: NetworkPolicy, b: NetworkPolicy): boolean {
  return isDeepStrictEqual(
    canonicalSelector(a.spec.podSelector ?? {}),
    canonicalSelector(b.spec.podSelector ?? {}),
  );
}

/** The ports of each peer as texts; no peer and no port mean any. */
function portsByPeer(
  policy: NetworkPolicy | undefined,
  direction: Direction,
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { peers, ports } of rulesOf(policy, direction)) {
    for (const peer of peers.length === 0 ? [{}] : peers) {
      const text = textOfPeer(peer);
      const known = found.get(text) ?? new Set();
      found.set(text, known);
      for (const port of ports.length === 0 ? ['any'] : ports.map(textOfPort)) known.add(port);
    }
  }
  return found;
}

function rulesOf(
  policy: NetworkPolicy | undefined,
  direction: Direction,
): { peers: readonly PolicyPeer[]; ports: readonly PolicyPort[] }[] {
  const { ingress = [], egress = [] } = policy?.spec ?? {};
  return direction === 'Ingress'
    ? ingress.map(({ from: peers = [], ports = [] }) => ({ peers, ports }))
    : egress.map(({ to: peers = [], ports = [] }) => ({ peers, ports }));
}

function textOfPeer({ podSelector, namespaceSelector, ipBlock }: PolicyPeer): string {
  return JSON.stringify([
    podSelector && canonicalSelector(podSelector),
    namespaceSelector && canonicalSelector(namespaceSelector),
    ipBlock && [ipBlock.cidr, ...[...(ipBlock.except ?? [])].sort()],
  ]);
}

function textOfPort({ protocol = 'TCP', port, endPort }: PolicyPort): string {
  return JSON.stringify([protocol, port, endPort]);
}
