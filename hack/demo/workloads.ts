import { isDeepStrictEqual } from 'node:util';
import { sourceOf } from '../../src/core/judge/parties.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { canonicalSelector, type LabelSelector } from '../../src/core/model/labels.ts';
import type { PolicyRecord } from '../../src/core/model/records.ts';
import { allowedPorts } from '../../src/core/reach/allowed-ports.ts';
import type { PodParty } from '../../src/core/reach/party.ts';
import type { Workload } from '../../src/core/world/namespace-state.ts';
import type { World } from '../../src/core/world/world.ts';
import { describePorts } from './ports.ts';

/** A Deployment, by namespace and name. */
export interface DeploymentName {
  readonly namespace: string;
  readonly name: string;
}

/** The workloads of a namespace, by name. */
export function workloadsOf(world: World, namespace: string): Workload[] {
  const workloads = [...(world.state(namespace)?.workloads.values() ?? [])];
  return workloads.sort((a, b) => (a.record.ref.name < b.record.ref.name ? -1 : 1));
}

/** The live policies of a namespace, by name. */
export function policiesOf(world: World, namespace: string): PolicyRecord[] {
  const records = [...(world.state(namespace)?.policies.values() ?? [])];
  return records.sort((a, b) => (a.policy.metadata.name < b.policy.metadata.name ? -1 : 1));
}

/** The live policy that selects exactly the pods of a Deployment. */
export function policyFor(world: World, name: DeploymentName): PolicyRecord | undefined {
  const workload = world.workload(keyOf({ kind: 'Deployment', ...name }));
  return policiesOf(world, name.namespace).find(
    ({ policy }) =>
      workload !== undefined &&
      isSameSelector(policy.spec.podSelector ?? {}, workload.record.selector),
  );
}

/** Any one pod of a workload, as policies see it, in a namespace that may be another than its own. */
export function podOf({ record }: Workload, namespace = record.ref.namespace): PodParty {
  const { labels, ports, hostNetwork } = record;
  return { namespace, labels, ports, hostNetwork };
}

/** The ports on which the live policies let one Deployment's pods connect to another's. */
export function portsBetween(world: World, from: DeploymentName, to: DeploymentName): string {
  const [source, destination] = [from, to].map((name) =>
    world.workload(keyOf({ kind: 'Deployment', ...name })),
  );
  if (source === undefined || destination === undefined) return 'no such Deployment';
  return describePorts(allowedPorts(sourceOf(world), podOf(source), podOf(destination)));
}

export function isSameSelector(a: LabelSelector, b: LabelSelector): boolean {
  return isDeepStrictEqual(canonicalSelector(a), canonicalSelector(b));
}
