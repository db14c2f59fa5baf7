import type { Backend, ServicePort, ServiceRecord } from './records.ts';

/** The ports of a Service that some object names, by number or by name. */
export function portsNamed(backends: readonly Backend[], service: ServiceRecord): ServicePort[] {
  const refs = backends.filter(
    ({ namespace, name }) => namespace === service.namespace && name === service.name,
  );
  return service.ports.filter((own) =>
    refs.some(({ port }) => (typeof port === 'number' ? own.port === port : own.name === port)),
  );
}
