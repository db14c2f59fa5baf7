import { stringify } from 'yaml';
import { specSchema } from '../../src/core/intent/schema.ts';
import { statusSchema } from '../../src/core/status/schema.ts';
import { type Node, toStructural } from './structural.ts';

const heading = `# Generated from src/core/intent/schema.ts and src/core/status/schema.ts by
# "node hack/crd/generate.ts"; a test fails when they differ. Needs Kubernetes 1.31 or newer.
`;

/** The CustomResourceDefinition as YAML text; the same schema gives the same bytes. */
export function writeDefinition(): string {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'appconnectivities.appconnectivity.dev' },
    spec: {
      group: 'appconnectivity.dev',
      scope: 'Namespaced',
      names: {
        kind: 'AppConnectivity',
        listKind: 'AppConnectivityList',
        plural: 'appconnectivities',
        singular: 'appconnectivity',
        shortNames: ['appconn'],
        categories: ['connectivity'],
      },
      versions: [describeVersion()],
    },
  };
  return heading + stringify(definition, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function describeVersion(): Node {
  return {
    name: 'v1alpha1',
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: [
      column('Workload', '.spec.workload.name'),
      column('Selector', '.spec.selector.matchLabels', { priority: 1 }),
      column('Ready', '.status.conditions[?(@.type=="Ready")].status'),
      column('Summary', '.status.summary'),
      column('Reason', '.status.conditions[?(@.type=="Ready")].reason'),
      column('Age', '.metadata.creationTimestamp', { type: 'date' }),
    ],
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description:
          'Says who the pods of a workload, or those that a selector matches, talk to and accept connections from. The operator keeps exactly the matching NetworkPolicies.',
        required: ['spec'],
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec: toStructural(specSchema),
          status: toStructural(statusSchema),
        },
      },
    },
  };
}

function column(name: string, jsonPath: string, more: Node = {}): Node {
  return { name, type: 'string', jsonPath, ...more };
}
