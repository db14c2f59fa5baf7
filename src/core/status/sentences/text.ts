import { tidy } from '../text.ts';
import type { Sentences } from './sentence.ts';

const meant = (suggestion: string) =>
  suggestion === '' ? '' : `; did you mean ${tidy(suggestion)}?`;

/** Of text that cannot be read as it stands. */
export const textSentences = {
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
    ({ length, most }) =>
      `the text has ${length} characters; at most ${most} are read: shorten it, or name many at once by labels`,
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
        meant(suggestion) ||
        '; use svc/, ns/, host/, or a kind of workload such as deployment/ or cronjob/'
      }`,
  ],
  InvalidParty: [
    'error',
    ({ text, suggestion }) =>
      `"${tidy(text)}": no such party${
        meant(suggestion) ||
        '; there are @namespace, @cluster, @internet, @kube-apiserver, @dns, @nodes, @ingress and @monitoring'
      }`,
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
  InvalidSelector: ['error', ({ text, rule }) => `"${tidy(text)}": ${tidy(rule)}`],
  KindNotRead: [
    'error',
    ({ text, kind }) =>
      `"${tidy(text)}": ${kind}s are not read here; add ${kind} to workloads.kinds in the operator's settings, or name pods by labels`,
  ],
  PortNeeded: [
    'error',
    ({ text }) =>
      `"${tidy(text)}": nodes have no ports of their own; write the port, such as ${tidy(text)}:9100`,
  ],
  RepeatedEntry: ['notice', ({ text }) => `"${tidy(text)}" is listed twice; once is enough`],
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
} satisfies Partial<Sentences>;
