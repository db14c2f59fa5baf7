import { z } from 'zod';

/**
 * The AppConnectivity resource, `spec` side: the one source of the CRD (`hack/crd` writes
 * `crds/` from it) and of what `render` and the operator accept. Every string, list and map is
 * bounded, or the API server refuses the CEL rules for their cost (KEP-2876, cost budget).
 *
 * Rules that JSON Schema cannot say are `x-kubernetes-validations` (CEL) here and code in
 * `resource.ts`; a table test holds the two to the same answers on a real API server.
 */
const rules = (...pairs: readonly (readonly [rule: string, message: string])[]) => ({
  'x-kubernetes-validations': pairs.map(([rule, message]) => ({ rule, message })),
});

const labelKey = z.string().min(1).max(317);
const labelValue = z.string().max(63);

const requirement = z.strictObject({
  key: labelKey,
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(labelValue).max(32).optional(),
});

const selectorShape = {
  matchLabels: z.record(labelKey, labelValue).meta({ maxProperties: 32 }).optional(),
  matchExpressions: z.array(requirement).max(32).optional(),
};

const notEmpty = [
  '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
  'an empty selector matches everything; name at least one label',
] as const;

const labelSelector = z
  .strictObject(selectorShape)
  .meta({ ...rules(notEmpty), 'x-kubernetes-map-type': 'atomic' });

const objectName = z.string().min(1).max(253);
const namespaceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

const port = z
  .strictObject({
    port: z
      .union([z.int().min(1).max(65535), z.string().min(1).max(15)])
      .meta({ description: 'A number, or the name of a port.' }),
    endPort: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .meta({ description: 'Last port of a range that begins at port; only with a number.' }),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
  })
  .meta(
    rules(
      [
        'type(self.port) == string || (self.port >= 1 && self.port <= 65535)',
        'port must be 1 to 65535, or the name of a port',
      ],
      [
        "type(self.port) == int || self.port.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",
        'the name of a port has lower-case letters, digits and "-"',
      ],
      ['!has(self.endPort) || type(self.port) == int', 'endPort goes only with a port number'],
      [
        '!has(self.endPort) || type(self.port) == string || self.endPort >= self.port',
        'endPort must not be smaller than port',
      ],
    ),
  );

const block = z.string().min(1).max(49);

const cidr = z
  .strictObject({ block, except: z.array(block).min(1).max(32).optional() })
  .meta(
    rules(
      [
        'isCIDR(self.block) && cidr(self.block) == cidr(self.block).masked() && !self.block.startsWith("::ffff:")',
        'block must be a CIDR in canonical form, such as 203.0.113.0/24 or 2001:db8::/32',
      ],
      [
        '!has(self.except) || !isCIDR(self.block) || self.except.all(e, isCIDR(e) && cidr(self.block).containsCIDR(e) && cidr(e).prefixLength() > cidr(self.block).prefixLength())',
        'each except must be a CIDR inside block and smaller than it',
      ],
    ),
  );

const entities = [
  ...['Namespace', 'Cluster', 'Internet'],
  ...['KubeAPIServer', 'DNS', 'Nodes', 'Ingress', 'Monitoring'],
] as const;

/** The fields of an entry of which exactly one names the party. */
export const partyFields = [
  'service',
  'workload',
  'pods',
  'namespace',
  'cidr',
  'host',
  'entity',
  'nobody',
] as const;

const oneOf = (fields: readonly string[]) =>
  `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(x, x).size() == 1`;

const entry = z
  .strictObject({
    description: z.string().max(256).optional(),
    service: z.strictObject({ name: objectName, namespace: namespaceName.optional() }).optional(),
    workload: z
      .strictObject({
        kind: z.string().min(1).max(63),
        name: objectName,
        namespace: namespaceName.optional(),
      })
      .optional(),
    pods: z
      .strictObject({ selector: labelSelector, namespaceSelector: labelSelector.optional() })
      .optional(),
    namespace: z
      .strictObject({ name: namespaceName.optional(), selector: labelSelector.optional() })
      .meta(rules([oneOf(['name', 'selector']), 'give exactly one of name and selector']))
      .optional(),
    cidr: cidr.optional(),
    host: z.strictObject({ name: objectName }).optional(),
    entity: z.enum(entities).optional(),
    nobody: z.literal(true).optional(),
    ports: z.array(port).min(1).max(32).optional(),
  })
  .meta(
    rules(
      [oneOf(partyFields), `give exactly one of ${partyFields.join(', ')}`],
      ['!has(self.nobody) || !has(self.ports)', 'nobody takes no ports'],
    ),
  );

const entries = z
  .array(entry)
  .min(1)
  .max(256)
  .meta({
    ...rules([
      'self.size() == 1 || !self.exists(e, has(e.nobody))',
      'nobody stands alone: remove it, or remove the other entries',
    ]),
    'x-kubernetes-list-type': 'atomic',
  });

/** `spec` of an AppConnectivity resource. */
export const specSchema = z
  .strictObject({
    workload: z
      .strictObject({ kind: z.string().min(1).max(63), name: objectName })
      .optional()
      .meta({ description: 'The workload of this namespace that the resource speaks for.' }),
    selector: labelSelector
      .optional()
      .meta({ description: 'The pods of this namespace that the resource speaks for.' }),
    dns: z.enum(['Allow', 'Deny']).optional(),
    self: z.enum(['Allow', 'Deny']).optional(),
    talksTo: entries.optional(),
    acceptsFrom: entries.optional(),
  })
  .meta(
    rules(
      [oneOf(['workload', 'selector']), 'give exactly one of workload and selector'],
      [
        'has(self.talksTo) || has(self.acceptsFrom)',
        'it declares nothing: list someone in talksTo or acceptsFrom, or write nobody: true there',
      ],
    ),
  );

export type Spec = z.infer<typeof specSchema>;
export type SpecEntry = z.infer<typeof entry>;
export type SpecPort = z.infer<typeof port>;
