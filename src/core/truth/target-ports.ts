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

/** Rows "Service" and "headless Service", for a Service that has ports. */
export function portsOfService(
  refs: readonly PortRef[],
  service: ServiceRecord,
  reached: readonly WorkloadRecord[],
): Ports {
  const none = () => service.ports.map(service.headless ? untranslated : translated);
  return addUpPorts(refs, none, (ref) => {
    if (typeof ref.port === 'string') return namedPort(ref, service, reached);
    if (service.headless) return headlessPort(ref, service);
    return ref.endPort === undefined
      ? numberedPort(ref, service, reached)
      : portsInside(ref, service.ports);
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

/** Service, number n. */
function numberedPort(
  ref: PortRef,
  service: ServiceRecord,
  reached: readonly WorkloadRecord[],
): readonly PodPort[] {
  const byPort = portsInside(ref, service.ports);
  if (byPort.length > 0) return byPort;
  return ofProtocol(ref, service.ports)
    .filter(
      ({ targetPort, protocol }) =>
        targetPort === ref.port ||
        reached.some(({ ports }) =>
          ports.some(
            (known) =>
              known.name === targetPort && known.port === ref.port && known.protocol === protocol,
          ),
        ),
    )
    .map(translated);
}

/** Headless Service, number or range: nobody translates it. */
function headlessPort(ref: PortRef, { ports }: ServiceRecord): readonly PodPort[] {
  if (ref.endPort !== undefined) return asWritten(ref);
  const known = ofProtocol(ref, ports).filter(
    ({ port, targetPort }) => port === ref.port || targetPort === ref.port,
  );
  return known.length > 0 ? withProtocols(ref, protocolsOf(known)) : asWritten(ref);
}

/** Service or headless Service, name. */
function namedPort(
  ref: PortRef,
  { ports }: ServiceRecord,
  reached: readonly WorkloadRecord[],
): readonly PodPort[] {
  const byName = portsNamed(ref, ports);
  if (byName.length > 0) return byName;
  const byTarget = ofProtocol(ref, ports).filter(({ targetPort }) => targetPort === ref.port);
  if (byTarget.length > 0) return byTarget.map(translated);
  return declaredFor(
    ref,
    reached.flatMap((workload) => workload.ports),
  );
}

/** The targetPort with its protocol; a named one stays a name. */
export function translated({ targetPort, protocol }: ServicePort): PodPort {
  return { port: targetPort, protocol };
}

function untranslated({ port, protocol }: ServicePort): PodPort {
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
