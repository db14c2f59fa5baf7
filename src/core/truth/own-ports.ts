import type { PortRef } from '../model/declaration.ts';
import type { WorkloadRecord } from '../model/records.ts';
import { addUp, asWritten, type PodPort, type Ports } from './rule.ts';
import { servicesReaching } from './service.ts';
import {
  addUpPorts,
  declaredFor,
  portsAsWritten,
  portsInside,
  portsNamed,
} from './target-ports.ts';
import type { TruthWorld } from './voices.ts';

/** Which ports of W a port of its `accepts-from` means ("Ports"). None written: all. */
export function ownPorts(
  world: TruthWorld,
  refs: readonly PortRef[],
  workload: WorkloadRecord,
): Ports {
  return addUpPorts(
    refs,
    () => 'all',
    (ref) => {
      const declared = declaredFor(ref, workload.ports);
      if (declared.length > 0) return declared;
      const translated = throughServices(world, ref, workload);
      if (translated.length > 0) return translated;
      return typeof ref.port === 'number' ? asWritten(ref) : [];
    },
  );
}

/** For a selector resource: the sum over the workloads that match it; none: as it is written. */
export function ownPortsOfAll(
  world: TruthWorld,
  refs: readonly PortRef[],
  workloads: readonly WorkloadRecord[],
): Ports {
  return workloads.length === 0
    ? portsAsWritten(refs)
    : addUp(workloads.map((workload) => ownPorts(world, refs, workload)));
}

/** A name of a headless Service is translated, its numbers are not ("Ports", both tables). */
function throughServices(
  world: TruthWorld,
  ref: PortRef,
  workload: WorkloadRecord,
): readonly PodPort[] {
  const services = servicesReaching(world, workload);
  if (typeof ref.port === 'string') {
    return services.flatMap(({ ports }) => portsNamed(ref, ports));
  }
  return services
    .filter(({ headless }) => !headless)
    .flatMap(({ ports }) => portsInside(ref, ports));
}
