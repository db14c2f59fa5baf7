import { bySelector, cart, talksTo, toBlock, toCart, workload } from './resources.ts';

const many = Array.from({ length: 256 }, (_, index) => ({ service: { name: `s${index}` } }));

/** Resources that both sides accept. */
export const goodResources: readonly (readonly [what: string, spec: unknown])[] = [
  [
    'nobody in both directions',
    { workload, talksTo: [{ nobody: true }], acceptsFrom: [{ nobody: true }] },
  ],
  [
    'pods of the namespace by labels',
    bySelector({ matchLabels: { app: 'a', 'example.com/tier': '' } }),
  ],
  [
    'a selector with expressions',
    bySelector({ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }),
  ],
  ['dns and self denied', { ...talksTo(cart), dns: 'Deny', self: 'Deny' }],
  [
    'automatic allowances denied',
    { ...talksTo(cart), auto: { routes: 'Deny', metrics: 'Allow', webhooks: 'Deny' } },
  ],
  ['a host', talksTo({ host: { name: 'api.stripe.com' }, ports: [{ port: 443 }] })],
  ...['Job', 'CronJob', 'Rollout'].map(
    (kind) => [`a ${kind}`, talksTo({ workload: { kind, name: 'a' } })] as const,
  ),
  ['a resource about a CronJob', { workload: { kind: 'CronJob', name: 'a' }, talksTo: [cart] }],
  [
    'sources without ports, as all of its own are meant',
    { workload, acceptsFrom: [{ entity: 'Nodes' }, { entity: 'KubeAPIServer' }] },
  ],
  [
    'sources that are addresses, on a port of its own by name',
    {
      workload,
      acceptsFrom: [
        { cidr: { block: '203.0.113.0/24' } },
        { host: { name: 'api.stripe.com' } },
        ...['Internet', 'KubeAPIServer', 'Nodes'].map((entity) => ({ entity })),
      ].map((party) => ({ ...party, ports: [{ port: 'https' }] })),
    },
  ],
  ['a name of 253 characters', talksTo({ service: { name: 'a'.repeat(253) } })],
  [
    'a name with dots, in another namespace',
    talksTo({ service: { name: 'my.app', namespace: 'billing' } }),
  ],
  ['a workload', talksTo({ workload: { kind: 'StatefulSet', name: 'redis-cart' } })],
  [
    'pods of other namespaces',
    talksTo({
      pods: {
        selector: { matchLabels: { tier: 'api' } },
        namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
      },
    }),
  ],
  ['a namespace by name', talksTo({ namespace: { name: 'monitoring' } })],
  ['namespaces by labels', talksTo({ namespace: { selector: { matchLabels: { team: 'a' } } } })],
  ...['Namespace', 'Cluster', 'Internet', 'KubeAPIServer', 'Nodes'].map(
    (entity) => [`the entity ${entity}`, talksTo({ entity, ports: [{ port: 443 }] })] as const,
  ),
  ...['DNS', 'Ingress', 'Monitoring', 'KubeAPIServer'].map(
    (entity) => [`the entity ${entity} on its own ports`, talksTo({ entity })] as const,
  ),
  ...['0.0.0.0/0', '::/0', '203.0.113.7/32', '2001:db8::/32', '64:ff9b::/96', '1:2:0:4::/64'].map(
    (block) => [`the block ${block}`, toBlock(block)] as const,
  ),
  ['an except', toBlock('203.0.113.0/24', '203.0.113.9/32', '203.0.113.128/25')],
  ['an except of IPv6', toBlock('2001:db8::/32', '2001:db8:1::/48')],
  [
    'ports in every form',
    toCart(
      { port: 1 },
      { port: 65535, protocol: 'SCTP' },
      { port: 'http' },
      { port: 8000, endPort: 8100 },
      { port: 80, endPort: 80 },
    ),
  ],
  ...['a', '8x', 'http-alt2', '1-a', 'abcdefghijklmno'].map(
    (name) => [`the port name ${name}`, toCart({ port: name })] as const,
  ),
  ['unicode in a description', talksTo({ ...cart, description: 'für die Kasse 🛒' })],
  ['as many entries as there may be', { workload, talksTo: many, acceptsFrom: many }],
];

/** The biggest spec that the server takes: its rules must not run out of their budget. */
function biggest(): unknown {
  const ports = Array.from({ length: 32 }, (_, index) => ({ port: index + 1, endPort: 60000 }));
  const except = Array.from({ length: 32 }, (_, index) => `10.${index}.0.0/16`);
  const entries = Array.from({ length: 256 }, () => ({
    cidr: { block: '10.0.0.0/8', except },
    ports,
  }));
  return { workload, talksTo: entries, acceptsFrom: entries };
}

/**
 * What the API server accepts and we answer with a finding: what the configuration decides, and what
 * CEL cannot look at within its budget.
 */
export const goodForServerOnly: readonly (readonly [what: string, spec: unknown, code: string])[] =
  [
    [
      'a kind that is not configured',
      talksTo({ workload: { kind: 'Pod', name: 'a' } }),
      'KindNotRead',
    ],
    [
      'a kind that there is not',
      talksTo({ workload: { kind: 'Gizmo', name: 'a' } }),
      'InvalidField',
    ],
    [
      "a host that is the cluster's own",
      talksTo({ host: { name: 'cart.shop.svc.cluster.local' } }),
      'InvalidField',
    ],
    ['an entry that stands there twice', talksTo(cart, cart), 'RepeatedEntry'],
    ['a kind with a typo', talksTo({ workload: { kind: 'Deploymnt', name: 'a' } }), 'InvalidField'],
    [
      'a label key that is longer than labels have it',
      bySelector({ matchLabels: { ['a'.repeat(64)]: 'a' } }),
      'InvalidField',
    ],
    ['a label key with a space', bySelector({ matchLabels: { 'my app': 'a' } }), 'InvalidField'],
    ['more than 16 KiB of each direction', biggest(), 'TextTooLong'],
    ['a null that the server prunes', toCart({ port: 80, endPort: null }), 'InvalidField'],
  ];
