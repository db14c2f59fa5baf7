import { z } from 'zod';
import type { ApiServerRecord, Backend, WebhookRecord } from '../model/records.ts';
import { canonicalAddresses } from './addresses.ts';
import { apart, placed, readable, refusedOf } from './apart.ts';
import { refOf } from './metadata.ts';
import { explained } from './parsing.ts';
import { distinct } from './routes.ts';
import { metadata, namespaceName, objectName, portNumber, protocol, strings } from './schemas.ts';

const webhookObject = z.object({
  metadata,
  webhooks: z
    .array(
      apart(
        z.object({
          clientConfig: z
            .object({
              service: z
                .object({
                  namespace: namespaceName,
                  name: objectName,
                  port: portNumber.nullish(),
                })
                .nullish(),
            })
            .nullish(),
        }),
      ),
    )
    .nullish(),
});

const sliceObject = z.object({
  metadata,
  endpoints: z
    .array(
      z.object({
        addresses: strings,
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
      }),
    )
    .nullish(),
  ports: z.array(z.object({ port: portNumber.nullish(), protocol: protocol.nullish() })).nullish(),
});

/** A reader of one of the two kinds of admission webhooks. */
export function webhookReader(kind: string): (raw: unknown) => WebhookRecord {
  return (raw) => {
    const { metadata: own, webhooks } = webhookObject.parse(raw, explained);
    const all = placed(['webhooks'], webhooks);
    const called = readable(all).flatMap(({ clientConfig }): Backend[] => {
      const { service } = clientConfig ?? {};
      return service == null ? [] : [{ ...service, port: service.port ?? 443 }];
    });
    const ref = refOf(own, 'admissionregistration.k8s.io', kind);
    return { kind: 'Webhook', ref, services: distinct(called), ...refusedOf(all) };
  };
}

/** Which EndpointSlices tell where the API server is; all others are of no interest. */
export const apiServerSlices = {
  namespace: 'default',
  label: 'kubernetes.io/service-name',
  value: 'kubernetes',
} as const;

const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
/**
 * The API server, or whoever runs it, writes its slice, or Endpoints that are mirrored. What this
 * controller makes of a selector that somebody has put on its Service would lead its clients elsewhere.
 */
const ofSelectors = 'endpointslice-controller.k8s.io';

/** An EndpointSlice of the API server; undefined for one of another Service. */
export function readSlice(raw: unknown): ApiServerRecord | undefined {
  const { metadata: own, endpoints, ports } = sliceObject.parse(raw, explained);
  const { namespace, label, value } = apiServerSlices;
  if (own.namespace !== namespace || own.labels?.[label] !== value) return undefined;
  if (own.labels[managedByLabel] === ofSelectors) return undefined;
  const usable = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return {
    kind: 'APIServer',
    name: own.name,
    addresses: canonicalAddresses(usable.flatMap(({ addresses }) => addresses ?? [])),
    ports: distinct(
      (ports ?? []).flatMap(({ port, protocol: of }) =>
        port == null ? [] : [{ port, protocol: of ?? 'TCP' }],
      ),
    ),
  };
}
