import { compareText, type Labels, selects } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction, NetworkPolicy } from '../model/policy.ts';
import type { ContainerPort } from '../model/records.ts';
import { type Address, parseAddress } from './addresses.ts';
import type { Party, PodParty } from './party.ts';
import { type Isolation, readPolicy } from './rules.ts';

/** Where the policies come from. Policies it yields must not be changed afterwards. */
export interface PolicySource {
  /** At least the policies of the namespace that select pods with these labels; more does no harm. */
  policiesIn(namespace: string, labels: Labels): Iterable<NetworkPolicy>;
  /** Undefined for a namespace that is not known: it then has only the label of its name. */
  namespaceLabels(namespace: string): Labels | undefined;
}

/**
 * A party ready to be judged against any number of others: what rules can see of it, and what
 * isolates it. Holds for the state of the source at the time it was made.
 */
export interface Endpoint {
  /** What selectors see; undefined for an address and for a pod on its node's network. */
  readonly pod: SelectablePod | undefined;
  /** Equal only for one and the same pod; undefined where that cannot be known. */
  readonly identity: string | undefined;
  readonly addresses: readonly Address[];
  /** A pod on its node's network: it has an address even where none is told. */
  readonly isOnNode: boolean;
  /** What isolates it, by policy name; empty: not isolated in that direction. */
  readonly isolations: Readonly<Record<Direction, readonly Isolation[]>>;
}

export interface SelectablePod {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
}

const open: Endpoint['isolations'] = { Ingress: [], Egress: [] };

/** Reads each policy once, however many endpoints it isolates; forgotten with the policy. */
const readings = new WeakMap<NetworkPolicy, ReturnType<typeof readPolicy>>();

/** Prepares a party for judging. A malformed address counts as unknown. Never throws. */
export function endpointOf(source: PolicySource, party: Party): Endpoint {
  if ('address' in party) {
    const addresses = parseAddresses([party.address]);
    return { pod: undefined, identity: undefined, addresses, isOnNode: false, isolations: open };
  }
  const { namespace, name, hostNetwork = false } = party;
  return {
    pod: hostNetwork ? undefined : selectablePodOf(source, party),
    identity: name === undefined ? undefined : `${namespace}/${name}`,
    addresses: parseAddresses(party.addresses ?? []),
    isOnNode: hostNetwork,
    isolations: hostNetwork ? open : isolationsOf(source, party),
  };
}

function parseAddresses(texts: readonly string[]): readonly Address[] {
  return texts.map(parseAddress).filter((address) => address !== undefined);
}

function selectablePodOf(
  source: PolicySource,
  { namespace, labels, ports }: PodParty,
): SelectablePod {
  return { namespace, namespaceLabels: labelsOf(source, namespace), labels, ports: ports ?? [] };
}

/** The API server sets `kubernetes.io/metadata.name` on every namespace and keeps it so. */
function labelsOf(source: PolicySource, namespace: string): Labels {
  const labels = source.namespaceLabels(namespace) ?? {};
  if (labels[namespaceNameLabel] === namespace) return labels;
  return { ...labels, [namespaceNameLabel]: namespace };
}

/** "Once there is any NetworkPolicy in a namespace selecting a particular pod" it is isolated. */
function isolationsOf(
  source: PolicySource,
  { namespace, labels }: PodParty,
): Endpoint['isolations'] {
  const selecting = [...source.policiesIn(namespace, labels)]
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace && selects(spec.podSelector ?? {}, labels),
    )
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name))
    .map(reading);
  return {
    Ingress: selecting.flatMap(({ Ingress }) => Ingress ?? []),
    Egress: selecting.flatMap(({ Egress }) => Egress ?? []),
  };
}

function reading(policy: NetworkPolicy): ReturnType<typeof readPolicy> {
  const known = readings.get(policy);
  if (known !== undefined) return known;
  const fresh = readPolicy(policy);
  readings.set(policy, fresh);
  return fresh;
}
