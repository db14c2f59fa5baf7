import { describe, expect, test } from '@jest/globals';
import type { NetworkPolicy, PolicyPeer, PolicyPort, Protocol } from '../model/policy.ts';
import type { ContainerPort } from '../model/records.ts';
import { allowedPorts } from './allowed-ports.ts';
import { judge } from './judge.ts';
import type { Party, PodParty } from './party.ts';
import { policySet } from './policy-set.ts';
import { everyPort, hasPort, isEveryPort, isNoPort, type PortSet } from './port-set.ts';

const client: PodParty = { namespace: 'shop', labels: { app: 'client' } };
const declared: readonly ContainerPort[] = [
  { name: 'dns', port: 5353, protocol: 'UDP' },
  { name: 'dns', port: 5354, protocol: 'TCP' },
  { name: 'http', port: 8080, protocol: 'TCP' },
];
const server: PodParty = { namespace: 'shop', labels: { app: 'server' }, ports: declared };

type Side = 'ingress' | 'egress';

function source(ports: Partial<Record<Side, readonly PolicyPort[]>>, to?: readonly PolicyPeer[]) {
  const policy = (name: Side, app: string): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name },
    spec: {
      podSelector: { matchLabels: { app } },
      policyTypes: [name === 'ingress' ? 'Ingress' : 'Egress'],
      [name]: [{ ports: ports[name], ...(to && { to }) }],
    },
  });
  return policySet(new Map(), [
    ...(ports.ingress ? [policy('ingress', 'server')] : []),
    ...(ports.egress ? [policy('egress', 'client')] : []),
  ]);
}

/** The ports that the clauses open, asked of the server's ingress and of the client's egress. */
function opened(ports: readonly PolicyPort[], to: Party = server): PortSet {
  const egress = allowedPorts(source({ egress: ports }), client, to);
  if (to === server) expect(allowedPorts(source({ ingress: ports }), client, to)).toEqual(egress);
  return egress;
}

function only(protocol: Protocol, ...ranges: (readonly [number, number])[]): PortSet {
  return {
    TCP: [],
    UDP: [],
    SCTP: [],
    [protocol]: ranges.map(([first, last]) => ({ first, last })),
  };
}

describe('the ports of a rule', () => {
  test('an empty list restricts nothing', () => {
    expect(isEveryPort(opened([]))).toBe(true);
  });

  test('a number without a protocol means TCP', () => {
    expect(opened([{ port: 80 }])).toEqual(only('TCP', [80, 80]));
  });

  test('a number counts for its protocol only', () => {
    expect(opened([{ protocol: 'UDP', port: 53 }])).toEqual(only('UDP', [53, 53]));
    expect(opened([{ protocol: 'SCTP', port: 53 }])).toEqual(only('SCTP', [53, 53]));
  });

  test('a protocol without a port means all its ports', () => {
    expect(opened([{ protocol: 'UDP' }])).toEqual(only('UDP', [1, 65_535]));
    expect(opened([{}])).toEqual(only('TCP', [1, 65_535]));
  });

  test('endPort means all from port to endPort', () => {
    expect(opened([{ port: 8000, endPort: 8010 }])).toEqual(only('TCP', [8000, 8010]));
    expect(opened([{ port: 8000, endPort: 8000 }])).toEqual(only('TCP', [8000, 8000]));
  });

  test('several entries add up', () => {
    const ports = [
      { port: 80 },
      { port: 100, endPort: 200 },
      { port: 81, endPort: 90 },
      { port: 150 },
    ];
    expect(opened(ports)).toEqual(only('TCP', [80, 90], [100, 200]));
  });

  test('all protocols without ports are every port', () => {
    const all = opened([{ protocol: 'TCP' }, { protocol: 'UDP' }, { protocol: 'SCTP' }]);
    expect(isEveryPort(all)).toBe(true);
    expect(isEveryPort(opened([{ protocol: 'TCP' }, { protocol: 'UDP' }]))).toBe(false);
  });
});

describe('named ports', () => {
  test('mean the container port of the destination pod, whatever its number', () => {
    expect(opened([{ port: 'http' }])).toEqual(only('TCP', [8080, 8080]));
  });

  test('a name declared for two protocols is two ports', () => {
    expect(opened([{ port: 'dns' }])).toEqual(only('TCP', [5354, 5354]));
    expect(opened([{ port: 'dns', protocol: 'UDP' }])).toEqual(only('UDP', [5353, 5353]));
    expect(isNoPort(opened([{ port: 'dns', protocol: 'SCTP' }]))).toBe(true);
  });

  test('a name that the destination does not declare opens nothing', () => {
    expect(isNoPort(opened([{ port: 'grpc' }]))).toBe(true);
    expect(isNoPort(opened([{ port: 'http' }], { ...server, ports: [] }))).toBe(true);
  });

  test('the ports of the source do not count', () => {
    const named = { ...client, ports: declared };
    const { ports: _, ...bare } = server;
    expect(isNoPort(allowedPorts(source({ egress: [{ port: 'http' }] }), named, bare))).toBe(true);
  });

  test('the same name in two containers opens both', () => {
    const ports = [...declared, { name: 'http', port: 9090, protocol: 'TCP' } as const];
    expect(opened([{ port: 'http' }], { ...server, ports })).toEqual(
      only('TCP', [8080, 8080], [9090, 9090]),
    );
  });

  test('addresses and hostNetwork pods have none', () => {
    expect(isNoPort(opened([{ port: 'http' }], { address: '203.0.113.9' }))).toBe(true);
    expect(isNoPort(opened([{ port: 'http' }], { ...server, hostNetwork: true }))).toBe(true);
  });

  test('resolve on a pod that an ipBlock matches', () => {
    const blocked = source({ egress: [{ port: 'http' }] }, [{ ipBlock: { cidr: '10.0.0.0/8' } }]);
    expect(allowedPorts(blocked, client, { ...server, addresses: ['10.1.2.3'] })).toEqual(
      only('TCP', [8080, 8080]),
    );
  });
});

describe('what the API server would refuse', () => {
  test('opens nothing', () => {
    const refused = [
      { port: 90, endPort: 80 },
      { port: 'http', endPort: 9000 },
      { endPort: 9000 },
      { port: 0 },
      { port: 65_536 },
      { port: '8080' },
      { protocol: 'tcp' as Protocol, port: 80 },
    ];
    for (const port of refused) expect(isNoPort(opened([port]))).toBe(true);
  });

  test('does not spoil the ports beside it', () => {
    expect(opened([{ endPort: 90 }, { port: 80 }])).toEqual(only('TCP', [80, 80]));
  });
});

describe('both ends', () => {
  test('only ports that both ends open are allowed', () => {
    const both = source({
      egress: [{ port: 80, endPort: 90 }, { protocol: 'UDP' }],
      ingress: [{ port: 85, endPort: 95 }, { port: 80 }, { protocol: 'SCTP' }],
    });
    expect(allowedPorts(both, client, server)).toEqual(only('TCP', [80, 80], [85, 90]));
  });

  test('ports that are open over either family add up', () => {
    const dual = (pod: PodParty) => ({ ...pod, addresses: ['10.1.2.3', 'fd00::3'] });
    const over = (cidr: string, port: number) => [
      ...source({ egress: [{ port }] }, [{ ipBlock: { cidr } }]).policiesIn('shop', client.labels),
    ];
    const both = policySet(new Map(), [...over('10.0.0.0/8', 80), ...over('fd00::/8', 90)]);
    expect(allowedPorts(both, dual(client), dual(server))).toEqual(only('TCP', [80, 80], [90, 90]));
  });

  test('every port is allowed where nothing isolates, and to the pod itself', () => {
    expect(allowedPorts(source({}), client, server)).toBe(everyPort);
    const self = { ...server, name: 'server-1' };
    expect(allowedPorts(source({ ingress: [{ port: 1 }] }), self, self)).toBe(everyPort);
  });

  test('the set says of each port what the judge says', () => {
    const both = source({
      egress: [{ port: 'http' }, { port: 1, endPort: 99 }],
      ingress: [{ protocol: 'TCP' }],
    });
    const set = allowedPorts(both, client, server);
    for (const port of [1, 99, 100, 8079, 8080, 8081, 65_535]) {
      expect(hasPort(set, port, 'TCP')).toBe(judge(both, client, server, port, 'TCP').allowed);
      expect(hasPort(set, port, 'UDP')).toBe(false);
    }
  });
});
