import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../model/policy.ts';

/**
 * Whether the live policy says all that the wanted one says, and allows nothing else: the same spec
 * (an absent list equals an empty one, as the server stores it), and our labels and annotations.
 * Labels and annotations that others added are theirs.
 */
export function saysTheSame(live: NetworkPolicy, wanted: NetworkPolicy): boolean {
  return (
    includes(live.metadata.labels, wanted.metadata.labels) &&
    includes(live.metadata.annotations, wanted.metadata.annotations) &&
    specText(live) === specText(wanted)
  );
}

function includes(
  live: Readonly<Record<string, string>> = {},
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([key, value]) => live[key] === value);
}

/** A spec as text, in one form whatever the order of fields and the server's defaults. */
export function specText({ spec }: NetworkPolicy): string {
  return JSON.stringify([
    selectorForm(spec.podSelector ?? {}),
    [...(spec.policyTypes ?? [])].sort(),
    (spec.ingress ?? []).map(({ from, ports }) => [peersForm(from), portsForm(ports)]),
    (spec.egress ?? []).map(({ to, ports }) => [peersForm(to), portsForm(ports)]),
  ]);
}

function peersForm(peers: readonly PolicyPeer[] = []) {
  return peers.map(({ podSelector, namespaceSelector, ipBlock }) => [
    podSelector && selectorForm(podSelector),
    namespaceSelector && selectorForm(namespaceSelector),
    ipBlock && [ipBlock.cidr, ...(ipBlock.except ?? [])],
  ]);
}

function portsForm(ports: readonly PolicyPort[] = []) {
  return ports.map(({ protocol = 'TCP', port, endPort }) => [protocol, port, endPort]);
}

function selectorForm(selector: LabelSelector): LabelSelector {
  return canonicalSelector(selector);
}
