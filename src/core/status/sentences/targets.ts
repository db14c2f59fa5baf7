import { tidy } from '../text.ts';
import { overlapSentence } from './overlap.ts';
import type { Sentences } from './sentence.ts';

/** Of what was read, but does not find its counterpart in the cluster, or finds another than meant. */
export const targetSentences = {
  TargetNotFound: [
    'warning',
    ({ text, kind, namespace, name }) =>
      `"${tidy(text)}": no ${kind === '' ? 'Service or workload' : kind} ${name} in namespace ${namespace} yet; deploy it, or correct the ${kind === '' ? 'name' : 'kind or the name'}${
        text === name && /^\d+$/.test(name)
          ? `; if it is another port of the entry before it, write that entry again with :${name}`
          : ''
      }`,
  ],
  NamespaceNotFound: [
    'warning',
    ({ text, namespace }) =>
      `"${tidy(text)}": there is no namespace ${namespace} yet; create it, or correct the name${saysKind(text) ? '' : `; for a name outside the cluster, write host/${tidy(text)}`}`,
  ],
  ServiceHasNoSelector: [
    'warning',
    ({ text, namespace, name }) =>
      `"${tidy(text)}": Service ${namespace}/${name} selects no pods; list its addresses, or write host/ and a DNS name`,
  ],
  PortNotFound: [
    'warning',
    ({ text, port, known }) =>
      `"${tidy(text)}": port ${tidy(port)} is not one of its ports${known === '' ? ', since it declares none' : ` (${tidy(known)})`}; declare it there, or write another`,
  ],
  HostNetworkPeer: [
    'warning',
    ({ text, workload }) =>
      `"${tidy(text)}": ${workload} runs on the host's network, which no policy can name; where it must be, write @nodes and a port`,
  ],
  OverlapsCluster: [
    'warning',
    ({ text, range }) =>
      range.endsWith('/0')
        ? `"${tidy(text)}" means every address, the cluster's own among them; write @internet for those outside, and name pods or Services there`
        : `"${tidy(text)}" overlaps the cluster's own addresses (${range}); name pods or Services there`,
  ],
  VetoedByNone: [
    'warning',
    ({ text, source }) =>
      `"${tidy(text)}" is refused: ${source} says none, which wins; remove that none, or this entry`,
  ],
  NoSelectableLabels: [
    'warning',
    ({ text, workload }) =>
      `"${tidy(text)}": the selector of ${workload} matches every pod, so that no policy can be written for it alone; give its pods a label of their own`,
  ],
  PartyUnknown: [
    'warning',
    ({ text, party, setting, missing }) =>
      `"${tidy(text)}": ${party} is not known, so nothing is allowed: ${
        setting === ''
          ? wayTo(party)
          : `set ${setting} in the operator's settings to say who that is`
      }${missing === '' ? '' : `; it names namespace ${missing}, which is not there`}`,
  ],
  LooksLikeParty: [
    'warning',
    ({ party, setting }) =>
      `it looks like ${party}, which is not known; if it is that, name its namespace and a selector of its pods by ${setting} in the operator's settings`,
  ],
  SourceUnknown: [
    'warning',
    ({ text, service, setting }) =>
      `${tidy(text)} calls Service ${tidy(service)}, but where requests of the API server come from is not known, so they are not allowed: set ${setting} in the operator's settings to the addresses that it sends from`,
  ],
  EngineCannot: [
    'warning',
    ({ text, entity }) =>
      `"${tidy(text)}": Cilium matches nodes and the API server by no address, so the rule has no effect: allow it by a CiliumNetworkPolicy with ${entity}`,
  ],
  InternalAddress: [
    'warning',
    ({ text, host, addresses }) =>
      `"${tidy(text)}": ${tidy(host)} leads to ${tidy(addresses)}, which is not outside the cluster; name pods or Services there`,
  ],
  Ambiguous: ['notice', ({ text, workloads }) => `"${tidy(text)}" means ${workloads}, all of them`],
  RuntimeLabel: [
    'notice',
    ({ text, service, keys }) =>
      `"${tidy(text)}": Service ${service} selects by ${keys}, which templates lack; all pods of the matching workloads are meant`,
  ],
  TargetPortUsed: [
    'notice',
    ({ text, port, servicePort }) =>
      `"${tidy(text)}": ${port} is the port behind the Service; clients of the Service dial ${servicePort}`,
  ],
  HeadlessPort: [
    'notice',
    ({ text, service, port, targetPort }) =>
      `"${tidy(text)}": Service ${service} is headless, so port ${port} is not translated to ${targetPort}`,
  ],
  NoPortsDeclared: [
    'notice',
    ({ text, workload }) => `"${tidy(text)}": ${workload} declares no ports, so all are meant`,
  ],
  PortNotDeclared: [
    'notice',
    ({ text, port, workload }) =>
      `"${tidy(text)}": ${workload} declares no port ${tidy(port)}; it is taken as the pods' port`,
  ],
  PortNameDiffers: [
    'notice',
    ({ text, port, numbers }) =>
      `"${tidy(text)}": port ${port} is ${numbers}; each pod is allowed on its own number, but network plugins that resolve the name once for all allow one of them only`,
  ],
  SelectsNothing: [
    'notice',
    ({ text }) =>
      `"${tidy(text)}" selects nothing: what it requires of one label contradicts itself, and no pod or namespace can have it`,
  ],
  ClusterRangesUnknown: [
    'notice',
    ({ text }) =>
      `"${tidy(text)}": which addresses pods have is not known, since no Node tells its podCIDR, so that it may mean pods as well; set clusterRanges in the operator's settings`,
  ],
  NoWorkloadBehind: [
    'notice',
    ({ text, service }) =>
      `"${tidy(text)}": no workload is behind Service ${service} yet; its own selector is used`,
  ],
  DNSServiceNotFound: [
    'notice',
    () => 'no DNS Service found in kube-system; pods labelled k8s-app: kube-dns are allowed',
  ],
  DNSNotCovered: [
    'warning',
    () =>
      'no pods are behind port 53 of the DNS Service in kube-system, so names may not be resolved; check its ports and selector',
  ],
  OtherDNS: [
    'warning',
    ({ servers, example, where }) =>
      servers === ''
        ? `its pods ask the DNS servers of their node (dnsPolicy: Default), which nothing lets them reach: add the addresses of those to ${where} by entries such as ${example}, or leave dnsPolicy out to ask the cluster's DNS`
        : `its pods ask the DNS servers ${tidy(servers)} (dnsPolicy: None), which nothing lets them reach: add each to ${where}, as ${example}, or leave dnsPolicy out to ask the cluster's DNS`,
  ],
  SelectorOverlap: ['warning', overlapSentence],
  NamespaceWordWithoutEffect: [
    'warning',
    ({ key }) =>
      `${tidy(key)} has no effect: no workload of the namespace is isolated in that direction; deny it by the label appconnectivity.dev/default-deny, or remove the annotation`,
  ],
  WorkloadNotFound: [
    'warning',
    ({ workload }) =>
      `there is no ${workload} yet, for which the resource waits; deploy it, or correct spec.workload`,
  ],
} satisfies Partial<Sentences>;

/** What would let a party be found that no setting names: a Gateway, a class, or one of the cluster's own. */
function wayTo(party: string): string {
  if (party === '@dns') return "the cluster's DNS has no pods here; name whom you mean by address";
  return party.startsWith('@')
    ? 'no EndpointSlice of default/kubernetes has an address with a port; see to the API server, or, over files, add that EndpointSlice'
    : "create it, or correct the route; or say which pods serve it by parties.ingress in the operator's settings";
}

/** Whether an entry says what it means by a word and a slash; a slash of a protocol comes after a port. */
function saysKind(text: string): boolean {
  return /^[a-z]+\//.test(text);
}
