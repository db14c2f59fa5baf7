import { type BadResource, bySelector, cart, entry, talksTo, workload } from './resources.ts';

export const whole: readonly BadResource[] = [
  {
    wrong: 'both workload and selector',
    spec: { workload, selector: { matchLabels: { app: 'a' } }, talksTo: [cart] },
    ours: ['spec', 'workload and selector are both set; keep one of them'],
  },
  {
    wrong: 'neither workload nor selector',
    spec: { talksTo: [cart] },
    ours: ['spec', 'it speaks for nobody; set workload: {kind: …, name: …}, or a selector'],
  },
  {
    wrong: 'neither direction',
    spec: { workload },
    ours: [
      'spec',
      'it declares nothing; list a party in talksTo or acceptsFrom, or write nobody: true',
    ],
  },
  {
    wrong: 'an empty list',
    spec: { workload, acceptsFrom: [] },
    ours: ['spec.acceptsFrom', 'the list is empty; list a party, or write nobody: true'],
  },
  {
    wrong: 'a list that is a string',
    spec: { workload, talksTo: 'cart' },
    server: 'spec.talksTo in body must be of type array: "string"',
    ours: ['spec.talksTo', '"cart" must be a list'],
  },
  {
    wrong: 'an entry that is a string',
    spec: talksTo('cart'),
    server: 'spec.talksTo[0] in body must be of type object: "string"',
    ours: [entry, '"cart" must be an object with fields'],
  },
  {
    wrong: '257 entries',
    spec: talksTo(...Array.from({ length: 257 }, () => cart)),
    server: 'spec.talksTo: Too many: 257: must have at most 256 items',
    ours: ['spec.talksTo', 'it must be at most 256 entries; this is 257'],
  },
  {
    wrong: 'dns: deny in lower case',
    spec: { ...talksTo(cart), dns: 'deny' },
    server: 'spec.dns: Unsupported value: "deny": supported values: "Allow", "Deny"',
    ours: ['spec.dns', '"deny" is not one of Allow, Deny; did you mean Deny?'],
  },
  {
    wrong: 'auto as the annotation has it',
    spec: { ...talksTo(cart), auto: 'deny' },
    server: 'spec.auto in body must be of type object: "string"',
    ours: ['spec.auto', '"deny" must be an object with fields'],
  },
  {
    wrong: 'an automatic allowance that there is not',
    spec: { ...talksTo(cart), auto: { dns: 'Deny' } },
    server: 'strict decoding error: unknown field "spec.auto.dns"',
    ours: ['spec.auto.dns', 'there is no field "dns"; there are routes, metrics, webhooks'],
  },
  {
    wrong: 'an unknown field',
    spec: { ...talksTo(cart), acceptFrom: [cart] },
    server: 'strict decoding error: unknown field "spec.acceptFrom"',
    ours: ['spec.acceptFrom', 'there is no field "acceptFrom"; did you mean acceptsFrom?'],
  },
];

const emptied = 'as a template that renders nothing leaves it; fill it or leave it out';
export const nulls: readonly BadResource[] = [
  {
    wrong: 'acceptsFrom: null beside talksTo',
    spec: { ...talksTo(cart), acceptsFrom: null },
    server: `spec: Invalid value: auto or talksTo or acceptsFrom is null, ${emptied}`,
    ours: ['spec.acceptsFrom', `it is null, ${emptied}`],
  },
  {
    wrong: 'acceptsFrom: null alone',
    spec: { workload, acceptsFrom: null },
    server: 'it declares nothing; list a party in talksTo or acceptsFrom',
    ours: ['spec.acceptsFrom', `it is null, ${emptied}`],
  },
  {
    wrong: 'ports: null, which would be every port',
    spec: talksTo({ ...cart, ports: null }),
    server: `spec.talksTo[0]: Invalid value: ports is null, ${emptied}`,
    ours: [`${entry}.ports`, `it is null, ${emptied}`],
  },
  {
    wrong: 'except: null, which would be the whole block',
    spec: talksTo({ cidr: { block: '203.0.113.0/24', except: null } }),
    server: `spec.talksTo[0].cidr: Invalid value: except is null, ${emptied}`,
    ours: [`${entry}.cidr.except`, `it is null, ${emptied}`],
  },
  {
    wrong: 'matchLabels: null beside matchExpressions',
    spec: bySelector({ matchLabels: null, matchExpressions: [{ key: 'a', operator: 'Exists' }] }),
    server: `spec.selector: Invalid value: matchLabels or matchExpressions is null, ${emptied}`,
    ours: ['spec.selector.matchLabels', `it is null, ${emptied}`],
  },
  {
    wrong: 'auto: null, which would allow all of it',
    spec: { ...talksTo(cart), auto: null },
    server: `spec: Invalid value: auto or talksTo or acceptsFrom is null, ${emptied}`,
    ours: ['spec.auto', `it is null, ${emptied}`],
  },
  {
    wrong: 'auto.routes: null, which would be Allow',
    spec: { ...talksTo(cart), auto: { routes: null } },
    server: 'spec.auto.routes: Unsupported value: null: supported values: "Allow", "Deny"',
    ours: ['spec.auto.routes', 'null is not one of Allow, Deny'],
  },
  {
    wrong: 'dns: null, which would be Allow',
    spec: { ...talksTo(cart), dns: null },
    server: 'spec.dns: Unsupported value: null: supported values: "Allow", "Deny"',
    ours: ['spec.dns', 'null is not one of Allow, Deny'],
  },
];

const noEmptySelector = 'an empty selector matches everything; name at least one label';
export const selectors: readonly BadResource[] = [
  ...[{}, { matchLabels: {} }, { matchExpressions: [] }].map((selector) => ({
    wrong: `the empty selector ${JSON.stringify(selector)}`,
    spec: bySelector(selector),
    ours: ['spec.selector', noEmptySelector] as const,
  })),
  {
    wrong: 'an empty selector of pods',
    spec: talksTo({ pods: { selector: {} } }),
    ours: [`${entry}.pods.selector`, noEmptySelector],
  },
  {
    wrong: 'an empty selector of namespaces',
    spec: talksTo({ pods: { selector: { matchLabels: { a: 'b' } }, namespaceSelector: {} } }),
    ours: [`${entry}.pods.namespaceSelector`, noEmptySelector],
  },
  {
    wrong: 'a namespace by an empty selector',
    spec: talksTo({ namespace: { selector: {} } }),
    ours: [`${entry}.namespace.selector`, noEmptySelector],
  },
  {
    wrong: 'a label value with a space',
    spec: bySelector({ matchLabels: { app: 'my app' } }),
    server: "spec.selector.matchLabels.app in body should match '^([A-Za-z0-9]",
    ours: [
      'spec.selector.matchLabels.app',
      'a label value has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
    ],
  },
  {
    wrong: 'a label value that is a number',
    spec: bySelector({ matchLabels: { app: 5 } }),
    server: 'spec.selector.matchLabels.app in body must be of type string: "integer"',
    ours: ['spec.selector.matchLabels.app', '5 must be a string; write "5", with the quotes'],
  },
  {
    wrong: '33 labels',
    spec: bySelector({
      matchLabels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 'v'])),
    }),
    server: 'spec.selector.matchLabels: Too many: 33: must have at most 32 items',
    ours: ['spec.selector.matchLabels', 'at most 32 labels, each key at most 317 characters'],
  },
  ...['In', 'Exists'].map((operator) => ({
    wrong: `${operator} with the wrong number of values`,
    spec: bySelector({
      matchExpressions: [{ key: 'a', operator, ...(operator === 'Exists' && { values: ['x'] }) }],
    }),
    ours: [
      'spec.selector.matchExpressions[0].values',
      'In and NotIn need at least one of values; Exists and DoesNotExist take none',
    ] as const,
  })),
  {
    wrong: 'a label key with a prefix that is too long',
    spec: bySelector({ matchLabels: { [`${'a'.repeat(254)}/app`]: 'web' } }),
    ours: ['spec.selector.matchLabels', 'the prefix of a label key has at most 253 characters'],
  },
  {
    wrong: 'a label key of an expression with a prefix that is too long',
    spec: bySelector({
      matchExpressions: [{ key: `${'a'.repeat(254)}/app`, operator: 'Exists' }],
    }),
    ours: [
      'spec.selector.matchExpressions[0].key',
      'the prefix of a label key has at most 253 characters',
    ],
  },
];
