import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeEdges } from '../../src/core/judge/judge.ts';
import type { Finding } from '../../src/core/model/finding.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import type { NetworkPolicy, Protocol } from '../../src/core/model/policy.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import { defaultSettings, type Settings } from '../../src/core/model/settings.ts';
import { judge } from '../../src/core/reach/judge.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { isRecord, readObject } from '../../src/core/record/read.ts';
import { messageOf } from '../../src/core/status/messages.ts';
import { World } from '../../src/core/world/world.ts';

export type Manifest = Readonly<Record<string, unknown>> & { apiVersion: string; kind: string };

/** `ns/name` of an object. */
type Path = `${string}/${string}`;

interface WorkloadOptions {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** Pod labels; `app: <name>` if not given. */
  readonly labels?: Labels;
  /** What `spec.selector` requires; the pod labels if not given. */
  readonly selector?: Labels;
  /** `8080`, `http=8080` or `dns=53/UDP`. */
  readonly ports?: readonly (number | string)[];
  readonly talksTo?: string;
  readonly acceptsFrom?: string;
  readonly annotations?: Labels;
  readonly hostNetwork?: boolean;
}

const ours = 'appconnectivity.dev/';

export function workload(path: Path, options: WorkloadOptions = {}): Manifest {
  const { namespace, name } = parts(path);
  const labels = options.labels ?? { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: options.kind ?? 'Deployment',
    metadata: { namespace, name, annotations: annotations(options) },
    spec: {
      selector: { matchLabels: options.selector ?? labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: options.hostNetwork ?? false,
          containers: [{ name: 'main', ports: (options.ports ?? []).map(containerPort) }],
        },
      },
    },
  };
}

interface ServiceOptions {
  readonly selector?: Labels | null;
  /** `80:8080`, `web=80:http`, `53:53/UDP`. */
  readonly ports?: readonly string[];
  readonly headless?: boolean;
  readonly labels?: Labels;
  readonly clusterIP?: string;
}

export function service(path: Path, options: ServiceOptions = {}): Manifest {
  const { namespace, name } = parts(path);
  const selector = options.selector === undefined ? { app: name } : options.selector;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels: options.labels ?? {} },
    spec: {
      selector,
      ports: (options.ports ?? []).map(servicePort),
      ...(options.headless && { clusterIP: 'None' }),
      ...(options.clusterIP !== undefined && { clusterIP: options.clusterIP }),
    },
  };
}

interface NamespaceOptions {
  /** Values of its labels. */
  readonly deny?: string;
  readonly mode?: string;
  readonly terminating?: boolean;
  readonly labels?: Labels;
  readonly talksTo?: string;
  readonly acceptsFrom?: string;
  readonly annotations?: Labels;
}

export function namespace(name: string, options: NamespaceOptions = {}): Manifest {
  const deny = options.deny === undefined ? {} : { [`${ours}default-deny`]: options.deny };
  const mode = options.mode === undefined ? {} : { [`${ours}mode`]: options.mode };
  const labels = { 'kubernetes.io/metadata.name': name, ...deny, ...mode, ...options.labels };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      ...{ name, labels, annotations: annotations(options) },
      ...(options.terminating && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
  };
}

export function resource(path: Path, spec: unknown): Manifest {
  const metadata = parts(path);
  return { apiVersion: 'appconnectivity.dev/v1alpha1', kind: 'AppConnectivity', metadata, spec };
}

export interface Given {
  readonly world: World;
  readonly policies: readonly NetworkPolicy[];
  readonly findings: readonly Finding[];
  /** Codes of all findings. */
  readonly codes: readonly string[];
  readonly messages: readonly string[];
  /** Whether the rendered policies, judged by `reach`, allow the flow; `web` is `shop/web`. */
  allows(from: string, to: string, port: number, protocol?: Protocol): boolean;
  /** The state and reason of each edge, over the rendered policies as if they were live. */
  readonly states: Readonly<Record<string, string>>;
  /** The sentence of each edge's state. */
  readonly why: Readonly<Record<string, string>>;
  /** In how many of the judged destinations an edge is in its state, such as `1 of 2`. */
  readonly shares: Readonly<Record<string, string>>;
  /** Who declares each edge from its other end as well. */
  readonly also: Readonly<Record<string, string>>;
}

/**
 * A world made of these manifests, everything compiled. Parties are named `ns/name` (a workload's
 * template pod), `name` in namespace `shop`, or an address; `pods` adds pods by path and labels.
 */
export function given(
  manifests: readonly Manifest[],
  {
    pods = {},
    settings = {},
    live,
    before = [],
    foreign = [],
  }: {
    pods?: Readonly<Record<string, Labels>>;
    settings?: Partial<Settings>;
    /** The policies that are live; the rendered ones if not given. */
    live?: readonly NetworkPolicy[];
    /** Policies of ours that are live while everything is compiled. */
    before?: readonly NetworkPolicy[];
    /** Live policies of others. */
    foreign?: readonly NetworkPolicy[];
  } = {},
): Given {
  const world = new World({ ...defaultSettings, ...settings });
  const records = manifests.map(record);
  for (const each of records) world.put(each);
  for (const policy of before) world.put(ourLive(policy));
  const compiled = compileAll(world);
  const policies = compiled.flatMap((each) => each.policies);
  const namespaces = new Map<string, Labels>();
  for (const each of records) if (each.kind === 'Namespace') namespaces.set(each.name, each.labels);
  const source = policySet(namespaces, policies);
  const findings = compiled.flatMap((each) => each.findings);
  const put = (policy: NetworkPolicy, applied: boolean) =>
    world.put({ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1', applied });
  for (const policy of live ?? policies) put(policy, true);
  for (const policy of foreign) put(policy, false);
  const judged = compiled
    .flatMap((each) => judgeEdges(world, each.edges))
    .map((each) => [`${each.edge.source.name}: ${each.edge.text}`, each] as const);
  return {
    world,
    policies,
    findings,
    codes: findings.map(({ code }) => code),
    messages: findings.map(messageOf),
    allows: (from, to, port, protocol = 'TCP') =>
      judge(source, party(world, pods, from, ''), party(world, pods, to, ' 2'), port, protocol)
        .allowed,
    states: Object.fromEntries(
      judged.map(([name, { state }]) => [name, `${state.state}/${state.reason.code}`]),
    ),
    why: Object.fromEntries(judged.map(([name, { state }]) => [name, messageOf(state.reason)])),
    shares: Object.fromEntries(judged.map(([name, { state }]) => [name, state.share.join(' of ')])),
    also: Object.fromEntries(
      judged.map(([name, { alsoDeclaredBy }]) => [name, alsoDeclaredBy.map(keyOf).join()]),
    ),
  };
}

function ourLive(policy: NetworkPolicy): WorldRecord {
  const ours = { applied: true, remembers: true } as const;
  return { kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1', ...ours };
}

function record(manifest: Manifest): WorldRecord {
  const read = readObject(manifest.apiVersion, manifest.kind, manifest);
  if (!isRecord(read)) throw new Error(`not a record: ${JSON.stringify(read)}`);
  return read;
}

function party(
  world: World,
  pods: Readonly<Record<string, Labels>>,
  path: string,
  replica: string,
): Party {
  if (/^[0-9.]+$|:/.test(path)) return { address: path };
  const full = path.includes('/') ? path : `shop/${path}`;
  const { namespace: of, name } = parts(full as Path);
  const labels = pods[full];
  if (labels !== undefined) return { namespace: of, labels, name: `${full}${replica}` };
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet']) {
    const found = world.workload(keyOf({ kind, namespace: of, name }))?.record;
    if (found === undefined) continue;
    return { namespace: of, labels: found.labels, ports: found.ports, name: `${full}${replica}` };
  }
  throw new Error(`no party ${path}`);
}

function parts(path: Path): { namespace: string; name: string } {
  const [of = '', name = ''] = path.split('/');
  return { namespace: of, name };
}

function annotations(options: WorkloadOptions | NamespaceOptions): Labels {
  return {
    ...(options.talksTo !== undefined && { [`${ours}talks-to`]: options.talksTo }),
    ...(options.acceptsFrom !== undefined && { [`${ours}accepts-from`]: options.acceptsFrom }),
    ...options.annotations,
  };
}

function containerPort(text: number | string) {
  const { name, port, protocol } = portOf(`${text}`);
  return { containerPort: port, ...(name && { name }), ...(protocol && { protocol }) };
}

function servicePort(text: string) {
  const [own = '', target = ''] = text.split(':');
  const { name, port } = portOf(own);
  const [targetPort = '', protocol = 'TCP'] = target.split('/');
  const number = /^\d+$/.test(targetPort) ? Number(targetPort) : targetPort;
  return { port, protocol, targetPort: number, ...(name && { name }) };
}

function portOf(text: string): { name?: string; port: number; protocol?: string } {
  const match = /^(?:([a-z-]+)=)?(\d+)(?:\/([A-Z]+))?$/.exec(text);
  const [, name, port, protocol] = match ?? [];
  return { port: Number(port), ...(name && { name }), ...(protocol && { protocol }) };
}
