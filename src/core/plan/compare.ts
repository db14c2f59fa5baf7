import { canonicalSelector } from '../model/labels.ts';
import type {
  EgressRule,
  IngressRule,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
} from '../model/policy.ts';

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
    canonicalSelector(spec.podSelector ?? {}),
    [...(spec.policyTypes ?? [])].sort(),
    (spec.ingress ?? []).map(ruleForm),
    (spec.egress ?? []).map(ruleForm),
  ]);
}

/** A rule of either direction as text: equal for rules that say the same in the same order. */
export function ruleText(rule: IngressRule & EgressRule): string {
  return JSON.stringify(ruleForm(rule));
}

function ruleForm({ from, to, ports = [] }: IngressRule & EgressRule) {
  return [(from ?? to ?? []).map(peerForm), ports.map(portForm)];
}

/** A peer in one form, for comparing as JSON. */
export function peerForm({ podSelector, namespaceSelector, ipBlock }: PolicyPeer) {
  return [
    podSelector && canonicalSelector(podSelector),
    namespaceSelector && canonicalSelector(namespaceSelector),
    ipBlock && [ipBlock.cidr, ...(ipBlock.except ?? [])],
  ];
}

/** A port in one form, for comparing as JSON. */
export function portForm({ protocol = 'TCP', port, endPort }: PolicyPort) {
  return [protocol, port, endPort];
}
