import { clusterScoped, namespaced, type Resource } from './resources.ts';

const gateway = 'gateway.networking.k8s.io';
const monitoring = 'monitoring.coreos.com';
const admission = 'admissionregistration.k8s.io';

/** Kinds that tell who has to reach whom, and where the API server is; nothing of them is written. */
export const outsideResources = {
  ingresses: namespaced('networking.k8s.io', 'v1', 'ingresses', 'Ingress'),
  ingressClasses: clusterScoped('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass'),
  gateways: namespaced(gateway, 'v1', 'gateways', 'Gateway'),
  gatewayClasses: clusterScoped(gateway, 'v1', 'gatewayclasses', 'GatewayClass'),
  httpRoutes: namespaced(gateway, 'v1', 'httproutes', 'HTTPRoute'),
  grpcRoutes: namespaced(gateway, 'v1', 'grpcroutes', 'GRPCRoute'),
  tlsRoutes: namespaced(gateway, 'v1', 'tlsroutes', 'TLSRoute'),
  tcpRoutes: namespaced(gateway, 'v1', 'tcproutes', 'TCPRoute'),
  referenceGrants: namespaced(gateway, 'v1', 'referencegrants', 'ReferenceGrant'),
  serviceMonitors: namespaced(monitoring, 'v1', 'servicemonitors', 'ServiceMonitor'),
  podMonitors: namespaced(monitoring, 'v1', 'podmonitors', 'PodMonitor'),
  validatingWebhooks: clusterScoped(
    ...([admission, 'v1', 'validatingwebhookconfigurations'] as const),
    'ValidatingWebhookConfiguration',
  ),
  mutatingWebhooks: clusterScoped(
    ...([admission, 'v1', 'mutatingwebhookconfigurations'] as const),
    'MutatingWebhookConfiguration',
  ),
  endpointSlices: namespaced('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
} as const satisfies Record<string, Resource>;
