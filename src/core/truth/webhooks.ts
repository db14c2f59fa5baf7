import type { WorkloadRecord } from '../model/records.ts';
import { apiServerSources } from './api-server.ts';
import { portsBehind } from './backends.ts';
import { type Rule, rulesFor } from './rule.ts';
import type { TruthWorld } from './voices.ts';

/* "Webhooks" of 0010. */

/** What the API server may reach of W. */
export function webhookRules(world: TruthWorld, workload: WorkloadRecord): Rule[] {
  const called = world.outside.flatMap((record) =>
    record.kind === 'Webhook' ? record.services : [],
  );
  return rulesFor(
    apiServerSources(world),
    called.flatMap((service) => portsBehind(world, service, workload)),
  );
}
