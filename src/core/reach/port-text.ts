import { everyPort, isEveryPort, type PortSet, subtractPorts } from './port-set.ts';

/** `all`, or ranges as `80/TCP`, `8000-8100/UDP`. */
export function listPorts(ports: PortSet): string[] {
  if (isEveryPort(ports)) return ['all'];
  return Object.entries(ports).flatMap(([protocol, ranges]) =>
    ranges.map(({ first, last }) => `${first === last ? first : `${first}-${last}`}/${protocol}`),
  );
}

/** Ports for people, by what is in them or what is not, whichever is shorter. */
export function portsText(ports: PortSet): string {
  if (isEveryPort(ports)) return 'all ports';
  const rest = subtractPorts(everyPort, ports);
  const [inside, outside] = [listPorts(ports), listPorts(rest)];
  return outside.length < inside.length ? `all ports but ${outside.join(', ')}` : inside.join(', ');
}
