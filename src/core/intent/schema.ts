import { z } from 'zod';
import {
  cidr,
  hostName,
  kindName,
  labelSelector,
  namespaceName,
  objectName,
  port,
} from './fields.ts';
import { countFields, refuseEmpty, refuseNulls, withRules } from './rule.ts';

/**
 * The AppConnectivity resource, `spec` side: the one source of the CRD (`hack/crd` writes `crds/`
 * from it) and of what `render` and the operator accept. What JSON Schema cannot say is a rule,
 * in CEL and in code side by side.
 *
 * `nullable` stands where an absent field allows more than a given one. zod refuses the null; the
 * API server would prune it without a word, so there a rule refuses it (`refuseNulls`).
 */

const entities = [
  ...['Namespace', 'Cluster', 'Internet'],
  ...['KubeAPIServer', 'DNS', 'Nodes', 'Ingress', 'Monitoring'],
] as const;

/** The fields of an entry of which exactly one names the party. */
const partyFields = [
  'service',
  'workload',
  'pods',
  'namespace',
  'cidr',
  'host',
  'entity',
  'nobody',
] as const;

const entryFields = ['description', ...partyFields, 'ports'];
const ofNamespace = namespaceName
  .optional()
  .meta({ ...namespaceName.meta(), description: "Without it, the resource's own namespace." });

const entryShape = z.strictObject({
  description: z.string().max(256).optional().meta({ description: 'Why; for people.' }),
  service: z
    .strictObject({ name: objectName, namespace: ofNamespace })
    .optional()
    .meta({ description: 'The workloads behind a Service.' }),
  workload: z
    .strictObject({ kind: kindName, name: objectName, namespace: ofNamespace })
    .optional()
    .meta({ description: 'A workload, by the kind and name of its object.' }),
  pods: z
    .strictObject({ selector: labelSelector, namespaceSelector: labelSelector.optional() })
    .optional()
    .meta({
      description:
        "Pods by their labels; without namespaceSelector, those of the resource's own namespace.",
    }),
  namespace: withRules(
    z.strictObject({ name: namespaceName.optional(), selector: labelSelector.optional() }),
    {
      cel: `${countFields(['name', 'selector'])} == 1`,
      holds: ({ name, selector }) => (name === undefined) !== (selector === undefined),
      message: 'a namespace is given by exactly one of name and selector',
    },
  )
    .optional()
    .meta({ description: 'Every pod of one namespace, or of those with some labels.' }),
  cidr: cidr.optional().meta({ description: 'Addresses outside the cluster.' }),
  host: z
    .strictObject({ name: hostName })
    .optional()
    .meta({ description: 'A DNS name outside the cluster, by the addresses that it has.' }),
  entity: z.enum(entities).optional().meta({
    description:
      'A party that every cluster has. Namespace: every pod of this namespace; Cluster: every pod; Internet: public addresses. The others are configured or detected.',
  }),
  nobody: z
    .literal(true, { error: 'write nobody: true, or leave it out' })
    .optional()
    .meta({ description: 'Alone in its list: this direction is closed, whatever others say.' }),
  ports: withRules(
    z.array(port).max(32),
    refuseEmpty('ports is empty; list a port, or leave it out to mean every declared port'),
  )
    .optional()
    .meta({
      nullable: true,
      description:
        "In talksTo the port in the app's own URL, in acceptsFrom the workload's own port. Without it, every port that is declared.",
    }),
});

function meansAddresses(entity: (typeof entities)[number] | undefined): boolean {
  return entity === 'Internet' || entity === 'KubeAPIServer' || entity === 'Nodes';
}

type EntryShape = z.output<typeof entryShape>;

function listGiven(entry: EntryShape): string[] {
  return partyFields.filter((field) => entry[field] !== undefined);
}

const entry = withRules(
  entryShape,
  {
    cel: `${countFields(partyFields)} > 0`,
    holds: (entry) => listGiven(entry).length > 0,
    message: `an entry names one party, this one none; set one of ${partyFields.join(', ')}`,
  },
  {
    cel: `${countFields(partyFields)} < 2`,
    holds: (entry) => listGiven(entry).length < 2,
    message: 'an entry names one party, this one several; write an entry for each',
    detail: {
      say: (entry) =>
        `an entry names one party, this one several (${listGiven(entry).join(', ')}); write an entry for each`,
    },
  },
  {
    cel: '!has(self.nobody) || !has(self.ports)',
    holds: ({ nobody, ports }) => nobody === undefined || ports === undefined,
    message: 'nobody takes no ports; remove them',
    field: 'ports',
  },
  refuseNulls(entryFields, ['ports']),
);

/** In acceptsFrom the port is the workload's own, whoever is the source. */
const talksToEntry = withRules(entry, {
  cel: "!has(self.ports) || !(has(self.cidr) || has(self.host) || (has(self.entity) && self.entity in ['Internet', 'KubeAPIServer', 'Nodes'])) || self.ports.all(each, type(each.port) == int)",
  holds: ({ cidr, host, entity, ports = [] }) =>
    (cidr === undefined && host === undefined && !meansAddresses(entity)) ||
    ports.every(({ port }) => typeof port === 'number'),
  message: 'only pods have port names; for addresses write the number of the port',
  field: 'ports',
});

function listOf(each: typeof entry) {
  return withRules(
    z.array(each).max(256),
    refuseEmpty('the list is empty; list a party, or write nobody: true'),
    {
      cel: 'size(self) < 2 || !self.exists(each, has(each.nobody))',
      holds: (list) => list.length < 2 || list.every(({ nobody }) => nobody === undefined),
      message: 'nobody stands alone; remove it, or remove the other entries',
    },
  );
}

const acceptsFrom = listOf(entry);

function directionField(list: typeof acceptsFrom, description: string) {
  return list.optional().meta({ ...list.meta(), nullable: true, description });
}

const talksTo = withRules(listOf(talksToEntry), {
  cel: "self.all(each, !has(each.entity) || each.entity != 'Nodes' || has(each.ports))",
  holds: (list) => list.every(({ entity, ports }) => entity !== 'Nodes' || ports !== undefined),
  message: 'nodes have no ports of their own; list the ports that are meant',
});

const switches = z.enum(['Allow', 'Deny']).optional();

/** `spec` of an AppConnectivity resource. */
export const specSchema = withRules(
  z.strictObject({
    workload: z
      .strictObject({ kind: kindName, name: objectName })
      .optional()
      .meta({ description: 'The workload of this namespace that the resource speaks for.' }),
    selector: labelSelector.optional().meta({
      ...labelSelector.meta(),
      description: 'The pods of this namespace that the resource speaks for.',
    }),
    dns: switches.meta({
      nullable: true,
      description:
        "Deny: no automatic access to the cluster's DNS. Of several declarations, Deny wins.",
    }),
    self: switches.meta({
      nullable: true,
      description: 'Deny: replicas may not reach one another. Of several declarations, Deny wins.',
    }),
    auto: z
      .strictObject({
        routes: switches.meta({
          nullable: true,
          description: 'Deny: no automatic access for those who serve Ingresses and routes.',
        }),
        metrics: switches.meta({
          nullable: true,
          description: 'Deny: no automatic access for monitoring that scrapes metrics.',
        }),
        webhooks: switches.meta({
          nullable: true,
          description: 'Deny: no automatic access for the API server to admission webhooks.',
        }),
      })
      .optional()
      .meta({
        nullable: true,
        description: 'Automatic allowances that are switched off. Of several, Deny wins.',
      }),
    talksTo: directionField(talksTo, 'To whom these pods connect.'),
    acceptsFrom: directionField(acceptsFrom, 'Who may connect to these pods.'),
  }),
  {
    cel: '!has(self.workload) || !has(self.selector)',
    holds: ({ workload, selector }) => workload === undefined || selector === undefined,
    message: 'workload and selector are both set; keep one of them',
  },
  {
    cel: 'has(self.workload) || has(self.selector)',
    holds: ({ workload, selector }) => workload !== undefined || selector !== undefined,
    message: 'it speaks for nobody; set workload: {kind: …, name: …}, or a selector',
  },
  {
    cel: 'has(self.talksTo) || has(self.acceptsFrom)',
    holds: ({ talksTo, acceptsFrom }) => talksTo !== undefined || acceptsFrom !== undefined,
    message: 'it declares nothing; list a party in talksTo or acceptsFrom, or write nobody: true',
  },
  refuseNulls(
    ['workload', 'selector', 'dns', 'self', 'auto', 'talksTo', 'acceptsFrom'],
    ['auto', 'talksTo', 'acceptsFrom'],
  ),
);

export type Spec = z.infer<typeof specSchema>;
export type SpecEntry = z.infer<typeof entry>;
export type SpecPort = z.infer<typeof port>;
