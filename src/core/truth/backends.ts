import type { Backend, WorkloadRecord } from '../model/records.ts';
import type { PodPort } from './rule.ts';
import { servicesReaching } from './service.ts';
import { translated } from './target-ports.ts';
import type { TruthWorld } from './voices.ts';

/**
 * What "Routes" and "Webhooks" of 0010 have in common: the ports of W behind a Service's port that
 * is meant by number or name; none where the Service does not reach W, or lacks the port.
 */
export function portsBehind(
  world: TruthWorld,
  { namespace, name, port }: Backend,
  workload: WorkloadRecord,
): PodPort[] {
  return servicesReaching(world, workload)
    .filter((service) => service.namespace === namespace && service.name === name)
    .flatMap(({ ports }) => ports)
    .filter((known) => (typeof port === 'number' ? known.port : known.name) === port)
    .map(translated);
}
