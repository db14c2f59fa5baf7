import type { Unit } from '../src/core/inventory/inventory.ts';
import { namespaceNameLabel } from '../src/core/model/names.ts';
import type { NetworkPolicy, PolicyPeer, PolicySpec } from '../src/core/model/policy.ts';

const perNamespace = 50;

function namespaceOf(index: number): string {
  return `ns${Math.floor(index / perNamespace)}`;
}

/** A workload of its number: 50 share a namespace. */
export function unitOf(index: number): Unit {
  const name = `app${index}`;
  return {
    ...{ kind: 'Template', of: 'Deployment', namespace: namespaceOf(index), name },
    labels: { app: name, tier: `tier${index % 5}`, 'app.kubernetes.io/part-of': 'shop' },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    ...{ hostNetwork: false, owner: undefined, selector: { matchLabels: { app: name } } },
  };
}

/** Who may come in, with a block; and where it may go, with all pods of a label anywhere. */
export function policiesOf(index: number, size: number): NetworkPolicy[] {
  const near = (distance: number) => peerOf((index + distance + size) % size);
  const port = { port: 'http', protocol: 'TCP' } as const;
  const block = { ipBlock: { cidr: '10.0.0.0/8', except: ['10.96.0.0/12'] } };
  const ingress = [{ from: [near(1), near(2), near(perNamespace), block], ports: [port] }];
  const anywhere = { namespaceSelector: {}, podSelector: { matchLabels: { tier: 'tier0' } } };
  const egress = [{ to: [near(-1), near(-2), near(-perNamespace)] }, { to: [anywhere] }];
  return [
    policyOf(index, 'in', { policyTypes: ['Ingress'], ingress }),
    policyOf(index, 'out', { policyTypes: ['Egress'], egress }),
  ];
}

function peerOf(index: number): PolicyPeer {
  return {
    namespaceSelector: { matchLabels: { [namespaceNameLabel]: namespaceOf(index) } },
    podSelector: { matchLabels: { app: `app${index}` } },
  };
}

function policyOf(index: number, name: string, spec: PolicySpec): NetworkPolicy {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: namespaceOf(index), name: `app${index}-${name}` },
    spec: { podSelector: { matchLabels: { app: `app${index}` } }, ...spec },
  };
}

/** The same as objects of Kubernetes: namespaces, Deployments and their policies. */
export function manifestsOf(size: number): object[] {
  const units = Array.from({ length: size }, (_, index) => unitOf(index));
  const namespaces = [...new Set(units.map(({ namespace }) => namespace))].map((name) => ({
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name, labels: { team: name } },
  }));
  const policies = units.flatMap((_, index) => policiesOf(index, size));
  return [...namespaces, ...units.map(deploymentOf), ...policies];
}

function deploymentOf({ namespace, name, labels, ports }: Unit): object {
  const containers = ports.map(({ name: port, port: containerPort, protocol }) => ({
    ...{
      name,
      image: `registry.example/${name}:1.0.0`,
      ports: [{ name: port, containerPort, protocol }],
    },
  }));
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name, labels } },
    spec: {
      ...{ replicas: 2, selector: { matchLabels: { app: name } } },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}
