import { formatPort } from '../intent/format.ts';
import type { Entry, PortRef } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import type { PolicyPort, Protocol } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { ServicePort, ServiceRecord } from '../model/records.ts';
import {
  dnsLabels,
  dnsNamespace,
  dnsPortsOf,
  dnsServices,
  nodeLocalAddresses,
} from '../world/cluster-dns.ts';
import type { World } from '../world/world.ts';
import {
  blockParty,
  namespaceSelector,
  type Parties,
  type Party,
  resolveService,
} from './peers.ts';
import {
  formatDeclaredPort,
  isMeant,
  literal,
  lookUpTranslated,
  speaks,
  translate,
} from './ports.ts';

const dnsProtocols: readonly Protocol[] = ['TCP', 'UDP'];
const port53: readonly PolicyPort[] = dnsProtocols.map((protocol) => ({ protocol, port: 53 }));

/** Where Cloud DNS for GKE answers on every node. */
const gkeAddress = '169.254.169.254';

/** The cluster's DNS as far as it is known; `services` is empty where only usual labels tell of it. */
export interface ClusterDns {
  readonly services: readonly ServiceRecord[];
  readonly isGke: boolean;
  readonly targets: readonly DnsTarget[];
}

/** Whom DNS is asked of, and on which ports. */
interface DnsTarget extends Party {
  readonly ports: readonly PolicyPort[];
}

/**
 * The cluster's DNS: the pods behind its Services on their own ports, its ClusterIPs (engines that look
 * before DNAT), and what answers on every node. Where nothing of it is found, the usual pods.
 */
export function findDns(world: World): ClusterDns {
  const { services, isGke, served, onNodes } = findPlaces(world);
  const targets = [
    ...served.flatMap(({ service, parties }) => {
      const ports = dnsPortsOf(service);
      return [
        ...parties.map((party) => ({ ...party, ports: ports.map(translate) })),
        ...service.clusterIPs.map((ip) => block(ip, ports.map(plain))),
      ];
    }),
    ...(isUnknown(services, isGke) ? [usual] : []),
    ...onNodes.map((address) => block(address, port53)),
  ];
  return { services, isGke, targets };
}

/**
 * The same peers as they are dialled: each on its own ports, or on what the written ones mean. Those are
 * the Services', kept at their ClusterIPs and translated behind them; on nodes they are as written. A
 * number that no Service has is itself everywhere, with a problem; without a Service there is none to ask.
 */
export function dialDns(
  world: World,
  { ports: refs, text }: Pick<Entry, 'ports' | 'text'>,
): Parties {
  if (refs.length === 0) return { parties: findDns(world).targets.map(dialled), problems: [] };
  const { services, isGke, served, onNodes } = findPlaces(world);
  const meant = served.map((each) => ({
    ...each,
    found: refs.map((ref) => lookUp(each, ref, text)),
  }));
  const strange = refs.filter((_, at) => meant.every(({ found }) => found[at]?.ports.length === 0));
  const written = strange.filter(isNumber).flatMap(literals);
  const offered = served.flatMap(({ service }) => service.ports);
  return {
    parties: [
      ...meant.flatMap(({ service, parties, found }) => {
        const behind = [...found.flatMap(({ ports }) => ports), ...written];
        const front = [...found.flatMap((each) => each.dialled.map(plain)), ...written];
        return [
          ...parties.map((party) => ({ ...party, dialled: behind })),
          ...service.clusterIPs.map((ip) => dialled(block(ip, front))),
        ];
      }),
      ...(isUnknown(services, isGke) ? [dialled({ ...usual, ports: refs.flatMap(literals) })] : []),
      ...onNodes.map((ip) =>
        dialled(
          block(
            ip,
            refs.flatMap((ref) => onNode(ref, offered)),
          ),
        ),
      ),
    ],
    problems: [
      ...meant.flatMap(({ found }) => found.flatMap(({ problems }) => problems)),
      ...(served.length > 0 ? strange : []).map((ref) => notFound(ref, offered, text)),
    ],
  };
}

const usual = {
  peer: {
    podSelector: { matchLabels: dnsLabels },
    namespaceSelector: namespaceSelector(dnsNamespace),
  },
  namespace: dnsNamespace,
  ports: port53,
} as const;

/** A DNS Service at which names are asked for, and whom it leads to. */
interface Served {
  readonly service: ServiceRecord;
  readonly parties: readonly Party[];
}

function findPlaces(world: World) {
  const services = dnsServices(world);
  const { isGke } = world.rangeSources;
  const onNodes = [...nodeLocalAddresses(world), ...(isGke ? [gkeAddress] : [])];
  return { services, isGke, served: services.flatMap((each) => through(world, each)), onNodes };
}

function through(world: World, service: ServiceRecord): Served[] {
  const state = world.state(service.namespace);
  if (state === undefined || dnsPortsOf(service).length === 0) return [];
  return [{ service, parties: resolveService(state, service, service.name).parties }];
}

function isUnknown(services: readonly ServiceRecord[], isGke: boolean): boolean {
  return services.length === 0 && !isGke;
}

function lookUp({ service, parties }: Served, ref: PortRef, text: string) {
  const behind = parties.flatMap(({ workload }) => workload ?? []);
  return lookUpTranslated(service, behind, ref, text);
}

function isNumber({ port }: PortRef): boolean {
  return typeof port === 'number';
}

/** A port as it is written; DNS is asked over UDP and TCP. */
function literals(ref: PortRef): PolicyPort[] {
  if (ref.protocol !== undefined) return [literal(ref)];
  return dnsProtocols.map((protocol) => literal({ ...ref, protocol }));
}

/** What answers on a node is dialled as a Service is; a name is that of a Service's port. */
function onNode(ref: PortRef, offered: readonly ServicePort[]): PolicyPort[] {
  if (isNumber(ref)) return literals(ref);
  return offered.filter((port) => speaks(ref, port.protocol) && isMeant(ref, port)).map(plain);
}

function notFound(ref: PortRef, offered: readonly ServicePort[], text: string): Problem {
  const known = [...new Set(offered.map(formatDeclaredPort))].join(', ');
  return { code: 'PortNotFound', data: { text, port: formatPort(ref), known } };
}

function plain({ port, protocol }: ServicePort): PolicyPort {
  return { port, protocol };
}

function dialled({ ports, ...party }: DnsTarget): Party {
  return { ...party, dialled: ports };
}

function block(address: string, ports: readonly PolicyPort[]): DnsTarget {
  return { ...blockParty(blockOf(address)), ports };
}
