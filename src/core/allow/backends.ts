import type { PolicyPort } from '../model/policy.ts';
import type { Backend, ServiceRecord } from '../model/records.ts';
import { translate } from '../resolve/ports.ts';

/** The pods' ports behind the ports of a Service that some object names, by number or by name. */
export function portsMeant(backends: readonly Backend[], service: ServiceRecord): PolicyPort[] {
  const refs = backends.filter(
    ({ namespace, name }) => namespace === service.namespace && name === service.name,
  );
  const meant = service.ports.filter((own) =>
    refs.some(({ port }) => (typeof port === 'number' ? own.port === port : own.name === port)),
  );
  return meant.map(translate);
}
