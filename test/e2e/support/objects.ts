import { acceptsFrom, defaultDeny, talksTo } from '../../../src/core/intent/keys.ts';

/** An object as a person applies it: apiVersion, kind, a name, and whatever else it says. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Record<
    string,
    unknown
  >;
  readonly [field: string]: unknown;
}

type Texts = Readonly<Record<string, string>>;

export interface WorkloadParts {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly talksTo?: string | undefined;
  readonly acceptsFrom?: string | undefined;
  readonly annotations?: Texts;
  /** Of the pods, and what the workload selects; `app: <name>` by default. */
  readonly labels?: Texts;
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
  /** None by default: most tests need no pods. */
  readonly replicas?: number;
  readonly image?: string;
}

/** A workload by `namespace/name`. */
export function workload(path: string, parts: WorkloadParts = {}): Manifest {
  const { kind = 'Deployment', labels = { app: nameIn(path) }, image = 'example', ports } = parts;
  const { replicas = 0 } = parts;
  const annotations = {
    ...parts.annotations,
    ...(parts.talksTo !== undefined && { [talksTo]: parts.talksTo }),
    ...(parts.acceptsFrom !== undefined && { [acceptsFrom]: parts.acceptsFrom }),
  };
  return {
    ...{ apiVersion: 'apps/v1', kind },
    metadata: { ...placeOf(path), annotations },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas }),
      ...(kind === 'StatefulSet' && { serviceName: nameIn(path) }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image, ...(ports !== undefined && { ports }) }] },
      },
    },
  };
}

/** A pod by `namespace/name` that no workload has made. */
export function pod(path: string, labels: Texts, spec: Record<string, unknown> = {}): Manifest {
  const containers = [{ name: 'main', image: 'example' }];
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { ...placeOf(path), labels } },
    spec: { containers, ...spec },
  };
}

/** A Service by `namespace/name`, from `port` to `targetPort`; it selects `app: <name>`. */
export function service(
  path: string,
  port: number,
  targetPort: number | string = port,
  selector: Texts = { app: nameIn(path) },
): Manifest {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: placeOf(path) },
    spec: { selector, ports: [{ port, targetPort }] },
  };
}

/** A namespace; `deny` is the value of its default-deny label. */
export function namespace(name: string, deny?: string): Manifest {
  const labels = deny === undefined ? {} : { [defaultDeny]: deny };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** An AppConnectivity resource by `namespace/name`. */
export function appConnectivity(path: string, spec: Record<string, unknown>): Manifest {
  return {
    ...{ apiVersion: 'appconnectivity.dev/v1alpha1', kind: 'AppConnectivity' },
    ...{ metadata: placeOf(path), spec },
  };
}

/** A NetworkPolicy that somebody else wrote. */
export function foreignPolicy(path: string, spec: Record<string, unknown>): Manifest {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    ...{ metadata: placeOf(path), spec },
  };
}

/** The cluster's DNS as every distribution ships it. */
export const kubeDns: Manifest = {
  ...{ apiVersion: 'v1', kind: 'Service' },
  metadata: { namespace: 'kube-system', name: 'kube-dns', labels: { 'k8s-app': 'kube-dns' } },
  spec: {
    selector: { 'k8s-app': 'kube-dns' },
    clusterIP: '10.96.0.10',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ],
  },
};

function placeOf(path: string): { namespace: string; name: string } {
  const [namespaceName = ''] = path.split('/');
  return { namespace: namespaceName, name: nameIn(path) };
}

function nameIn(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}
