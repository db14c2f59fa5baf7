import type { ObjectRef } from '../../src/core/model/identity.ts';
import type { LabelSelector } from '../../src/core/model/labels.ts';
import type {
  AddressesRecord,
  ApiServerRecord,
  Backend,
  ClassRecord,
  GatewayRecord,
  GrantRecord,
  MonitorRecord,
  NodeFacts,
  RangeRecord,
  RouteRecord,
  WebhookRecord,
} from '../../src/core/model/records.ts';

const gatewayGroup = 'gateway.networking.k8s.io';

/** An object by `namespace/name`, or by its name alone. */
function refTo(group: string, kind: string, path: string): ObjectRef {
  const slash = path.indexOf('/');
  return { group, kind, namespace: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) };
}

/** A backend as `namespace/name:port`; the port by number, or else by name. */
export function backend(text: string): Backend {
  const [path = '', port = ''] = text.split(':');
  const { namespace, name } = refTo('', 'Service', path);
  return { namespace, name, port: /^\d+$/.test(port) ? Number(port) : port };
}

/** An Ingress by `namespace/name`. */
export function ingress(
  path: string,
  backends: readonly string[],
  className?: string,
): RouteRecord {
  return {
    ...{ kind: 'Route', ref: refTo('networking.k8s.io', 'Ingress', path), gateways: [] },
    backends: backends.map(backend),
    ...(className !== undefined && { className }),
  };
}

/** A route of the Gateway API by `namespace/name`, attached to Gateways by `namespace/name`. */
export function gatewayRoute(
  path: string,
  backends: readonly string[],
  gateways: readonly string[],
  kind = 'HTTPRoute',
): RouteRecord {
  return {
    ...{ kind: 'Route', ref: refTo(gatewayGroup, kind, path) },
    gateways: gateways.map((one) => {
      const { namespace, name } = refTo(gatewayGroup, 'Gateway', one);
      return { namespace, name };
    }),
    backends: backends.map(backend),
  };
}

export function gateway(path: string, className = 'main'): GatewayRecord {
  const { namespace, name } = refTo(gatewayGroup, 'Gateway', path);
  return { kind: 'Gateway', namespace, name, className };
}

export function ingressClass(name: string, controller: string, isDefault = false): ClassRecord {
  return { kind: 'Class', of: 'IngressClass', name, controller, isDefault };
}

export function gatewayClass(name: string, controller: string): ClassRecord {
  return { kind: 'Class', of: 'GatewayClass', name, controller, isDefault: false };
}

/** A ReferenceGrant by `namespace/name`, to HTTPRoutes of another namespace unless said otherwise. */
export function grant(
  path: string,
  from: string,
  to: readonly (string | undefined)[] = [undefined],
  kind = 'HTTPRoute',
): GrantRecord {
  const { namespace, name } = refTo(gatewayGroup, 'ReferenceGrant', path);
  return {
    ...{ kind: 'ReferenceGrant', namespace, name, to },
    from: [{ group: gatewayGroup, kind, namespace: from }],
  };
}

/** A ServiceMonitor by `namespace/name`, or a PodMonitor. */
export function monitor(
  path: string,
  selector: LabelSelector,
  ports: MonitorRecord['ports'],
  parts: {
    readonly kind?: 'ServiceMonitor' | 'PodMonitor';
    readonly namespaces?: MonitorRecord['namespaces'];
  } = {},
): MonitorRecord {
  const { kind = 'ServiceMonitor', namespaces = 'own' } = parts;
  const ref = refTo('monitoring.coreos.com', kind, path);
  return { kind: 'Monitor', ref, selector, namespaces, ports };
}

/** A webhook configuration; the Services that the API server calls as `namespace/name:port`. */
export function webhook(
  name: string,
  services: readonly string[],
  kind:
    | 'ValidatingWebhookConfiguration'
    | 'MutatingWebhookConfiguration' = 'ValidatingWebhookConfiguration',
): WebhookRecord {
  const ref = refTo('admissionregistration.k8s.io', kind, name);
  return { kind: 'Webhook', ref, services: services.map(backend) };
}

/** An EndpointSlice of the API server; on 6443 over TCP unless said otherwise. */
export function apiServer(
  addresses: readonly string[],
  ports: ApiServerRecord['ports'] = [{ port: 6443, protocol: 'TCP' }],
  name = 'kubernetes',
): ApiServerRecord {
  return { kind: 'APIServer', name, addresses, ports };
}

/** The addresses that are known of a host. */
export function addresses(of: string, known: readonly string[]): AddressesRecord {
  return { kind: 'Addresses', of, addresses: known, until: {} };
}

/** A Node with its InternalIPs. */
export function node(
  name: string,
  known: readonly string[],
  parts: Partial<NodeFacts> & { readonly ranges?: readonly string[] } = {},
): RangeRecord {
  const { ranges = [], controlPlane = false, gke = false } = parts;
  const facts = { addresses: known, controlPlane, gke };
  return { kind: 'ClusterRange', source: `Node/${name}`, ranges, node: facts };
}
