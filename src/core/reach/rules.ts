import type { LabelSelector } from '../model/labels.ts';
import type {
  Direction,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
  PolicySpec,
  Protocol,
} from '../model/policy.ts';
import { type Block, parseBlock } from './addresses.ts';
import { allPorts, type PortRange } from './port-set.ts';

/** A rule that decided; without `rule`, the whole policy: it isolates and nothing in it allows. */
export interface RuleRef {
  readonly namespace: string;
  readonly name: string;
  /** Index into `spec.ingress` or `spec.egress`, whichever direction was asked for. */
  readonly rule?: number;
}

/** What one policy says of one direction in which it isolates the pods that it selects. */
export interface Isolation {
  readonly ref: RuleRef;
  readonly rules: readonly Rule[];
}

/** Undefined `peers` or `ports` restrict nothing; an empty list matches nothing. */
export interface Rule {
  readonly ref: RuleRef;
  readonly peers: readonly Peer[] | undefined;
  readonly ports: readonly PortClause[] | undefined;
}

export type Peer =
  | { readonly block: Block }
  | {
      /** Undefined: the policy's own namespace. */
      readonly namespaces: LabelSelector | undefined;
      readonly pods: LabelSelector;
    };

export type PortClause =
  | (PortRange & { readonly protocol: Protocol })
  | { readonly protocol: Protocol; readonly portName: string };

/**
 * The policy's isolation by direction; undefined where it does not isolate.
 *
 * What the API server would refuse (a block that does not parse, a peer with no field or with a
 * block beside selectors, an endPort without a number or below it) matches nothing, and does not
 * turn a list into an absent one, which would match everything. Never throws.
 */
export function readPolicy({
  metadata,
  spec,
}: NetworkPolicy): Readonly<Record<Direction, Isolation | undefined>> {
  const ref = { namespace: metadata.namespace, name: metadata.name };
  const ingress = (spec.ingress ?? []).map(({ from, ports }, rule) =>
    readRule({ ...ref, rule }, from, ports),
  );
  const egress = (spec.egress ?? []).map(({ to, ports }, rule) =>
    readRule({ ...ref, rule }, to, ports),
  );
  return {
    Ingress: isolates(spec, 'Ingress') ? { ref, rules: ingress } : undefined,
    Egress: isolates(spec, 'Egress') ? { ref, rules: egress } : undefined,
  };
}

/**
 * "If this field is not specified, it will default based on the existence of ingress or egress
 * rules": an empty list counts as not specified, and an empty `egress` as no egress rules
 * (SetDefaults_NetworkPolicy upstream).
 */
function isolates({ policyTypes, egress }: PolicySpec, direction: Direction): boolean {
  if (policyTypes !== undefined && policyTypes.length > 0) return policyTypes.includes(direction);
  return direction === 'Ingress' || (egress ?? []).length > 0;
}

function readRule(
  ref: RuleRef,
  peers: readonly PolicyPeer[] = [],
  ports: readonly PolicyPort[] = [],
): Rule {
  return {
    ref,
    peers:
      peers.length === 0 ? undefined : peers.map(readPeer).filter((peer) => peer !== undefined),
    ports:
      ports.length === 0 ? undefined : ports.map(readPort).filter((port) => port !== undefined),
  };
}

function readPeer({ ipBlock, namespaceSelector, podSelector }: PolicyPeer): Peer | undefined {
  const selects = namespaceSelector !== undefined || podSelector !== undefined;
  if (ipBlock === undefined) {
    return selects ? { namespaces: namespaceSelector, pods: podSelector ?? {} } : undefined;
  }
  const block = parseBlock(ipBlock);
  return block === undefined || selects ? undefined : { block };
}

function readPort({ protocol = 'TCP', port, endPort }: PolicyPort): PortClause | undefined {
  if (typeof port === 'number') return { protocol, first: port, last: endPort ?? port };
  if (endPort !== undefined) return undefined;
  return port === undefined ? { protocol, ...allPorts } : { protocol, portName: port };
}
