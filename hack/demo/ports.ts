import { formatPort } from '../../src/core/intent/format.ts';
import { protocols } from '../../src/core/model/policy.ts';
import { isEveryPort, isNoPort, type PortSet } from '../../src/core/reach/port-set.ts';

/** `7000/tcp`, `every port`, `no port`. */
export function describePorts(ports: PortSet): string {
  if (isEveryPort(ports)) return 'every port';
  if (isNoPort(ports)) return 'no port';
  const texts = protocols.flatMap((protocol) =>
    ports[protocol].map(({ first, last }) =>
      formatPort({ port: first, protocol, ...(last > first && { endPort: last }) }),
    ),
  );
  return texts.join(', ');
}
