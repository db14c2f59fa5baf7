import type { Position } from './declaration.ts';
import type { ObjectRef } from './identity.ts';
import type { HostProblem } from './records.ts';

/**
 * Every finding by its code, with the data that its sentence needs. Sentences and severities are
 * in `status/`, so that no stage depends on wording.
 */
export interface FindingData {
  // Invalid: decided from the text alone.
  EmptyDeclaration: { key: string };
  NoneNotAlone: { text: string };
  TooManyEntries: { count: number; most: number };
  TextTooLong: { length: number; most: number };
  InvalidName: { text: string; part: string; rule: string };
  InvalidKind: { text: string; kind: string; suggestion: string };
  InvalidParty: { text: string; suggestion: string };
  InvalidPort: { text: string; port: string; rule: string };
  InvalidProtocol: { text: string; protocol: string };
  InvalidAddress: { text: string; rule: string; canonical: string };
  PortNameNeedsPods: { text: string; port: string };
  InvalidSelector: { text: string; rule: string };
  KindNotRead: { text: string; kind: string };
  PortNeeded: { text: string };
  UnknownKey: { key: string; suggestion: string };
  MisplacedKey: { key: string; place: string };
  InvalidValue: { key: string; value: string; allowed: string };
  InvalidField: { field: string; problem: string };
  // What an invalid declaration comes to, beside the error.
  LastAcceptedStands: { key: string; text: string };
  NothingAccepted: { key: string };
  NotRemembered: { resources: string };
  // Decided from the cluster: only the entry is without effect.
  /** `kind` is empty where any will do. */
  TargetNotFound: { text: string; kind: string; namespace: string; name: string };
  NamespaceNotFound: { text: string; namespace: string };
  ServiceHasNoSelector: { text: string; namespace: string; name: string };
  PortNotFound: { text: string; port: string; known: string };
  HostNetworkPeer: { text: string; workload: string };
  OverlapsCluster: { text: string; range: string };
  VetoedByNone: { text: string; source: string };
  NoSelectableLabels: { text: string; workload: string };
  /**
   * `setting` is empty where the party is only ever found; `missing`: namespaces in which the setting has
   * it, and that are not there.
   */
  PartyUnknown: { text: string; party: string; setting: string; missing: string };
  LooksLikeParty: { party: string; setting: string };
  SourceUnknown: { text: string; service: string; setting: string };
  EngineCannot: { text: string; entity: string };
  HostNotResolved: { text: string; host: string; why?: HostProblem };
  TooManyAddresses: { text: string; host: string; most: number };
  InternalAddress: { text: string; host: string; addresses: string };
  /** `by`: what means, or leads through, pods of the other namespace. */
  CrossEnvironment: {
    text: string;
    by: 'entry' | 'route';
    label: string;
    namespace: string;
    own: string;
    other: string;
    theirs: string;
  };
  // Notices: it works, and somebody should know.
  RepeatedEntry: { text: string };
  Ambiguous: { text: string; workloads: string };
  RuntimeLabel: { text: string; service: string; keys: string };
  TargetPortUsed: { text: string; port: string; servicePort: string };
  HeadlessPort: { text: string; service: string; port: string; targetPort: string };
  NoPortsDeclared: { text: string; workload: string };
  PortNotDeclared: { text: string; port: string; workload: string };
  PortNameDiffers: { text: string; port: string; numbers: string };
  SelectsNothing: { text: string };
  ClusterRangesUnknown: { text: string };
  NoWorkloadBehind: { text: string; service: string };
  EnvironmentNarrowed: { text: string; label: string; namespace: string; values: string };
  DNSServiceNotFound: Record<string, never>;
  DNSNotCovered: Record<string, never>;
  /** `servers` is empty where pods ask those of their node, `where` is what lists the missing entry. */
  OtherDNS: { servers: string; example: string; where: string };
  /**
   * `keys`: the labels of run time by which, empty where it is by those of the template; `noneOf…`: who says
   * none and in which key, although what the other side says counts for those pods.
   */
  SelectorOverlap: {
    workload: string;
    others: string;
    keys: string;
    noneOfWorkload: string;
    noneOfOthers: string;
  };
  NamespaceWordWithoutEffect: { key: string };
  WorkloadNotFound: { workload: string };
  NameConflict: { policy: string; instead: string };
  Adopted: { policy: string };
  // What holds a plan back, and what is to be known before and after it is carried out.
  OperatorPaused: Record<string, never>;
  Paused: Record<string, never>;
  NotKnownWhole: { kinds: string };
  PartyNotShared: { namespace: string };
  Held: { scope: string };
  BreakerTripped: { where: string; place: string; lost: number; all: number; policies: string };
  BreakerClosed: { where: string; why: string };
  WouldBreakParty: { whom: string; party: string; ports: string; accept: string; where: string };
  Unmanaged: { count: number; pods: string };
  PaceStopped: { reason: string };
  DenyWithout: { behind: string };
  EndsAccess: { key: string; names: string };
  FloorHolds: { key: string; value: string; floor: string; holds: string };
  LabelDoesNotCount: { key: string; setting: string };
  AuditSharesPods: { workload: string; others: string };
  InAudit: { by: 'workload' | 'namespace' | 'cluster'; isolated: string; kept: string };
  // States of edges, as they are judged over the live policies.
  Allowed: Record<string, never>;
  Open: Record<string, never>;
  ThisEndAllows: { unknown: string };
  NoWorkloadMatches: Record<string, never>;
  NotWritten: Record<string, never>;
  ConsentRequired: { namespace: string; line: string; where: string; others: string };
  NotAccepted: { other: string; key: string; entry: string };
  PortMismatch: { other: string; key: string; entry: string };
  /** `others` admit to some of its pods all the same, by labels `keys` of run time; empty: nobody does. */
  NobodyAccepted: { source: string; key: string; others: string; keys: string };
  NobodyThere: { namespace: string };
  ForeignPolicy: { policy: string };
  HostNetwork: { workload: string };
  Audit: { state: string; reason: Problem };
}

export type FindingCode = keyof FindingData;

/** Something that a person should know, as data: what, about which object, and where in it. */
export type Finding = {
  readonly [Code in FindingCode]: {
    readonly code: Code;
    readonly object: ObjectRef;
    readonly at: Position;
    readonly data: FindingData[Code];
  };
}[FindingCode];

/** A finding without its place: what a parser returns instead of a value. */
export type Problem = {
  readonly [Code in FindingCode]: { readonly code: Code; readonly data: FindingData[Code] };
}[FindingCode];

/** A text that is equal for equal findings only, and that sorts by object and place. */
export function findingKey({ code, object, at, data }: Finding): string {
  const { namespace, kind, name } = object;
  return JSON.stringify([namespace, kind, name, at.path, at.offset ?? -1, code, data]);
}

/** Puts a problem at its place. */
export function locate(problem: Problem, object: ObjectRef, at: Position): Finding {
  return { ...problem, object, at } as Finding;
}

/** A finding of one code; its type makes code and data agree. */
export function finding<Code extends FindingCode>(
  code: Code,
  object: ObjectRef,
  at: Position,
  data: FindingData[Code],
): Finding {
  return { code, object, at, data } as Finding;
}
