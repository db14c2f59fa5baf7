import { formatPort } from '../intent/format.ts';
import type { PortRef } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import type { PolicyPort, Protocol } from '../model/policy.ts';
import type { ContainerPort, ServicePort, ServiceRecord } from '../model/records.ts';
import type { Workload } from '../world/namespace-state.ts';

/** Ports of a rule: every port, or these; an empty list means that there is no rule. */
export type Ports = 'all' | readonly PolicyPort[];

export interface ResolvedPorts {
  readonly ports: Ports;
  readonly problems: readonly Problem[];
}

/** What looking up one port gives: policy ports, empty when it is not known, and what to say. */
interface Found {
  readonly ports: readonly PolicyPort[];
  readonly problems?: readonly Problem[];
}

/** The pods' ports that a port of a Service means, and those of the Service that are dialled for it. */
interface Translated extends Required<Found> {
  readonly dialled: readonly ServicePort[];
}

const nothing: Translated = { ports: [], problems: [], dialled: [] };

/**
 * Adds up the written ports. Each is looked up on its own; one that is not found takes nothing from
 * the others. In: the written ports, at least one, and how one is looked up; for the message, the
 * entry and what would have been known.
 */
export function addUp(
  refs: readonly PortRef[],
  lookUp: (ref: PortRef) => Found,
  text: string,
  known: () => string,
): ResolvedPorts {
  const ports: PolicyPort[] = [];
  const problems: Problem[] = [];
  for (const ref of refs) {
    const found = lookUp(ref);
    ports.push(...found.ports);
    problems.push(...(found.problems ?? []));
    if (found.ports.length === 0) {
      const data = { text, port: formatPort(ref), known: known() };
      problems.push({ code: 'PortNotFound', data });
    }
  }
  return { ports, problems };
}

/** A port as it was written, for parties that declare none: TCP unless the protocol is written. */
export function literal({ port, endPort, protocol = 'TCP' }: PortRef): PolicyPort {
  return { protocol, port, ...(endPort !== undefined && { endPort }) };
}

/** The ports of a Service that `talks-to` means, translated as kube-proxy does. */
export function portsOfService(
  service: ServiceRecord,
  behind: readonly Workload[],
  refs: readonly PortRef[],
  text: string,
): ResolvedPorts {
  if (refs.length === 0) return everyPortOf(service, behind, text);
  const lookUp = (ref: PortRef) =>
    service.headless && typeof ref.port === 'number'
      ? lookUpHeadless(service, ref)
      : lookUpTranslated(service, behind, ref, text);
  return addUp(refs, lookUp, text, () => service.ports.map(formatDeclaredPort).join(', '));
}

function everyPortOf(
  service: ServiceRecord,
  behind: readonly Workload[],
  text: string,
): ResolvedPorts {
  if (!service.headless) return translateAll(service.ports, behind, text);
  const differing = service.ports.filter(({ port, targetPort }) => targetPort !== port);
  return {
    ports: service.ports.map(({ port, protocol }) => ({ protocol, port })),
    problems: differing.map(({ port, targetPort }) => ({
      code: 'HeadlessPort',
      data: { text, service: service.name, port: `${port}`, targetPort: `${targetPort}` },
    })),
  };
}

/** Nobody translates the ports of a headless Service: a number is the pod's port as it is. */
function lookUpHeadless(service: ServiceRecord, ref: PortRef): Found {
  if (ref.protocol !== undefined || ref.endPort !== undefined) return { ports: [literal(ref)] };
  const alike = service.ports.filter(
    ({ port, targetPort }) => port === ref.port || targetPort === ref.port,
  );
  return { ports: withProtocols(ref, alike) };
}

/** Looks a port up at a Service whose ports are translated. In: its ports, and the workloads behind it. */
export function lookUpTranslated(
  { ports }: Pick<ServiceRecord, 'ports'>,
  behind: readonly Workload[],
  ref: PortRef,
  text: string,
): Translated {
  const offered = ports.filter(({ protocol }) => speaks(ref, protocol));
  const direct = offered.filter((port) => isMeant(ref, port));
  if (direct.length > 0) return { ...translateAll(direct, behind, text), dialled: direct };
  if (ref.endPort !== undefined) return nothing;
  const byTarget = offered.filter((port) => isTarget(ref, port, behind));
  const [first] = byTarget;
  if (first !== undefined) {
    const found = { ...translateAll(byTarget, behind, text), dialled: byTarget };
    if (typeof ref.port === 'string') return found;
    const data = { text, port: `${ref.port}`, servicePort: `${first.port}` };
    return { ...found, problems: [{ code: 'TargetPortUsed', data }, ...found.problems] };
  }
  return typeof ref.port === 'string' ? { ...nothing, ports: namedPorts(behind, ref) } : nothing;
}

/** Whether a Service port is the one that was written: by number, in the range, or by name. */
export function isMeant(ref: PortRef, { name, port }: Pick<ServicePort, 'name' | 'port'>): boolean {
  if (typeof ref.port === 'string') return name === ref.port;
  return port >= ref.port && port <= (ref.endPort ?? ref.port);
}

function isTarget(ref: PortRef, port: ServicePort, behind: readonly Workload[]): boolean {
  if (port.targetPort === ref.port) return true;
  if (typeof port.targetPort !== 'string') return false;
  const { targetPort, protocol } = port;
  return behind.some(({ record }) =>
    record.ports.some(
      (own) => own.name === targetPort && own.protocol === protocol && own.port === ref.port,
    ),
  );
}

function namedPorts(behind: readonly Workload[], ref: PortRef): PolicyPort[] {
  const named = behind
    .flatMap(({ record }) => record.ports)
    .filter(({ name, protocol }) => name === ref.port && speaks(ref, protocol));
  return named.map(({ protocol }) => ({ protocol, port: ref.port }));
}

/** The pods' port behind a Service port. A named targetPort stays a name: exact on every pod. */
export function translate({ targetPort, protocol }: ServicePort): PolicyPort {
  return { protocol, port: targetPort };
}

/** The pods' ports behind some Service ports, and what is wrong with those that are names. */
function translateAll(
  ports: readonly ServicePort[],
  behind: readonly Workload[],
  text: string,
): Required<Found> {
  const named = ports.filter(({ targetPort }) => typeof targetPort === 'string');
  const isWrong = named.length > 0 && behind.length > 0;
  const problems = isWrong ? problemsOfNames(named, behind, text) : [];
  return { ports: ports.map(translate), problems };
}

/**
 * Names of targetPorts that no known workload behind a Service declares: they stay in the rule, where
 * they do no harm, and nobody answers there. And those that the workloads give different numbers: the
 * name in the rule is exact on every pod, but engines are known that resolve it once, for one of them
 * (aws/amazon-network-policy-controller-k8s#210).
 */
function problemsOfNames(
  named: readonly ServicePort[],
  behind: readonly Workload[],
  text: string,
): Problem[] {
  const all = behind.flatMap(({ key, record }) => record.ports.map((own) => ({ key, own })));
  const known = [...new Set(all.map(({ own }) => formatDeclaredPort(own)))].join(', ');
  return named.flatMap(({ port, targetPort, protocol }): Problem[] => {
    const alike = all.filter(({ own }) => own.name === targetPort && own.protocol === protocol);
    if (alike.length === 0) {
      const data = { text, port: `${targetPort} (targetPort of ${port})`, known };
      return [{ code: 'PortNotFound', data }];
    }
    if (new Set(alike.map(({ own }) => own.port)).size < 2) return [];
    const numbers = alike.map(({ key, own }) => `${own.port} in ${key}`).join(' and ');
    return [{ code: 'PortNameDiffers', data: { text, port: `${targetPort}`, numbers } }];
  });
}

/** The ports of a workload that `talks-to` means: the pods' own, by number or name. */
export function portsOfWorkload(
  { key, record }: Workload,
  refs: readonly PortRef[],
  text: string,
): ResolvedPorts {
  if (refs.length > 0) {
    const known = () => record.ports.map(formatDeclaredPort).join(', ');
    return addUp(refs, (ref) => lookUpOwn(record.ports, ref, key, text), text, known);
  }
  const ports = record.ports.map(({ protocol, port }) => ({ protocol, port }));
  if (ports.length > 0) return { ports, problems: [] };
  return { ports: 'all', problems: [{ code: 'NoPortsDeclared', data: { text, workload: key } }] };
}

function lookUpOwn(
  declared: readonly ContainerPort[],
  ref: PortRef,
  workload: string,
  text: string,
): Found {
  const found = lookUpDeclared(declared, ref);
  if (found.length > 0 || typeof ref.port === 'string') return { ports: found };
  const data = { text, port: formatPort(ref), workload };
  return { ports: [literal(ref)], problems: [{ code: 'PortNotDeclared', data }] };
}

/** A written port among declared containerPorts, with the protocols that are declared for it. */
export function lookUpDeclared(declared: readonly ContainerPort[], ref: PortRef): PolicyPort[] {
  const alike = declared.filter((port) => speaks(ref, port.protocol) && isMeant(ref, port));
  return alike.length === 0 ? [] : withProtocols(ref, alike);
}

function withProtocols(ref: PortRef, alike: readonly { protocol: Protocol }[]): PolicyPort[] {
  const protocols = [...new Set(alike.map(({ protocol }) => protocol))];
  if (protocols.length === 0) return [literal(ref)];
  return protocols.map((protocol) => literal({ ...ref, protocol }));
}

export function speaks(ref: PortRef, protocol: Protocol): boolean {
  return ref.protocol === undefined || ref.protocol === protocol;
}

export function formatDeclaredPort({ name, port, protocol }: ServicePort | ContainerPort): string {
  return `${name === undefined ? '' : `${name}=`}${port}/${protocol.toLowerCase()}`;
}
