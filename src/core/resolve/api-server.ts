import { formatPort } from '../intent/format.ts';
import type { Entry, PortRef } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import type { PolicyPort } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { ApiServerRecord, ServicePort } from '../model/records.ts';
import { apiServerFront } from '../world/parties.ts';
import type { World } from '../world/world.ts';
import { blockParty, type Parties, type Party } from './peers.ts';
import { formatDeclaredPort, isMeant, literal, speaks, translate } from './ports.ts';

type OwnPorts = ApiServerRecord['ports'];

/** What a port means at the API server's endpoints, and at the addresses of the Service in front of them. */
interface Dialled {
  readonly endpoints: readonly PolicyPort[];
  readonly front: readonly PolicyPort[];
  readonly problems?: readonly Problem[];
}

/**
 * Where the API server is dialled: at its endpoints, and, where those and their ports are known, at the
 * ClusterIPs in front of them: it is not defined whether a policy is applied before or after an address
 * of a Service is translated. A port is the Service's: it is kept at the ClusterIPs, and is translated
 * at the endpoints.
 */
export function dialApiServer(
  world: World,
  { ports: refs, text }: Pick<Entry, 'ports' | 'text'>,
): Parties {
  const ports = world.outside.apiServerPorts();
  const addresses = world.outside.apiServerAddresses();
  const { clusterIPs = [], ports: served = [] } = apiServerFront(world) ?? {};
  const fronts = addresses.length > 0 && ports.length > 0 ? clusterIPs : [];
  const meant =
    refs.length === 0
      ? [{ endpoints: ports.map(plain), front: served.map(plain), problems: [] }]
      : refs.map((ref) => meaningOf(ref, ports, served, text));
  return {
    parties: [
      ...addresses.map((each) =>
        dialledAt(
          each,
          meant.flatMap(({ endpoints }) => endpoints),
        ),
      ),
      ...fronts.map((each) =>
        dialledAt(
          each,
          meant.flatMap(({ front }) => front),
        ),
      ),
    ],
    problems: meant.flatMap(({ problems = [] }) => problems),
  };
}

function dialledAt(address: string, dialled: readonly PolicyPort[]): Party {
  return { ...blockParty(blockOf(address)), dialled };
}

/**
 * What a written port means: a port of the Service, else one of the endpoints' own, else, with a
 * problem, itself. Where no port of the endpoints is known, it is taken as theirs.
 */
function meaningOf(
  ref: PortRef,
  ports: OwnPorts,
  served: readonly ServicePort[],
  text: string,
): Dialled {
  if (ports.length === 0) return { endpoints: [literal(ref)], front: [] };
  const isWritten = (port: OwnPorts[number]) => speaks(ref, port.protocol) && isMeant(ref, port);
  const led = served.flatMap((port) => leadingTo(port, ports));
  const direct = led.filter(isWritten);
  if (direct.length > 0) return { endpoints: direct.map(translate), front: direct.map(plain) };
  const own = ports.filter(isWritten);
  if (own.length > 0) {
    const leading = led.filter(({ targetPort, protocol }) =>
      own.some((each) => each.port === targetPort && each.protocol === protocol),
    );
    const problems = leading.slice(0, 1).map((port) => behindOf(port, ref, text));
    return { endpoints: own.map(plain), front: leading.map(plain), problems };
  }
  const known = (served.length > 0 ? served : ports).map(formatDeclaredPort).join(', ');
  const data = { text, port: formatPort(ref), known };
  const written = [literal(ref)];
  return { endpoints: written, front: written, problems: [{ code: 'PortNotFound', data }] };
}

/** That an endpoint's port was written where clients dial this one of the Service. */
function behindOf({ port }: ServicePort, ref: PortRef, text: string): Problem {
  return { code: 'TargetPortUsed', data: { text, port: formatPort(ref), servicePort: `${port}` } };
}

/**
 * A port of the Service with where it leads: its targetPort, if the endpoints have that, else all of
 * theirs of its protocol. The Service has no selector, and it is their ports that count.
 */
function leadingTo(port: ServicePort, ports: OwnPorts): ServicePort[] {
  const alike = ports.filter(({ protocol }) => protocol === port.protocol);
  const exact = alike.filter((own) => own.port === port.targetPort);
  return (exact.length > 0 ? exact : alike).map((own) => ({ ...port, targetPort: own.port }));
}

function plain({ port, protocol }: OwnPorts[number]): PolicyPort {
  return { protocol, port };
}
