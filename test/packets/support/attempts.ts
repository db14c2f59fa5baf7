import { bare, outside } from '../../../hack/enforcement/addresses.ts';
import type { Agent, Dial, Outcome } from '../../../hack/enforcement/agent.ts';
import type { PodItem } from '../../../src/core/inventory/items.ts';
import type { ServicePort, ServiceRecord } from '../../../src/core/model/records.ts';
import { parseAddress } from '../../../src/core/reach/addresses.ts';
import type { PolicySource } from '../../../src/core/reach/endpoint.ts';
import { judge, type Verdict } from '../../../src/core/reach/judge.ts';
import type { Party } from '../../../src/core/reach/party.ts';
import type { TruthParty } from '../../../src/core/truth/rule.ts';
import type { Picture } from './picture.ts';

/** A connection or a look-up that can be made, and what it has to come to. */
export interface Attempt {
  /** Who, whom, and on which port. */
  readonly what: string;
  readonly reach: Verdict;
  readonly truth: boolean;
  /** Waits for as long as such an outcome may take, unless it is said how long (milliseconds). */
  make(agent: Agent, patience?: number): Promise<Outcome>;
  isRight(outcome: Outcome): boolean;
}

/** No container of any world has it. */
const undeclared = 4999;
/** An allowed connection may be slow on a busy machine; a dropped one is waited for in vain. */
const patience = { allowed: 5000, dropped: 400 };
/** What listens outside, besides what stands for the API server. */
export const outsidePorts = [443, 8080];
export const dnsService = 'kube-system/kube-dns';

/** One address of somebody. */
interface End {
  readonly name: string;
  readonly address: string;
  readonly reach: Party;
  readonly truth: TruthParty;
  readonly ports: readonly PortOf[];
  /** Where nobody listens, although a policy names it. */
  readonly closed?: readonly PortOf[];
}

type PortOf = Pick<Dial, 'port' | 'protocol'>;

/**
 * Every connection between these pods, and from and to outside, by address: of either family and also on
 * a port that nobody listens on; `brief`: of IPv4 on ports that somebody listens on.
 */
export function attemptsByAddress(
  picture: Picture,
  pods: readonly string[],
  { brief = false } = {},
): Attempt[] {
  const ends = [...pods.flatMap((name) => endsOf(picture, name)), ...outsideEnds(picture)].filter(
    ({ address }) => !brief || familyOf(address) === 'ipv4',
  );
  return ends.flatMap((from) =>
    ends
      .filter((to) => from.name !== to.name && familyOf(from.address) === familyOf(to.address))
      .flatMap((to) => attemptsTo(picture, from, to, brief)),
  );
}

function attemptsTo(picture: Picture, from: End, to: End, brief: boolean): Attempt[] {
  const closed = brief ? [] : [tcp(undeclared), ...(to.closed ?? [])];
  const asked = [
    ...to.ports.map((port) => ({ port, answerer: to.name })),
    ...closed.map((port) => ({ port, answerer: undefined })),
  ];
  return asked.map(({ port, answerer }) =>
    connection(picture, from, {
      dialled: { address: to.address, ...port },
      ...{ to, port, answerer },
    }),
  );
}

interface Target {
  /** What the sender dials. */
  readonly dialled: Pick<Dial, 'address' | 'port' | 'protocol'>;
  /** Where that leads. */
  readonly to: End;
  readonly port: PortOf;
  /** Who answers; undefined: nobody, where the packet comes through. */
  readonly answerer: string | undefined;
}

function connection(picture: Picture, from: End, target: Target): Attempt {
  const { dialled, to, answerer } = target;
  const { port, protocol } = target.port;
  const reach = judge(picture.source, from.reach, to.reach, port, protocol);
  const milliseconds = reach.allowed ? patience.allowed : patience.dropped;
  return {
    what: `${from.name} (${from.address}) to ${to.name} on ${port}/${protocol}, dialled as ${dialled.address} ${dialled.port}`,
    reach,
    truth: picture.truth.allows(from.truth, to.truth, port, protocol),
    make: (agent, wait = milliseconds) =>
      agent.dial({ from: from.name, source: from.address, ...dialled, milliseconds: wait }),
    isRight: ({ ended, by }) => {
      if (!reach.allowed) return ended === 'dropped';
      return answerer === undefined ? ended === 'refused' : ended === 'open' && by === answerer;
    },
  };
}

/** Every look-up of a Service of these namespaces by these pods, and every connection to it. */
export function attemptsByService(
  picture: Picture,
  pods: readonly string[],
  namespaces: readonly string[],
): Attempt[] {
  const services = picture.inventory.services.filter(({ namespace }) =>
    namespaces.includes(namespace),
  );
  return pods.flatMap((name) =>
    services.flatMap((service) => [
      lookUp(picture, name, service),
      ...service.clusterIPs.flatMap((address) =>
        service.ports.flatMap((port) => attemptsVia(picture, name, service, { address, port })),
      ),
    ]),
  );
}

/** Every connection of these pods to the Service `kubernetes`, behind which is no pod. */
export function attemptsOnApiServer(picture: Picture, pods: readonly string[]): Attempt[] {
  const service = picture.inventory.service('default', 'kubernetes');
  const [address = ''] = service?.clusterIPs ?? [];
  const there = picture.apiServer.flatMap(({ addresses }) => addresses);
  const to = outsideEnds(picture).find((end) => there.includes(end.address));
  const port = to?.ports.at(-1);
  if (to === undefined || port === undefined) throw new Error('nothing stands for the API server');
  return pods.flatMap((name) =>
    endsOf(picture, name)
      .filter((from) => familyOf(from.address) === familyOf(address))
      .map((from) => {
        const dialled = { address, ...tcp(443) };
        return connection(picture, from, { dialled, to, port, answerer: to.name });
      }),
  );
}

function lookUp(picture: Picture, name: string, service: ServiceRecord): Attempt {
  const [namespace = '', dns = ''] = dnsService.split('/');
  const server = picture.inventory.service(namespace, dns);
  const [address = ''] = server?.clusterIPs ?? [];
  const [backend] = server === undefined ? [] : picture.inventory.behind(server);
  if (backend === undefined) throw new Error('there is no DNS server');
  const [from] = endsOf(picture, name);
  const [to] = endsOf(picture, `${backend.namespace}/${backend.name}`);
  if (from === undefined || to === undefined) throw new Error(`${name} has no address`);
  const reach = judge(picture.source, from.reach, to.reach, 53, 'UDP');
  const host = `${service.name}.${service.namespace}.svc.cluster.local`;
  const milliseconds = reach.allowed ? patience.allowed : patience.dropped;
  return {
    what: `${name} looks up ${host}`,
    reach,
    truth: picture.truth.allows(from.truth, to.truth, 53, 'UDP'),
    make: (agent, wait = milliseconds) => agent.resolve(name, address, host, wait),
    isRight: ({ ended, addresses = [] }) =>
      reach.allowed
        ? ended === 'open' && service.clusterIPs.every((each) => addresses.includes(each))
        : ended === 'dropped',
  };
}

/** Only where one pod is behind it: of several nobody knows which is asked. A pod asks no Service of its own. */
function attemptsVia(
  picture: Picture,
  name: string,
  service: ServiceRecord,
  { address, port }: { readonly address: string; readonly port: ServicePort },
): Attempt[] {
  const [backend, another] = picture.inventory.behind(service);
  if (backend === undefined || another !== undefined || port.protocol === 'SCTP') return [];
  const answerer = `${backend.namespace}/${backend.name}`;
  if (answerer === name) return [];
  const { protocol, targetPort } = port;
  const number =
    typeof targetPort === 'number'
      ? targetPort
      : backend.ports.find((own) => own.name === targetPort && own.protocol === protocol)?.port;
  if (number === undefined) return [];
  const of = (pod: string) =>
    endsOf(picture, pod).find((end) => familyOf(end.address) === familyOf(address));
  const [from, to] = [of(name), of(answerer)];
  if (from === undefined || to === undefined)
    throw new Error(`${address} is of a family that pods lack`);
  const listens = to.ports.some((own) => own.port === number && own.protocol === protocol);
  const dialled = { address, port: port.port, protocol };
  const target = {
    dialled,
    to,
    port: { port: number, protocol },
    answerer: listens ? answerer : undefined,
  };
  return [connection(picture, from, target)];
}

function endsOf({ pods, inventory, source }: Picture, name: string): End[] {
  const pod = pods.get(name);
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  if (pod.addresses.length === 0) {
    throw new Error(`${name} has no address, so that nobody can dial it`);
  }
  return pod.addresses.map((address) => ({
    ...{ name, address, truth: truthOf(pod), ports: portsOf(pod), closed: closedOf(source, pod) },
    reach: { ...inventory.partyOf(pod), addresses: [address] },
  }));
}

function portsOf({ ports }: PodItem): PortOf[] {
  return ports.flatMap(({ port, protocol }) => (protocol === 'SCTP' ? [] : [{ port, protocol }]));
}

/** Ports of TCP that rules about a pod name, and that its containers do not. */
function closedOf(source: PolicySource, pod: PodItem): PortOf[] {
  const rules = [...source.policiesIn(pod.namespace, pod.labels)].flatMap(
    ({ spec }) => spec.ingress ?? [],
  );
  const named = rules.flatMap(({ ports = [] }) =>
    ports.flatMap(({ port, protocol }) =>
      typeof port === 'number' && protocol === 'TCP' ? [port] : [],
    ),
  );
  const declared = new Set(portsOf(pod).map(({ port }) => port));
  return [...new Set(named)].filter((port) => !declared.has(port)).map(tcp);
}

function truthOf({ namespace, labels, ports }: PodItem): TruthParty {
  return { namespace, labels, ports };
}

function outsideEnds({ apiServer }: Picture): readonly End[] {
  const own = apiServer.flatMap((slice) => slice.ports.map(({ port }) => port));
  const ports = [...outsidePorts, ...own].map(tcp);
  return outside.addresses.map((text) => {
    const address = bare(text);
    return { name: outside.pod, address, reach: { address }, truth: { address }, ports };
  });
}

function tcp(port: number): PortOf {
  return { port, protocol: 'TCP' };
}

function familyOf(address: string): string | undefined {
  return parseAddress(address)?.kind();
}
