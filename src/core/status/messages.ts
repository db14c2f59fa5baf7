import type { Finding, FindingCode, FindingData } from '../model/finding.ts';
import { tidy } from './text.ts';

/** How much a finding matters: an error means that something written has no effect. */
export type Severity = 'error' | 'warning' | 'notice';

type Sentence<Code extends FindingCode> = readonly [
  severity: Severity,
  sentence: (data: FindingData[Code]) => string,
];

const audits = {
  workload: 'its annotation appconnectivity.dev/mode',
  namespace: 'the label appconnectivity.dev/mode of its namespace',
  cluster: "the operator's setting mode",
} as const;

const meant = (suggestion: string) =>
  suggestion === '' ? '' : `; did you mean ${tidy(suggestion)}?`;

/**
 * The sentence of every finding: what is wrong, and what would be right. Read at 3 a.m. by people
 * who did not write the entry. Text that users wrote is quoted, shortened and stripped of control
 * characters.
 */
const sentences: { readonly [Code in FindingCode]: Sentence<Code> } = {
  EmptyDeclaration: [
    'error',
    ({ key }) => `${key} lists nobody; list someone, write none for nobody, or remove it`,
  ],
  NoneNotAlone: [
    'error',
    ({ text }) => `"${tidy(text)}" means nobody and stands alone; remove it or the other entries`,
  ],
  TooManyEntries: [
    'error',
    ({ count, most }) => `${count} entries are more than the ${most} that are read; use selectors`,
  ],
  TextTooLong: [
    'error',
    ({ length, most }) => `the text has ${length} characters; at most ${most} are read`,
  ],
  InvalidName: [
    'error',
    ({ text, part, rule }) =>
      text === part
        ? `"${tidy(text)}" is no name of an object: ${rule}`
        : `"${tidy(text)}": "${tidy(part)}" is no name of an object: ${rule}`,
  ],
  InvalidKind: [
    'error',
    ({ text, kind, suggestion }) =>
      `"${tidy(text)}": "${tidy(kind)}" is not a kind that can be named${
        meant(suggestion) || '; use svc/, deployment/, statefulset/, daemonset/ or ns/'
      }`,
  ],
  InvalidParty: [
    'error',
    ({ text, suggestion }) =>
      `"${tidy(text)}": no such party${meant(suggestion) || '; there are @namespace, @cluster and @internet'}`,
  ],
  InvalidPort: [
    'error',
    ({ text, port, rule }) => `"${tidy(text)}": port "${tidy(port)}": ${rule}`,
  ],
  InvalidProtocol: [
    'error',
    ({ text, protocol }) =>
      `"${tidy(text)}": "${tidy(protocol)}" is no protocol; write /tcp, /udp or /sctp`,
  ],
  InvalidAddress: [
    'error',
    ({ text, rule, canonical }) =>
      `"${tidy(text)}": ${rule}${canonical === '' ? '' : `; write ${tidy(canonical)}`}`,
  ],
  PortNameNeedsPods: [
    'error',
    ({ text, port }) =>
      `"${tidy(text)}": addresses have no port names; write the number instead of "${tidy(port)}"`,
  ],
  NotSupportedYet: [
    'error',
    ({ text, feature }) => `"${tidy(text)}": ${tidy(feature)} is not supported yet`,
  ],
  UnknownKey: [
    'error',
    ({ key, suggestion }) => `${tidy(key)} is not a key that is read${meant(suggestion)}`,
  ],
  MisplacedKey: [
    'error',
    ({ key, place }) =>
      `${tidy(key)} is not read on ${tidy(place)}; put it on the workload's own metadata.annotations`,
  ],
  InvalidValue: [
    'error',
    ({ key, value, allowed }) => `${tidy(key)} cannot be "${tidy(value)}"; write ${allowed}`,
  ],
  InvalidField: ['error', ({ field, problem }) => `${tidy(field)}: ${problem}`],
  LastAcceptedStands: [
    'notice',
    ({ key, text }) => `until ${key} is right, what was accepted last stands: ${tidy(text)}`,
  ],
  NothingAccepted: [
    'notice',
    ({ key }) =>
      `nothing was accepted of ${key} before, so it counts as not written until it is right`,
  ],
  NotRemembered: [
    'notice',
    ({ resources }) =>
      `what AppConnectivity ${tidy(resources)} declare is too long, with the others about it, to be kept as accepted: should it become invalid, nothing stands in`,
  ],
  TargetNotFound: [
    'warning',
    ({ text, namespace, name }) =>
      `"${tidy(text)}": no Service or workload ${name} in namespace ${namespace} yet`,
  ],
  NamespaceNotFound: [
    'warning',
    ({ text, namespace }) =>
      `"${tidy(text)}": there is no namespace ${namespace}; for a name outside the cluster, list its addresses`,
  ],
  ServiceHasNoSelector: [
    'warning',
    ({ text, namespace, name }) =>
      `"${tidy(text)}": Service ${namespace}/${name} selects no pods; list its addresses instead`,
  ],
  PortNotFound: [
    'warning',
    ({ text, port, known }) =>
      `"${tidy(text)}": port ${tidy(port)} is not one of its ports${known === '' ? '' : ` (${tidy(known)})`}`,
  ],
  HostNetworkPeer: [
    'warning',
    ({ text, workload }) =>
      `"${tidy(text)}": ${workload} runs on the host's network, which no policy can name`,
  ],
  OverlapsCluster: [
    'warning',
    ({ text, range }) =>
      `"${tidy(text)}" overlaps the cluster's own addresses (${range}); name pods or Services there`,
  ],
  VetoedByNone: [
    'warning',
    ({ text, source }) => `"${tidy(text)}" is refused: ${source} says none, which wins`,
  ],
  NoSelectableLabels: [
    'warning',
    ({ text, workload }) =>
      `"${tidy(text)}": the selector of ${workload} matches every pod; give its pods a label of their own`,
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
      `"${tidy(text)}": ${port} is the pods' port; clients of the Service dial ${servicePort}`,
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
  ClusterRangesUnknown: [
    'notice',
    ({ text }) =>
      `"${tidy(text)}": the cluster's own addresses are not known, so an overlap cannot be seen`,
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
  SelectorOverlap: [
    'warning',
    ({ workload, others }) =>
      `pods of ${workload} are also selected by ${others}, and get the rules of all`,
  ],
  NamespaceWordWithoutEffect: [
    'warning',
    ({ key }) =>
      `${tidy(key)} has no effect: no workload of the namespace is isolated in that direction`,
  ],
  WorkloadNotFound: [
    'warning',
    ({ workload }) => `there is no ${workload} yet; the resource waits for it`,
  ],
  NameConflict: [
    'warning',
    ({ policy, instead }) =>
      `NetworkPolicy ${policy} is somebody else's; ${
        instead === ''
          ? 'so are all other names, and ours is not written: remove them'
          : `ours is ${instead}; remove theirs if nobody needs it`
      }`,
  ],
  FloorHolds: [
    'error',
    ({ key, value, floor, holds }) =>
      `${tidy(key)} cannot be "${tidy(value)}": ${floor} of the operator's settings keeps ${holds} denied; remove the label, or have the namespace left out there`,
  ],
  LabelDoesNotCount: [
    'error',
    ({ key, setting }) =>
      `${tidy(key)} has no effect: the operator's settings let this label not count (${setting}: false); remove it`,
  ],
  AuditSharesPods: [
    'error',
    ({ workload, others }) =>
      `in audit, but its policy stays where others isolate its pods: ${workload} selects the pods of ${others} as well, which are enforced and would be opened; put those in audit too, or give its pods a label of their own`,
  ],
  InAudit: [
    'notice',
    ({ by, isolated, kept }) =>
      `in audit (${audits[by]}): ${
        kept === '' ? 'no policy is written' : `NetworkPolicy ${kept} allows its pods everything`
      }; enforced, ${isolated} would be restricted`,
  ],
  Adopted: [
    'notice',
    ({ policy }) => `NetworkPolicy ${policy} came back from a backup; it is ours again`,
  ],
  Paused: ['warning', () => 'the operator is paused: nothing is written until that setting is off'],
  NotKnownWhole: [
    'warning',
    ({ kinds }) =>
      `nothing is deleted or narrowed while not all is known: ${tidy(kinds)}; see /readyz`,
  ],
  Held: [
    'warning',
    ({ scope }) => `the breaker of ${scope} holds what would be deleted or narrowed; see its Event`,
  ],
  BreakerTripped: [
    'warning',
    ({ where, place, lost, all, policies }) =>
      `${lost} of ${all} policies in ${where} would be deleted or narrowed at once (${policies}, …): nothing more is until you say so. If it is meant: appconn release ${
        where === 'the cluster' ? '--cluster' : `-n ${place}`
      } (or annotate Namespace ${place} with appconnectivity.dev/allow-deletions-until: <time>). What is added goes on`,
  ],
  BreakerClosed: ['notice', ({ where, why }) => `the breaker of ${where} is closed: ${why}`],
  WouldBreakParty: [
    'warning',
    ({ party, ports, where }) =>
      `not written: it would cut everyone from ${party} (${ports}); accept @cluster there, or annotate ${where} with appconnectivity.dev/confirm: would-break-party`,
  ],
  Unmanaged: [
    'warning',
    ({ count, pods }) =>
      `default-deny cuts ${count} pods of no known workload: ${tidy(pods)}; declare them by an AppConnectivity with a selector`,
  ],
  PaceStopped: [
    'warning',
    ({ reason }) =>
      `default-deny by configuration stops before this namespace: ${tidy(reason)}; it goes on once that is settled`,
  ],
  DenyWithout: [
    'warning',
    ({ behind }) => `default-deny goes in although these have no policy yet: ${tidy(behind)}`,
  ],
  EndsAccess: [
    'warning',
    ({ key, names }) =>
      `this ends access for ${tidy(names)}: they name it, and its ${key} does not list them; add them there if they are to keep it`,
  ],
  Allowed: ['notice', () => ''],
  Open: ['notice', () => 'allowed; the other end would accept anyone'],
  ThisEndAllows: [
    'notice',
    ({ unknown }) =>
      `allowed as far as this end decides${
        unknown === '' ? '' : `; no workload of namespace ${unknown} is known`
      }`,
  ],
  NoWorkloadMatches: [
    'notice',
    () => 'no workload matches its selector yet; its own policy is written',
  ],
  NotWritten: ['notice', () => 'its policy is not live yet'],
  ConsentRequired: [
    'warning',
    ({ namespace, line, where, others }) =>
      `namespace ${namespace} has to agree: add ${line} to ${where}${
        others === '' ? '' : ` (which lists ${others} too, or their access would end with it)`
      }`,
  ],
  NotAccepted: [
    'warning',
    ({ other, key, entry }) =>
      `${other} lists others only: add ${entry} to its ${key}, beside what it lists`,
  ],
  PortMismatch: [
    'warning',
    ({ other, key, entry }) =>
      `${other} allows other ports only: add ${entry} to its ${key}, beside what it lists`,
  ],
  NobodyAccepted: [
    'warning',
    ({ source, key }) =>
      `${source} says ${key}: none: ${
        key === 'accepts-from' ? 'nobody is admitted' : 'it reaches nobody'
      } until that is changed`,
  ],
  ForeignPolicy: [
    'warning',
    ({ policy }) => `NetworkPolicy ${policy}, which is not ours, stops it`,
  ],
  HostNetwork: [
    'warning',
    ({ workload }) => `${workload} runs on the host's network, where no policy applies`,
  ],
  Audit: [
    'notice',
    ({ state, reason }) => {
      const why = messageOf(reason);
      return `audit: enforced, it would be ${state}${why === '' ? '' : `: ${why}`}`;
    },
  ],
};

/** How much a finding of this code matters. */
export function severityOf(code: FindingCode): Severity {
  return sentences[code][0];
}

/** The sentence of a finding, without the place: one line, no control characters. */
export function messageOf({ code, data }: Pick<Finding, 'code' | 'data'>): string {
  const sentence = sentences[code][1] as (data: Finding['data']) => string;
  return sentence(data);
}
