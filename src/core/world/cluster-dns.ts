import { type Key, keyOf } from '../model/identity.ts';
import type { ServiceRecord } from '../model/records.ts';
import type { World } from './world.ts';

/** The namespace of the cluster's DNS, and the pods that every distribution labels alike. */
export const dnsNamespace = 'kube-system';
export const dnsLabels = { 'k8s-app': 'kube-dns' } as const;

/** Whether a Service is the cluster's DNS: called `kube-dns`, or labelled as its pods are. */
export function isDnsService({ namespace, name, labels, headless }: ServiceRecord): boolean {
  if (namespace !== dnsNamespace || headless) return false;
  return name === 'kube-dns' || labels['k8s-app'] === dnsLabels['k8s-app'];
}

/** NodeLocal DNSCache as its manifest installs it. */
const nodeLocalDns = keyOf({ kind: 'DaemonSet', namespace: dnsNamespace, name: 'node-local-dns' });

export function isNodeLocalDns(key: Key): boolean {
  return key === nodeLocalDns;
}

export function hasNodeLocalDns(world: World): boolean {
  return world.workload(nodeLocalDns) !== undefined;
}

/** The cluster's DNS Services, by name. */
export function dnsServices(world: World): ServiceRecord[] {
  const services = world.state(dnsNamespace)?.services.values() ?? [];
  const found = [...services].filter(isDnsService);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
