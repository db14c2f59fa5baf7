import type { Switches } from '../model/declaration.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import type { Allowed } from './allowed.ts';
import { allowMetrics } from './metrics.ts';
import { allowRoutes } from './routes.ts';
import { allowWebhooks } from './webhooks.ts';

/** What routes, scrapes and webhooks add to the ingress word of a workload that is not vetoed. */
export function allowAutomatically(
  world: World,
  state: NamespaceState,
  workload: Workload,
  denied: Switches,
): Allowed[] {
  const services = state.servicesReaching(workload.record.labels);
  return [
    ...(denied.routes ? [] : allowRoutes(world, state.name, services)),
    ...(denied.metrics ? [] : allowMetrics(world, state, workload, services)),
    ...(denied.webhooks ? [] : allowWebhooks(world, services)),
  ];
}
