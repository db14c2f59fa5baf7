import type { PortRef } from '../model/declaration.ts';
import type { Protocol } from '../model/policy.ts';
import type {
  ContainerPort,
  ServicePort,
  ServiceRecord,
  WorkloadRecord,
} from '../model/records.ts';
import { addUp, asWritten, covers, type PodPort, type Ports, withProtocols } from './rule.ts';

/*
 * The table of "Ports", cell by cell: which ports of the destination a port of `talks-to` means.
 * No port written is the column `none`, and then no protocol is written either. A written protocol
 * leaves only the declared ports of that protocol to look at; where the table says "else TCP", a
 * written protocol stands instead.
 */

/** Columns "number", "range" and "name" for an entry's ports, added up; or column "none". */
export function addUpPorts(
  refs: readonly PortRef[],
  none: () => Ports,
  meaning: (ref: PortRef) => Ports,
): Ports {
  return refs.length === 0 ? none() : addUp(refs.map(meaning));
}

/** Row "pods, namespaces, wide, addresses". */
export function portsAsWritten(refs: readonly PortRef[]): Ports {
  return addUpPorts(refs, () => 'all', asWritten);
}

/** Row "workload". */
export function portsOfWorkload(refs: readonly PortRef[], { ports }: WorkloadRecord): Ports {
  return addUpPorts(
    refs,
    () => (ports.length === 0 ? 'all' : ports.map(({ port, protocol }) => ({ port, protocol }))),
    (ref) => {
      const declared = declaredFor(ref, ports);
      if (declared.length > 0) return declared;
      return typeof ref.port === 'number' ? asWritten(ref) : [];
    },
  );
}

/** The port with the protocols with which containerPorts declare it, or something inside it. */
export function declaredFor(ref: PortRef, ports: readonly ContainerPort[]): readonly PodPort[] {
  const declared = ofProtocol(ref, ports).filter((known) =>
    typeof ref.port === 'number' ? covers(ref, known.port) : known.name === ref.port,
  );
  return withProtocols(ref, protocolsOf(declared));
}

/** What of a Service its ports are read from. */
type Fronting = Pick<ServiceRecord, 'ports'>;

/** Rows "Service" and "headless Service", for a Service that has ports. */
export function portsOfService(
  refs: readonly PortRef[],
  service: ServiceRecord,
  reached: readonly WorkloadRecord[],
): Ports {
  const none = () => service.ports.map(service.headless ? untranslated : translated);
  return addUpPorts(refs, none, (ref) => {
    if (typeof ref.port === 'number' && service.headless) return headlessPort(ref, service);
    const dialled = dialledPorts(ref, service, reached);
    if (dialled.length > 0) return dialled.map(translated);
    if (typeof ref.port === 'number') return [];
    return declaredFor(
      ref,
      reached.flatMap((workload) => workload.ports),
    );
  });
}

/** The Service ports inside a range (or equal to a number), translated. */
export function portsInside(ref: PortRef, ports: readonly ServicePort[]): readonly PodPort[] {
  return ofProtocol(ref, ports)
    .filter(({ port }) => covers(ref, port))
    .map(translated);
}

/** The Service ports of that name, translated. */
export function portsNamed(ref: PortRef, ports: readonly ServicePort[]): readonly PodPort[] {
  return ofProtocol(ref, ports)
    .filter(({ name }) => name === ref.port)
    .map(translated);
}

/** Service, number n: its ports n, else those behind which n is. */
function numberedPorts(
  ref: PortRef,
  { ports }: Fronting,
  reached: readonly WorkloadRecord[],
): readonly ServicePort[] {
  const offered = ofProtocol(ref, ports);
  const byPort = offered.filter(({ port }) => covers(ref, port));
  return byPort.length > 0 ? byPort : offered.filter((port) => isBehind(ref, port, reached));
}

/** Whether a number is a targetPort, or the number that a reached workload gives a named one. */
function isBehind(
  ref: PortRef,
  { targetPort, protocol }: ServicePort,
  reached: readonly WorkloadRecord[],
): boolean {
  return (
    targetPort === ref.port ||
    reached.some(({ ports }) =>
      ports.some(
        (known) =>
          known.name === targetPort && known.port === ref.port && known.protocol === protocol,
      ),
    )
  );
}

/** Headless Service, number or range: nobody translates it. */
function headlessPort(ref: PortRef, { ports }: ServiceRecord): readonly PodPort[] {
  if (ref.endPort !== undefined) return asWritten(ref);
  const known = ofProtocol(ref, ports).filter(
    ({ port, targetPort }) => port === ref.port || targetPort === ref.port,
  );
  return known.length > 0 ? withProtocols(ref, protocolsOf(known)) : asWritten(ref);
}

/** Service or headless Service, name: that of its port, else of a targetPort. */
function namedPorts(ref: PortRef, { ports }: Fronting): readonly ServicePort[] {
  const offered = ofProtocol(ref, ports);
  const byName = offered.filter(({ name }) => name === ref.port);
  return byName.length > 0 ? byName : offered.filter(({ targetPort }) => targetPort === ref.port);
}

/** The ports of a Service that is not headless which a written port means: those that are dialled. */
export function dialledPorts(
  ref: PortRef,
  service: Fronting,
  reached: readonly WorkloadRecord[],
): readonly ServicePort[] {
  if (typeof ref.port === 'string') return namedPorts(ref, service);
  if (ref.endPort === undefined) return numberedPorts(ref, service, reached);
  return ofProtocol(ref, service.ports).filter(({ port }) => covers(ref, port));
}

/** The targetPort with its protocol; a named one stays a name. */
export function translated({ targetPort, protocol }: ServicePort): PodPort {
  return { port: targetPort, protocol };
}

/** The port that is dialled. */
export function untranslated({ port, protocol }: ServicePort): PodPort {
  return { port, protocol };
}

function ofProtocol<Port extends { readonly protocol: Protocol }>(
  ref: PortRef,
  ports: readonly Port[],
): Port[] {
  return ports.filter(({ protocol }) => ref.protocol === undefined || protocol === ref.protocol);
}

function protocolsOf(ports: readonly { readonly protocol: Protocol }[]): Protocol[] {
  return [...new Set(ports.map(({ protocol }) => protocol))];
}
