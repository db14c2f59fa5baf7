import { acceptsFrom, talksTo } from '../../src/core/intent/keys.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import type { ContainerPort, WorkloadRecord } from '../../src/core/model/records.ts';
import { notInternet } from '../../src/core/model/reserved.ts';
import { spanOf } from '../../src/core/truth/addresses.ts';
import type { TruthPod } from '../../src/core/truth/rule.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { podOf } from './ask.ts';
import { tcp } from './builders.ts';
import {
  appNames,
  dnsLabels,
  hashLabels,
  konnectivityLabels,
  partyNamespace,
  runtimeLabels,
  systemNamespace,
  userNamespaces,
} from './vocabulary.ts';

/** A pod to ask about; `owner` is the workload that makes it, absent for the odd ones. */
export interface PodProbe extends TruthPod {
  readonly owner?: WorkloadRecord;
}

/** What to ask of a world: who, from where outside, on which ports. */
export interface Probes {
  /** First one pod of each workload that is not on the host's network, then odd ones. */
  readonly pods: readonly PodProbe[];
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
}

export function probesOf(world: TruthWorld): Probes {
  return {
    pods: podsToProbe(world),
    addresses: addressesToProbe(world),
    ports: portsToProbe(world),
  };
}

/** Pods of the workloads, pods with more or fewer labels, and pods that nobody makes. */
export function podsToProbe({ workloads, outside }: TruthWorld): PodProbe[] {
  const visible = workloads.filter(({ hostNetwork }) => !hostNetwork);
  const owned = visible.map((owner) => ({ ...podOf(owner), owner }));
  const odd = visible.flatMap((workload, index) => [
    podOf(workload, index % 2 === 0 ? runtimeLabels : hashLabels),
    { ...podOf(workload), labels: withoutOne(workload.labels, index) },
  ]);
  const strays = userNamespaces.flatMap((namespace) => [
    stray(namespace, {}),
    stray(namespace, { made: 'elsewhere', tier: 'front' }),
  ]);
  const gateways = outside
    .filter((record) => record.kind === 'Gateway')
    .map(({ namespace, name }) => stray(namespace, { [gatewayLabel]: name }));
  const found = [dnsLabels, konnectivityLabels].map((labels) => stray(systemNamespace, labels));
  const ofParty = stray(partyNamespace, { app: appNames[0] });
  return distinct([...owned, ...odd, ...strays, ...gateways, ...found, ofParty]);
}

function withoutOne(labels: Labels, index: number): Labels {
  const keys = Object.keys(labels);
  const left = keys[index % Math.max(keys.length, 1)];
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== left));
}

const gatewayLabel = 'gateway.networking.k8s.io/gateway-name';

const strayPorts: readonly ContainerPort[] = [
  tcp(8080, 'http'),
  tcp(9090, 'metrics', 'UDP'),
  tcp(53, 'dns', 'UDP'),
];

function stray(namespace: string, labels: Labels): PodProbe {
  return { namespace, labels, ports: strayPorts };
}

/** Two pods without owner that differ in nothing are one question. */
function distinct(pods: readonly PodProbe[]): PodProbe[] {
  const texts = pods.map(({ owner, ...pod }) => JSON.stringify([owner?.uid, pod]));
  return pods.filter((_, index) => texts.indexOf(texts[index] ?? '') === index);
}

/** Both ends of every block of the world, and their neighbours outside. */
export function addressesToProbe(world: TruthWorld): string[] {
  const texts = textsIn(world);
  const written = texts.match(/[0-9a-f]*[.:][0-9a-f.:]+(\/\d+)?/g) ?? [];
  const ranges = [...world.settings.clusterRanges, ...world.ranges.flatMap((one) => one.ranges)];
  const internet = /@internet|"Internet"/.test(texts) ? [...notInternet, ...ranges] : [];
  const known = world.services.flatMap(({ clusterIPs }) => clusterIPs);
  const { apiServerSources, nodeSources } = world.settings.parties;
  const machines = [...apiServerSources, ...nodeSources, ...machinesOf(world)];
  const blocks = [...written.filter(isBlock), ...internet, ...known, ...ranges, ...machines];
  const fixed = ['169.254.20.10', '169.254.169.254', '8.8.8.8'];
  const edges = blocks.flatMap(edgesOf);
  return [...new Set([...fixed, ...edges, ...internet.flatMap(edgesThroughNat64)])].sort();
}

/** The addresses of Nodes, of the API server and of hosts. */
function machinesOf({ ranges, outside }: TruthWorld): string[] {
  return [
    ...ranges.flatMap(({ node }) => node?.addresses ?? []),
    ...outside.flatMap((record) =>
      record.kind === 'APIServer' || record.kind === 'Addresses' ? record.addresses : [],
    ),
  ];
}

/** Everything that declares, as text. */
function textsIn({ workloads, namespaces, resources }: TruthWorld): string {
  const texts = [...workloads, ...namespaces].flatMap((record) => Object.values(record.texts));
  return [...texts, ...resources.map(({ spec }) => JSON.stringify(spec))].join('\n');
}

function isBlock(text: string): boolean {
  return (
    /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(text) ||
    /^[0-9a-f]+:[0-9a-f:]*:[0-9a-f]*(\/\d+)?$/.test(text)
  );
}

function edgesOf(block: string): string[] {
  const { version, first, last } = spanOf(block);
  const most = 1n << (version === 4 ? 32n : 128n);
  return [first - 1n, first, last, last + 1n]
    .filter((value) => value >= 0n && value < most)
    .map((value) => (version === 4 ? formatV4(value) : formatV6(value)));
}

/** The same of a block of IPv4 as IPv6 that NAT64 translates to it (RFC 6052). */
function edgesThroughNat64(block: string): string[] {
  if (spanOf(block).version === 6) return [];
  return edgesOf(block).map((edge) => formatV6((0x64ff9bn << 96n) + spanOf(edge).first));
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

/** Without `::`, which every reader takes. */
function formatV6(value: bigint): string {
  const shifts = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n];
  return shifts.map((shift) => ((value >> shift) & 0xffffn).toString(16)).join(':');
}

/** Every number that stands somewhere in the world as a port, and its neighbours. */
export function portsToProbe(world: TruthWorld): number[] {
  const declared = world.workloads.flatMap(({ ports }) => ports.map(({ port }) => port));
  const served = world.services.flatMap(({ ports }) =>
    ports.flatMap(({ port, targetPort }) => [port, Number(targetPort)]),
  );
  const scraped = [...world.workloads, ...world.services].flatMap(
    ({ scrape }) => scrape?.port ?? [],
  );
  const written = [
    ...portsOutside(world),
    ...portsInTexts(world),
    ...world.resources.flatMap(({ spec }) => portsInSpec(JSON.stringify(spec))),
  ];
  return [
    ...new Set([53, ...declared, ...served, ...scraped, ...written].flatMap(neighbours)),
  ].sort((a, b) => a - b);
}

function portsOutside({ outside }: TruthWorld): number[] {
  return outside.flatMap((record) => {
    if (record.kind === 'APIServer') return record.ports.map(({ port }) => port);
    if (record.kind !== 'Monitor') return [];
    return record.ports
      .map((port) => ('targetPort' in port ? Number(port.targetPort) : Number.NaN))
      .filter(Number.isInteger);
  });
}

function neighbours(port: number): number[] {
  return [port - 1, port, port + 1].filter((one) => one >= 1 && one <= 65535);
}

function portsInTexts({ workloads, namespaces }: TruthWorld): number[] {
  const texts = [...workloads, ...namespaces].flatMap(({ texts: known }) => [
    known[talksTo] ?? '',
    known[acceptsFrom] ?? '',
  ]);
  return [...texts.join('\n').matchAll(/:(\d+)(?:-(\d+))?(?=[/,\s]|$)/g)].flatMap(
    ([, from, to]) => [Number(from), Number(to ?? from)],
  );
}

function portsInSpec(spec: string): number[] {
  return [...spec.matchAll(/"(?:port|endPort)":(\d+)/g)].map(([, port]) => Number(port));
}
