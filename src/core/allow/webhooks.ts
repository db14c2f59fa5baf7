import { portsNamed } from '../model/backends.ts';
import type { PolicyPort } from '../model/policy.ts';
import type { ServiceRecord, WebhookRecord } from '../model/records.ts';
import { apiServerParties, engineCannot } from '../resolve/party.ts';
import { translate } from '../resolve/ports.ts';
import { apiServerSources, runsCilium } from '../world/parties.ts';
import type { World } from '../world/world.ts';
import { type Allowed, allowed } from './allowed.ts';

/**
 * What admission webhooks add for a workload that these Services reach: where requests of the API
 * server come from, on the pods' ports behind the Service ports that it calls. Where they come from is
 * configured or found, never assumed to be everywhere.
 */
export function allowWebhooks(world: World, services: readonly ServiceRecord[]): Allowed[] {
  return services.flatMap((service) =>
    world.outside.webhooksOf(service.namespace, service.name).flatMap((webhook) => {
      const ports = portsNamed(webhook.services, service).map(translate);
      return ports.length === 0 ? [] : [allowWebhook(world, webhook, service, ports)];
    }),
  );
}

function allowWebhook(
  world: World,
  { ref }: WebhookRecord,
  { namespace, name }: ServiceRecord,
  ports: readonly PolicyPort[],
): Allowed {
  const text = `${ref.kind} ${ref.name}`;
  const shown = { allowance: 'webhooks', cause: ref, text } as const;
  const service = `${namespace}/${name}`;
  const data = { text, service, setting: 'parties.apiServerSources' };
  const each = allowed(shown, apiServerParties(world), ports, () => ({
    code: 'SourceUnknown',
    data,
  }));
  const byNode = apiServerSources(world).nodes.length > 0;
  if (!byNode || !runsCilium(world)) return each;
  return { ...each, problem: engineCannot(text, ['kube-apiserver'], 'Ingress') };
}
