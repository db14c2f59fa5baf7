import { isDeepStrictEqual } from 'node:util';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import { allowedPorts } from '../../src/core/reach/allowed-ports.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { isNoPort, type PortSet } from '../../src/core/reach/port-set.ts';

/** Somebody who connects or is connected to, in whichever namespace a side has its policies. */
export interface Named {
  readonly name: string;
  readonly in: (namespace: string) => Party;
}

/** A set of policies, and the namespace in which the workloads are to be imagined. */
export interface Side {
  readonly namespace: string;
  readonly policies: readonly NetworkPolicy[];
}

/** What one source may reach under one side. */
export interface Grant {
  readonly source: string;
  readonly ports: PortSet;
}

export interface Difference {
  readonly source: string;
  readonly ours: PortSet;
  readonly theirs: PortSet;
}

/** Who gets in to one destination. Sources that neither side lets in are left out. */
export interface Comparison {
  readonly destination: string;
  readonly same: readonly Grant[];
  readonly differences: readonly Difference[];
}

/**
 * What each destination accepts from each source under two sets of policies: every port of every
 * protocol, as `reach` judges it, with the sources' own egress left aside. Replicas of one workload
 * are not compared, since that is no connection between workloads.
 */
export function compareIngress(
  ours: Side,
  theirs: Side,
  destinations: readonly Named[],
  sources: readonly Named[],
): Comparison[] {
  const ourPorts = portsUnder(ours);
  const theirPorts = portsUnder(theirs);
  return destinations.map((destination) => {
    const others = sources.filter(({ name }) => name !== destination.name);
    const judged = others.map((source) => ({
      source: source.name,
      ours: ourPorts(source, destination),
      theirs: theirPorts(source, destination),
    }));
    const [same, differences] = [true, false].map((equal) =>
      judged.filter((each) => isDeepStrictEqual(each.ours, each.theirs) === equal),
    );
    return {
      destination: destination.name,
      same: (same ?? [])
        .map(({ source, ours: ports }) => ({ source, ports }))
        .filter(({ ports }) => !isNoPort(ports)),
      differences: differences ?? [],
    };
  });
}

function portsUnder({ namespace, policies }: Side): (source: Named, to: Named) => PortSet {
  const set = policySet(new Map(), policies.flatMap(ingressOnly));
  return (source, to) => allowedPorts(set, source.in(namespace), to.in(namespace));
}

/** The policy without its egress half; nothing if it has no other. */
function ingressOnly(policy: NetworkPolicy): NetworkPolicy[] {
  const { egress: _, ...spec } = policy.spec;
  if (spec.policyTypes?.includes('Ingress') === false) return [];
  return [{ ...policy, spec: { ...spec, policyTypes: ['Ingress'] } }];
}
