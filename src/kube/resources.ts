/** A kind of object that the API server serves, and where. */
export interface Resource {
  /** API group; '' for core/v1. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Which object of a kind. `namespace` is left out, or '', for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

/** The kinds that the operator reads or writes. */
export const resources = {
  deployments: namespaced('apps', 'v1', 'deployments', 'Deployment'),
  statefulSets: namespaced('apps', 'v1', 'statefulsets', 'StatefulSet'),
  daemonSets: namespaced('apps', 'v1', 'daemonsets', 'DaemonSet'),
  services: namespaced('', 'v1', 'services', 'Service'),
  pods: namespaced('', 'v1', 'pods', 'Pod'),
  namespaces: clusterScoped('', 'v1', 'namespaces', 'Namespace'),
  nodes: clusterScoped('', 'v1', 'nodes', 'Node'),
  networkPolicies: namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  serviceCidrs: clusterScoped('networking.k8s.io', 'v1', 'servicecidrs', 'ServiceCIDR'),
  appConnectivities: namespaced(
    'appconnectivity.dev',
    'v1alpha1',
    'appconnectivities',
    'AppConnectivity',
  ),
  leases: namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  events: namespaced('events.k8s.io', 'v1', 'events', 'Event'),
} as const satisfies Record<string, Resource>;

/** `v1`, `apps/v1`: the apiVersion of objects of this kind. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `/api/v1`, `/apis/apps/v1`: where the kinds of this group and version are found. */
export function groupPath({ group, version }: Resource): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of all objects of a kind, or of those of one namespace. */
export function collectionPath(resource: Resource, namespace = ''): string {
  const scope = resource.namespaced && namespace !== '' ? `/namespaces/${encode(namespace)}` : '';
  return `${groupPath(resource)}${scope}/${resource.plural}`;
}

/** The path of one object. Throws a TypeError for a name that would lead elsewhere. */
export function objectPath(resource: Resource, { namespace = '', name }: ObjectName): string {
  if (resource.namespaced && namespace === '') {
    throw new TypeError(`a ${resource.kind} is named with its namespace`);
  }
  return `${collectionPath(resource, namespace)}/${encode(name)}`;
}

/**
 * What a metric calls the resource behind a path: the plural, and the subresource if there is one
 * (`appconnectivities/status`); never a name, so that label values stay few. `other` if unknown.
 */
export function resourceOfPath(path: string): { resource: string; named: boolean } {
  const [root = '', ...rest] = path.split('/').slice(1);
  const parts = root === 'api' ? rest.slice(1) : root === 'apis' ? rest.slice(2) : [];
  const [plural, name, sub] = withoutNamespace(parts);
  if (plural === undefined) return { resource: 'other', named: true };
  return { resource: sub === undefined ? plural : `${plural}/${sub}`, named: name !== undefined };
}

function withoutNamespace(parts: readonly string[]): readonly string[] {
  const ofNamespaceItself = parts.length < 3 || parts[2] === 'status' || parts[2] === 'finalize';
  return parts[0] === 'namespaces' && !ofNamespaceItself ? parts.slice(2) : parts;
}

/** encodeURIComponent leaves `.` and `..` alone, and a URL parser would climb along them. */
function encode(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new TypeError(`"${name}" is not the name of an object`);
  }
  return encodeURIComponent(name);
}

export function namespaced(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}

export function clusterScoped(
  group: string,
  version: string,
  plural: string,
  kind: string,
): Resource {
  return { group, version, plural, kind, namespaced: false };
}
