import {
  acceptsFrom,
  auto,
  defaultDeny,
  dns,
  mode,
  monitorsFrom,
  self,
  talksTo,
} from '../../src/core/intent/keys.ts';
import type { WorkloadKind } from '../../src/core/model/declaration.ts';
import { kindOfName } from '../../src/core/model/kinds.ts';
import { canonicalSelector, type LabelSelector, type Labels } from '../../src/core/model/labels.ts';
import {
  defaultDenyName,
  exemptAnnotation,
  exemptReason,
  identityAnnotation,
  managedBy,
  managedByLabel,
} from '../../src/core/model/names.ts';
import type { Direction, Protocol } from '../../src/core/model/policy.ts';
import type {
  ContainerPort,
  NamespaceRecord,
  OwnDns,
  PolicyRecord,
  ResourceRecord,
  Scrape,
  ServicePort,
  ServiceRecord,
  Texts,
  WorkloadRecord,
} from '../../src/core/model/records.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';

/** What our annotations of an object say; an absent one is not there. */
export interface Says {
  readonly talksTo?: string | undefined;
  readonly acceptsFrom?: string | undefined;
  readonly dns?: string | undefined;
  readonly self?: string | undefined;
  readonly auto?: string | undefined;
}

/** The annotations with these texts. */
export function textsOf(says: Says): Texts {
  const texts = {
    [talksTo]: says.talksTo,
    [acceptsFrom]: says.acceptsFrom,
    [dns]: says.dns,
    [self]: says.self,
    [auto]: says.auto,
  };
  const given = Object.entries(texts).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, text] as const],
  );
  return Object.fromEntries(given);
}

/** A world with only what is given. */
export function worldOf(parts: Partial<TruthWorld>): TruthWorld {
  return {
    ...{ namespaces: [], workloads: [], services: [], resources: [], ranges: [], policies: [] },
    outside: [],
    settings: defaultSettings,
    ...parts,
  };
}

/** A namespace; `deny` and `mode` are the values of its labels. */
export function namespace(
  name: string,
  says: Says & {
    readonly deny?: string | undefined;
    readonly mode?: string | undefined;
    readonly labels?: Labels;
    readonly terminating?: boolean;
    readonly monitorsFrom?: string | undefined;
  } = {},
): NamespaceRecord {
  const { deny, mode: ofMode, labels, terminating = false } = says;
  return {
    ...{ kind: 'Namespace', name, uid: '' },
    labels: {
      ...labels,
      ...(deny !== undefined && { [defaultDeny]: deny }),
      ...(ofMode !== undefined && { [mode]: ofMode }),
    },
    texts: {
      ...textsOf(says),
      ...(says.monitorsFrom !== undefined && { [monitorsFrom]: says.monitorsFrom }),
    },
    terminating,
  };
}

export interface WorkloadParts extends Says {
  readonly kind?: WorkloadKind;
  readonly labels?: Labels;
  /** By default the template's own labels. */
  readonly selector?: LabelSelector;
  readonly ports?: readonly (number | ContainerPort)[];
  readonly hostNetwork?: boolean;
  /** Whom its pods ask for names, by default the cluster's DNS. */
  readonly asks?: OwnDns | undefined;
  readonly localDns?: readonly string[];
  /** The value of its annotation. */
  readonly mode?: string | undefined;
  readonly scrape?: Scrape | undefined;
}

/** A workload by `namespace/name`; its pods have the label `app: <name>` unless others are given. */
export function workload(path: string, parts: WorkloadParts = {}): WorkloadRecord {
  const { namespace, name } = split(path);
  const { kind = 'Deployment', labels = { app: name }, hostNetwork = false } = parts;
  return {
    kind: 'Workload',
    ref: { ...kindOfName(kind), namespace, name },
    uid: `${kind}-${namespace}-${name}`,
    selector: canonicalSelector(parts.selector ?? { matchLabels: labels }),
    labels,
    ports: (parts.ports ?? []).map((port) => (typeof port === 'number' ? tcp(port) : port)),
    hostNetwork,
    ...(parts.asks !== undefined && { dns: parts.asks }),
    ...(parts.localDns !== undefined && { localDns: parts.localDns }),
    texts: {
      ...textsOf(parts),
      ...(parts.mode !== undefined && { [mode]: parts.mode }),
    },
    strays: [],
    ...(parts.scrape !== undefined && { scrape: parts.scrape }),
  };
}

/** A containerPort, of TCP unless said otherwise. */
export function tcp(port: number, name?: string, protocol: Protocol = 'TCP'): ContainerPort {
  return { port, protocol, ...(name !== undefined && { name }) };
}

/** A Service by `namespace/name`; it selects `app: <name>` unless something else is given. */
export function service(
  path: string,
  ports: readonly ServicePort[],
  parts: Partial<ServiceRecord> = {},
): ServiceRecord {
  const { namespace, name } = split(path);
  return {
    ...{ kind: 'Service', namespace, name, uid: '', labels: {}, selector: { app: name } },
    ...{ headless: false, external: false, clusterIPs: [], strays: [] },
    ports,
    ...parts,
  };
}

/** A Service port, of TCP unless said otherwise. */
export function servicePort(
  port: number,
  targetPort: number | string = port,
  parts: { readonly name?: string; readonly protocol?: Protocol } = {},
): ServicePort {
  return { protocol: 'TCP', port, targetPort, ...parts };
}

/** A live default-deny of a namespace, ours unless said otherwise. */
export function liveDeny(
  name: string,
  policyTypes: readonly Direction[],
  applied = true,
): PolicyRecord {
  return {
    ...{ kind: 'NetworkPolicy', uid: `NetworkPolicy-${name}`, resourceVersion: '1', applied },
    policy: {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      metadata: {
        ...{ namespace: name, name: defaultDenyName },
        labels: { [managedByLabel]: managedBy },
        annotations: { [identityAnnotation]: `Namespace/${name}` },
      },
      spec: { podSelector: {}, policyTypes, ingress: [], egress: [] },
    },
  };
}

/** A live policy of a workload, by its identity; one that keeps its pods exempt, or denies. */
export function livePolicy(
  home: string,
  identity: string,
  exempt: boolean,
  applied = true,
): PolicyRecord {
  const deny = liveDeny(home, ['Ingress'], applied);
  const annotations = {
    [identityAnnotation]: identity,
    ...(exempt && { [exemptAnnotation]: exemptReason }),
  };
  const name = 'appconn-gone-abcdefgh';
  const metadata = { ...deny.policy.metadata, name, annotations };
  const spec = { podSelector: { matchLabels: { app: 'gone' } }, policyTypes: ['Ingress'] as const };
  const rules = { ingress: exempt ? [{}] : [], egress: [] };
  return {
    ...deny,
    uid: `gone-${home}`,
    policy: { ...deny.policy, metadata, spec: { ...spec, ...rules } },
  };
}

/** An AppConnectivity resource by `namespace/name`. */
export function resource(path: string, spec: unknown): ResourceRecord {
  const { namespace, name } = split(path);
  return {
    ...{ kind: 'AppConnectivity', namespace, name, uid: `AppConnectivity-${namespace}-${name}` },
    ...{ resourceVersion: '1', generation: 1, spec, status: undefined },
  };
}

function split(path: string): { namespace: string; name: string } {
  const slash = path.indexOf('/');
  return { namespace: path.slice(0, slash), name: path.slice(slash + 1) };
}
