import { z } from 'zod';
import { nameProblem, namespaceNameProblem } from '../intent/entry.ts';
import { quote } from '../intent/explain.ts';

/**
 * The parts of Kubernetes objects that the stages read; everything else is dropped as an object is
 * read, so that memory holds records and not manifests. Null counts as absent, as in the API.
 */
export const texts = z.record(z.string(), z.string()).nullish();
export const strings = z.array(z.string()).nullish();

/** Names are parts of keys, which are split on `/`: what Kubernetes refuses must not become one. */
function named(what: string, problemOf: (name: string) => string | undefined) {
  return z.string().superRefine((name, context) => {
    const problem = problemOf(name);
    if (problem === undefined) return;
    const message = name === '' ? problem : `${quote(name)} is no ${what}: ${problem}`;
    context.addIssue({ code: 'custom', message });
  });
}

export const objectName = named('name', nameProblem);
export const namespaceName = named('namespace', namespaceNameProblem);
const namespaceOrNone = named('namespace', (name) =>
  name === '' ? undefined : namespaceNameProblem(name),
);

export const metadata = z.object({
  name: objectName,
  namespace: namespaceOrNone.nullish(),
  uid: z.string().nullish(),
  generation: z.number().nullish(),
  resourceVersion: z.string().nullish(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  labels: texts,
  annotations: texts,
});

/** Of an object that another one may have made. */
export const ownedMetadata = metadata.extend({
  ownerReferences: z
    .array(
      z.object({
        apiVersion: z.string().nullish(),
        kind: z.string(),
        name: z.string(),
        controller: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

const requirement = z.object({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: strings,
});

export const labelSelector = z.object({
  matchLabels: texts,
  matchExpressions: z.array(requirement).nullish(),
});

export const protocol = z.enum(['TCP', 'UDP', 'SCTP']);
export const portNumber = z.int().min(1).max(65535);

const container = z.object({
  command: z.unknown().optional(),
  args: z.unknown().optional(),
  ports: z
    .array(
      z.object({
        name: z.string().nullish(),
        containerPort: portNumber,
        protocol: protocol.nullish(),
      }),
    )
    .nullish(),
});

export const podSpec = z.object({
  hostNetwork: z.boolean().nullish(),
  dnsPolicy: z.string().nullish(),
  dnsConfig: z.object({ nameservers: strings }).nullish(),
  containers: z.array(container).nullish(),
  initContainers: z.array(container.extend({ restartPolicy: z.string().nullish() })).nullish(),
});

/** Of what objects are made from; it has no name of its own. */
export const metadataOfTemplate = metadata.pick({ labels: true, annotations: true }).nullish();

export const podTemplate = z.object({
  metadata: metadataOfTemplate,
  spec: podSpec.nullish(),
});

export const ownedObject = z.object({ metadata: ownedMetadata });
export const jobSpec = z.object({ manualSelector: z.boolean().nullish() });

export const serviceObject = z.object({
  metadata,
  spec: z
    .object({
      type: z.string().nullish(),
      selector: texts,
      clusterIP: z.string().nullish(),
      clusterIPs: strings,
      ports: z
        .array(
          z.object({
            name: z.string().nullish(),
            protocol: protocol.nullish(),
            port: portNumber,
            targetPort: z.union([portNumber, z.literal(0), z.string()]).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

export const namespaceObject = z.object({ metadata: metadata.extend({ name: namespaceName }) });
export const resourceObject = z.object({
  metadata,
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});
export const nodeObject = z.object({
  metadata,
  spec: z.object({ podCIDR: z.string().nullish(), podCIDRs: strings }).nullish(),
  status: z
    .object({
      addresses: z
        .array(z.object({ type: z.string().nullish(), address: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});
export const serviceCidrObject = z.object({
  metadata,
  spec: z.object({ cidrs: strings }).nullish(),
});

const rulePorts = z
  .array(
    z.object({
      protocol: protocol.nullish(),
      port: z.union([z.int(), z.string()]).nullish(),
      endPort: z.int().nullish(),
    }),
  )
  .nullish();

const rulePeers = z
  .array(
    z.object({
      podSelector: labelSelector.nullish(),
      namespaceSelector: labelSelector.nullish(),
      ipBlock: z.object({ cidr: z.string(), except: strings }).nullish(),
    }),
  )
  .nullish();

export const policyObject = z.object({
  metadata: metadata.extend({
    managedFields: z
      .array(
        z.object({
          manager: z.string().nullish(),
          operation: z.string().nullish(),
          fieldsV1: z.unknown().optional(),
        }),
      )
      .nullish(),
  }),
  spec: z
    .object({
      podSelector: labelSelector.nullish(),
      policyTypes: z.array(z.enum(['Ingress', 'Egress'])).nullish(),
      ingress: z.array(z.object({ from: rulePeers, ports: rulePorts })).nullish(),
      egress: z.array(z.object({ to: rulePeers, ports: rulePorts })).nullish(),
    })
    .nullish(),
});

export type ManagedFields = NonNullable<z.infer<typeof policyObject>['metadata']['managedFields']>;
export type Metadata = z.infer<typeof metadata>;
export type OwnedMetadata = z.infer<typeof ownedMetadata>;
export type RawPodSpec = z.infer<typeof podSpec>;
export type RawContainer = z.infer<typeof container>;
