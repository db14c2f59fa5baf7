import { type BadResource, cart, entry, talksTo } from './resources.ts';

export const parties: readonly BadResource[] = [
  {
    wrong: 'nobody with others',
    spec: talksTo({ nobody: true }, cart),
    ours: ['spec.talksTo', 'nobody stands alone; remove it, or remove the other entries'],
  },
  {
    wrong: 'nobody with ports',
    spec: talksTo({ nobody: true, ports: [{ port: 80 }] }),
    ours: [`${entry}.ports`, 'nobody takes no ports; remove them'],
  },
  {
    wrong: 'nobody: false',
    spec: talksTo({ nobody: false }),
    server: 'spec.talksTo[0].nobody: Unsupported value: false: supported values: "true"',
    ours: [`${entry}.nobody`, 'write nobody: true, or leave it out'],
  },
  {
    wrong: 'two parties in one entry',
    spec: talksTo({ ...cart, entity: 'Cluster' }),
    server: 'an entry names one party, this one several; write an entry for each',
    ours: [
      entry,
      'an entry names one party, this one several (service, entity); write an entry for each',
    ],
  },
  {
    wrong: 'no party in an entry',
    spec: talksTo({ description: 'to be decided' }),
    ours: [
      entry,
      'an entry names one party, this one none; set one of service, workload, pods, namespace, cidr, host, entity, nobody',
    ],
  },
  {
    wrong: 'an unknown party',
    spec: talksTo({ svc: { name: 'cart' } }),
    server: 'strict decoding error: unknown field "spec.talksTo[0].svc"',
    ours: [`${entry}.svc`, 'there is no field "svc"; there are description, service, workload,'],
  },
  {
    wrong: 'an entity in lower case',
    spec: talksTo({ entity: 'internet' }),
    server: 'spec.talksTo[0].entity: Unsupported value: "internet": supported values: "Namespace"',
    ours: [
      `${entry}.entity`,
      '"internet" is not one of Namespace, Cluster, Internet, KubeAPIServer, DNS, Nodes, Ingress, Monitoring; did you mean Internet?',
    ],
  },
  {
    wrong: 'a namespace by name and selector',
    spec: talksTo({ namespace: { name: 'a', selector: { matchLabels: { a: 'b' } } } }),
    ours: [`${entry}.namespace`, 'a namespace is given by exactly one of name and selector'],
  },
  {
    wrong: 'a host that is a URL',
    spec: talksTo({ host: { name: 'https://api.stripe.com' } }),
    ours: [
      `${entry}.host.name`,
      'a host is a DNS name in lower case with a dot in it, without scheme, port or path, such as api.stripe.com',
    ],
  },
  {
    wrong: 'a host without a dot',
    spec: talksTo({ host: { name: 'stripe' } }),
    ours: [
      `${entry}.host.name`,
      'a host is a DNS name in lower case with a dot in it, without scheme, port or path, such as api.stripe.com',
    ],
  },
  {
    wrong: 'a wildcard for a host',
    spec: talksTo({ host: { name: '*.stripe.com' } }),
    ours: [`${entry}.host.name`, 'a host is a DNS name in lower case with a dot in it'],
  },
  {
    wrong: 'a named port of a host',
    spec: talksTo({ host: { name: 'api.stripe.com' }, ports: [{ port: 'https' }] }),
    ours: [
      `${entry}.ports`,
      'only pods have port names; for addresses write the number of the port',
    ],
  },
  {
    wrong: 'a named port of the API server',
    spec: talksTo({ entity: 'KubeAPIServer', ports: [{ port: 'https' }] }),
    ours: [
      `${entry}.ports`,
      'only pods have port names; for addresses write the number of the port',
    ],
  },
  ...[{ cidr: { block: '203.0.113.0/24' } }, { entity: 'Internet' }, { entity: 'Nodes' }].map(
    (party) => ({
      wrong: `a named port of ${JSON.stringify(party)}`,
      spec: talksTo({ ...party, ports: [{ port: 443 }, { port: 'https' }] }),
      ours: [
        `${entry}.ports`,
        'only pods have port names; for addresses write the number of the port',
      ] as const,
    }),
  ),
  {
    wrong: 'nodes without a port',
    spec: talksTo(cart, { entity: 'Nodes' }),
    ours: ['spec.talksTo', 'nodes have no ports of their own; list the ports that are meant'],
  },
  {
    wrong: 'a host that is an address',
    spec: talksTo({ host: { name: '203.0.113.7' } }),
    ours: [
      `${entry}.host.name`,
      'this is an address, not a DNS name; write it as cidr: {block: …}',
    ],
  },
];

const nameRule =
  'a name has lower-case letters, digits, "-" and ".", and begins and ends with a letter or digit';
export const names: readonly BadResource[] = [
  ...['Cart', 'kärt', 'cart_1', '-cart', 'cart.', '', '購物車', 'cart\nevil'].map((name) => ({
    wrong: `a Service called ${JSON.stringify(name)}`,
    spec: talksTo({ service: { name } }),
    ours: [`${entry}.service.name`, nameRule] as const,
  })),
  {
    wrong: 'a name of 254 characters',
    spec: talksTo({ service: { name: 'a'.repeat(254) } }),
    server: 'spec.talksTo[0].service.name: Too long: may not be more than 253 bytes',
    ours: [`${entry}.service.name`, 'it must be at most 253 characters; this is 254'],
  },
  {
    wrong: 'a name that is a number',
    spec: talksTo({ service: { name: 5 } }),
    server: 'spec.talksTo[0].service.name in body must be of type string: "integer"',
    ours: [`${entry}.service.name`, '5 must be a string; write "5", with the quotes'],
  },
  {
    wrong: 'no name',
    spec: talksTo({ service: {} }),
    server: 'spec.talksTo[0].service.name: Required value',
    ours: [`${entry}.service.name`, 'it is missing; it must be a string'],
  },
  {
    wrong: 'a namespace with a dot',
    spec: talksTo({ service: { name: 'cart', namespace: 'a.b' } }),
    ours: [
      `${entry}.service.namespace`,
      'a namespace has lower-case letters, digits and "-", and begins and ends with a letter or digit',
    ],
  },
  {
    wrong: 'a kind in lower case',
    spec: { workload: { kind: 'deployment', name: 'checkout' }, talksTo: [cart] },
    ours: [
      'spec.workload.kind',
      'a kind is written as in its manifest, such as Deployment, StatefulSet or DaemonSet',
    ],
  },
];
