import { keyOf } from '../model/identity.ts';
import { localDnsLabels } from '../model/names.ts';
import type { ServicePort, ServiceRecord } from '../model/records.ts';
import type { Workload } from './namespace-state.ts';
import type { World } from './world.ts';

/** The namespace of the cluster's DNS, and the pods that every distribution labels alike. */
export const dnsNamespace = 'kube-system';
export const dnsLabels = { 'k8s-app': 'kube-dns' } as const;

/** Where OpenShift's DNS operator keeps its Service. */
const openShift = { namespace: 'openshift-dns', name: 'dns-default' } as const;

/** The namespaces in which DNS Services may be. */
export const dnsNamespaces: readonly string[] = [dnsNamespace, openShift.namespace];

/** Whether a Service is the cluster's DNS: by its name, or labelled as its pods are. */
export function isDnsService({ namespace, name, labels, headless }: ServiceRecord): boolean {
  if (headless) return false;
  if (namespace === openShift.namespace) return name === openShift.name;
  if (namespace !== dnsNamespace) return false;
  return name === 'kube-dns' || labels['k8s-app'] === dnsLabels['k8s-app'];
}

/** The ports of a DNS Service at which names are asked for. */
export function dnsPortsOf({ ports }: ServiceRecord): ServicePort[] {
  return ports.filter(({ port, protocol }) => port === 53 && protocol !== 'SCTP');
}

/** NodeLocal DNSCache as its manifest installs it, and where it listens on every node then. */
const nodeLocalDns = keyOf({ kind: 'DaemonSet', namespace: dnsNamespace, name: 'node-local-dns' });
const nodeLocalAddress = '169.254.20.10';

export function isNodeLocalDns({ key, record }: Workload): boolean {
  return key === nodeLocalDns || record.localDns !== undefined;
}

/** Where NodeLocal DNSCache listens, sorted: as it says itself, or as its manifest has it. */
export function nodeLocalAddresses(world: World): string[] {
  const usual = world.workload(nodeLocalDns);
  const labelled = world.state(dnsNamespace)?.matching({ matchLabels: localDnsLabels }) ?? [];
  const told = labelled.flatMap(({ record }) => record.localDns ?? []);
  const assumed = usual !== undefined && usual.record.localDns === undefined;
  return [...new Set([...told, ...(assumed ? [nodeLocalAddress] : [])])].sort();
}

/** The cluster's DNS Services, by namespace and name. */
export function dnsServices(world: World): ServiceRecord[] {
  return dnsNamespaces.flatMap((namespace) => {
    const found = [...(world.state(namespace)?.services.values() ?? [])].filter(isDnsService);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}
