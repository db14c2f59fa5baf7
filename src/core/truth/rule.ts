import type { PortRef } from '../model/declaration.ts';
import { type LabelSelector, type Labels, selects, selectsEverything } from '../model/labels.ts';
import type { Protocol } from '../model/policy.ts';
import type { ContainerPort, WorkloadRecord } from '../model/records.ts';
import type { Span } from './addresses.ts';

/** One end of a connection: a pod, as far as labels and ports tell, or an outside address. */
export type TruthParty = TruthPod | { readonly address: string };

export interface TruthPod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
}

/** A set of parties. */
export interface Peer {
  /** The workload whose `spec.selector` this is; absent when no workload was named. */
  readonly workload?: WorkloadRecord;
  readonly hasPod: (namespace: string, labels: Labels) => boolean;
  readonly hasAddress: (address: Span) => boolean;
}

/** A port of pods with its protocol; a name is resolved on each destination pod. */
export interface PodPort {
  readonly port: number | string;
  readonly endPort?: number;
  readonly protocol: Protocol;
}

/** `all`: every port of every protocol. */
export type Ports = 'all' | readonly PodPort[];

/** What a word is made of: who is at the other end, and on which ports of the destination. */
export interface Rule {
  readonly peer: Peer;
  readonly ports: Ports;
}

/** Rules towards peers on ports; none where there is no port. */
export function rulesFor(peers: readonly Peer[], ports: Ports): Rule[] {
  return ports.length === 0 ? [] : peers.map((peer) => ({ peer, ports }));
}

/** The peer of a workload is its `spec.selector`. Empty or hostNetwork: no peer ("Names"). */
export function peersOfWorkload(workload: WorkloadRecord): Peer[] {
  return workload.hostNetwork || selectsEverything(workload.selector) ? [] : [podsOf(workload)];
}

/** The pods that a workload's `spec.selector` matches, in its namespace. */
export function podsOf(workload: WorkloadRecord): Peer {
  return { ...podsIn(workload.ref.namespace, workload.selector), workload };
}

/** Pods of one namespace by their labels. */
export function podsIn(namespace: string, selector: LabelSelector): Peer {
  return podsWhere((name, labels) => name === namespace && selects(selector, labels));
}

/** Pods, and no address. */
export function podsWhere(hasPod: Peer['hasPod']): Peer {
  return { hasPod, hasAddress: () => false };
}

/** Addresses outside the cluster, and no pod. */
export function addressesWhere(hasAddress: Peer['hasAddress']): Peer {
  return { hasPod: () => false, hasAddress };
}

/** The sum of several sets of ports. */
export function addUp(sets: readonly Ports[]): Ports {
  return sets.includes('all') ? 'all' : sets.flatMap((set) => (set === 'all' ? [] : set));
}

/** The port as it is written, TCP unless a protocol is. */
export function asWritten(ref: PortRef): readonly PodPort[] {
  return [{ ...ref, protocol: ref.protocol ?? 'TCP' }];
}

/** The port as it is written, once for each protocol. */
export function withProtocols(
  { port, endPort }: PortRef,
  protocols: readonly Protocol[],
): readonly PodPort[] {
  const range = { port, ...(endPort !== undefined && { endPort }) };
  return protocols.map((protocol) => ({ ...range, protocol }));
}

/** Whether a number is the written one, or in the written range. Names have no number. */
export function covers({ port, endPort }: PortRef, number: number): boolean {
  return typeof port === 'number' && port <= number && number <= (endPort ?? port);
}

/** Whether a connection to `port` of `destination` is among the ports. */
export function admits(
  ports: Ports,
  destination: TruthParty,
  port: number,
  protocol: Protocol,
): boolean {
  if (ports === 'all') return true;
  const declared = 'address' in destination ? [] : destination.ports;
  return ports.some((one) => {
    if (one.protocol !== protocol) return false;
    if (typeof one.port === 'number') return covers(one, port);
    return declared.some(
      (known) => known.name === one.port && known.protocol === protocol && known.port === port,
    );
  });
}
