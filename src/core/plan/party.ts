import { type Finding, finding } from '../model/finding.ts';
import { type Key, partsOf, refOf } from '../model/identity.ts';
import type { NetworkPolicy, Protocol } from '../model/policy.ts';
import { judge } from '../reach/judge.ts';
import type { Party, PodParty } from '../reach/party.ts';
import { policySet } from '../reach/policy-set.ts';
import { dnsNamespace, dnsServices } from '../world/cluster-dns.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { type Change, policyOf } from './change.ts';

/** A pod anywhere in the cluster of which nothing is known: whoever admits it admits everyone. */
const anyone: Party = { namespace: 'any.where', labels: {} };

/**
 * Whether these writes would cut everyone from the cluster's DNS: its pods answer anyone on their
 * service port today, and would not after them. Held until the workload, or its namespace, says that
 * this is meant. What is broken already is no reason to hold anything.
 */
export function wouldBreakParty(
  world: World,
  key: Key,
  changes: readonly Change[],
): Finding | undefined {
  const state = world.state(dnsNamespace);
  if (partsOf(key).namespace !== dnsNamespace || state === undefined) return undefined;
  if (changes.length === 0 || state.object?.intent.confirms) return undefined;
  const before = [...state.policies.values()].map(({ policy }) => policy);
  const after = policiesAfter(before, changes);
  for (const { workload, port, protocol } of servedBy(world, state)) {
    if (workload.intent.confirms) continue;
    const pod = podOf(workload);
    const admits = (policies: readonly NetworkPolicy[]) =>
      judge(policySet(new Map(), policies), anyone, pod, port, protocol).ingress.allowed;
    if (!admits(before) || admits(after)) continue;
    const where = `${workload.record.ref.kind} ${workload.record.ref.name}`;
    const ports = `${port}/${protocol.toLowerCase()}`;
    const data = {
      party: 'the cluster DNS',
      ports,
      where: `${where} or Namespace ${dnsNamespace}`,
    };
    return finding('WouldBreakParty', refOf(key), { path: [] }, data);
  }
  return undefined;
}

function policiesAfter(
  before: readonly NetworkPolicy[],
  changes: readonly Change[],
): NetworkPolicy[] {
  const after = new Map(before.map((policy) => [policy.metadata.name, policy]));
  for (const change of changes) {
    const policy = policyOf(change);
    if (change.type !== 'delete') after.set(policy.metadata.name, policy);
    else if (!change.whenPodsAreGone) after.delete(policy.metadata.name);
  }
  return [...after.values()];
}

interface Served {
  readonly workload: Workload;
  readonly port: number;
  readonly protocol: Protocol;
}

/** The workloads behind the cluster's DNS Services, with the pods' port behind each port 53. */
function servedBy(world: World, state: NamespaceState): Served[] {
  return dnsServices(world).flatMap((service) => {
    const ports = service.ports.filter(({ port, protocol }) => port === 53 && protocol !== 'SCTP');
    const behind = state.reachedBy(service).workloads.filter(({ record }) => !record.hostNetwork);
    return behind.flatMap((workload) =>
      ports.flatMap(({ targetPort, protocol }) =>
        numbersOf(workload, targetPort, protocol).map((port) => ({ workload, port, protocol })),
      ),
    );
  });
}

function numbersOf({ record }: Workload, port: number | string, protocol: Protocol): number[] {
  if (typeof port === 'number') return [port];
  const named = record.ports.filter((own) => own.name === port && own.protocol === protocol);
  return named.map((own) => own.port);
}

function podOf({ record }: Workload): PodParty {
  return { namespace: dnsNamespace, labels: record.labels, ports: record.ports };
}
