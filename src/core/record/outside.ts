import type { OutsideRecord } from '../model/records.ts';
import { readSlice, webhookReader } from './control-plane.ts';
import { readGateway, readGatewayClass, readGrant, readIngressClass } from './gateways.ts';
import { monitoringGroup, readPodMonitor, readServiceMonitor } from './monitors.ts';
import { gatewayGroup, readIngress, routeReader } from './routes.ts';

type Reader = (raw: unknown) => OutsideRecord | undefined;

/** Kinds of the Gateway API, and their versions: in all of them, what is read is the same. */
const ofGatewayApi: readonly (readonly [kind: string, versions: readonly string[], Reader])[] = [
  ['Gateway', ['v1', 'v1beta1'], readGateway],
  ['GatewayClass', ['v1', 'v1beta1'], readGatewayClass],
  ['HTTPRoute', ['v1', 'v1beta1'], routeReader('HTTPRoute')],
  ['GRPCRoute', ['v1', 'v1alpha2'], routeReader('GRPCRoute')],
  ['TLSRoute', ['v1', 'v1alpha3', 'v1alpha2'], routeReader('TLSRoute')],
  ['TCPRoute', ['v1', 'v1alpha2'], routeReader('TCPRoute')],
  ['ReferenceGrant', ['v1', 'v1beta1'], readGrant],
];

const webhooks = 'admissionregistration.k8s.io/v1';

/** Readers of what is outside the words of namespaces, and tells who has to reach whom. */
export const outsideReaders: Readonly<Record<string, Reader>> = {
  'networking.k8s.io/v1/Ingress': readIngress,
  'networking.k8s.io/v1/IngressClass': readIngressClass,
  'discovery.k8s.io/v1/EndpointSlice': readSlice,
  [`${webhooks}/ValidatingWebhookConfiguration`]: webhookReader('ValidatingWebhookConfiguration'),
  [`${webhooks}/MutatingWebhookConfiguration`]: webhookReader('MutatingWebhookConfiguration'),
  [`${monitoringGroup}/v1/ServiceMonitor`]: readServiceMonitor,
  [`${monitoringGroup}/v1/PodMonitor`]: readPodMonitor,
  ...Object.fromEntries(
    ofGatewayApi.flatMap(([kind, versions, reader]) =>
      versions.map((version) => [`${gatewayGroup}/${version}/${kind}`, reader]),
    ),
  ),
};
