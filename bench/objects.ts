/** A Kubernetes object as a file or the API server gives it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly webhooks?: unknown;
}

export const talksTo = 'appconnectivity.dev/talks-to';
export const workloadsPerNamespace = 50;
/** Where the hub lives, and its only Service. */
export const hubNamespace = 'bench-hub';

/** A workload of the cluster by its number: 50 of them share a namespace. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export function placeOf(index: number): Place {
  const number = `${Math.floor(index / workloadsPerNamespace)}`.padStart(4, '0');
  return { namespace: `bench-${number}`, name: `app-${index % workloadsPerNamespace}` };
}

/**
 * What the workload of this number says in a cluster of `count`: five edges, three within its
 * namespace and two outside of it. `turn` moves the first of them, as an edit would.
 */
export function declarationOf(index: number, count: number, turn = 0): string {
  const first = index - (index % workloadsPerNamespace);
  const size = Math.min(workloadsPerNamespace, count - first);
  const inside = (step: number) => placeOf(first + ((index - first + step) % size)).name;
  const outside = (step: number) => {
    const { namespace, name } = placeOf((index + step * workloadsPerNamespace) % count);
    return `${name}.${namespace}`;
  };
  const near = [4 + (turn % 40), 1, 2].map(inside);
  return [...near, outside(1), outside(3)].map((party) => `${party}:80`).join(', ');
}

/** A cluster of so many workloads, each with a Service; every other namespace is default-deny. */
export function* clusterObjects(count: number): Iterable<KubeObject> {
  for (let first = 0; first < count; first += workloadsPerNamespace) {
    yield namespaceObject(placeOf(first).namespace, (first / workloadsPerNamespace) % 2 === 0);
  }
  for (let index = 0; index < count; index++) {
    const place = placeOf(index);
    yield workloadObject(place, declarationOf(index, count));
    yield serviceObject(place, 8080);
  }
}

/** The cluster's DNS, so that the policies allow what they do in a real one. */
export function dnsObjects(): KubeObject[] {
  const place = { namespace: 'kube-system', name: 'kube-dns' };
  const labels = { 'k8s-app': 'kube-dns' };
  const ports = [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }];
  return [
    namespaceObject('kube-system', false),
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { ...place, labels } },
      spec: { selector: labels, ports },
    },
  ];
}

/** One Service, with its workload, that so many workloads of other namespaces talk to. */
export function* hubObjects(count: number): Iterable<KubeObject> {
  const hub = { namespace: hubNamespace, name: 'hub' };
  yield namespaceObject(hubNamespace, true);
  yield workloadObject(hub, '@namespace');
  yield serviceObject(hub, 8080);
  for (let first = 0; first < count; first += workloadsPerNamespace) {
    yield namespaceObject(placeOf(first).namespace, true);
  }
  for (let index = 0; index < count; index++) {
    yield workloadObject(placeOf(index), `hub.${hubNamespace}:80`);
  }
}

export function namespaceObject(name: string, deny: boolean): KubeObject {
  const labels = {
    'kubernetes.io/metadata.name': name,
    ...(deny && { 'appconnectivity.dev/default-deny': 'true' }),
  };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A Deployment as charts write them: three labels, of which the selector takes two. */
export function workloadObject({ namespace, name }: Place, declaration: string): KubeObject {
  const selector = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': namespace };
  const labels = { ...selector, 'app.kubernetes.io/version': '1.0.0' };
  const container = {
    name: 'app',
    image: 'registry.example/app:1.0.0',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'PORT', value: '8080' }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: { namespace, name, labels, annotations: { [talksTo]: declaration } },
    spec: {
      replicas: 2,
      selector: { matchLabels: selector },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

export function serviceObject({ namespace, name }: Place, targetPort: number): KubeObject {
  const selector = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': namespace };
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name, labels: selector } },
    spec: { selector, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort }] },
  };
}
