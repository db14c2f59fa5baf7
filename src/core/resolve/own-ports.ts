import { formatPort } from '../intent/format.ts';
import type { PortRef } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import type { PolicyPort } from '../model/policy.ts';
import type { ServiceRecord } from '../model/records.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import {
  addUp,
  formatDeclaredPort,
  isMeant,
  literal,
  lookUpDeclared,
  type ResolvedPorts,
  speaks,
  translate,
} from './ports.ts';

/**
 * The ports that `accepts-from` means: those of the workload that wrote it. A number or name is its
 * containerPort, else the port of a Service in front of it (translated; several: all), else, for
 * a number, itself. No port: all ports, since containerPorts only inform and the entry restricts
 * the source.
 */
export function ownPorts(
  state: NamespaceState,
  workload: Workload,
  refs: readonly PortRef[],
  text: string,
): ResolvedPorts {
  if (refs.length === 0) return { ports: 'all', problems: [] };
  const { record, key } = workload;
  const services = state.servicesReaching(record.labels);
  const lookUp = (ref: PortRef) => {
    const declared = lookUpDeclared(record.ports, ref);
    if (declared.length > 0) return { ports: declared };
    const translated = lookUpOffered(services, ref);
    if (translated.length > 0 || typeof ref.port === 'string') return { ports: translated };
    const data = { text, port: formatPort(ref), workload: key };
    return { ports: [literal(ref)], problems: [{ code: 'PortNotDeclared', data } as const] };
  };
  const known = () => record.ports.map(({ name, port }) => name ?? `${port}`).join(', ');
  return addUp(refs, lookUp, text, known);
}

/**
 * As `ownPorts`, for the policy of a selector resource: the sum over the workloads it matches. A port
 * is not found when none of them has it; what is to be said of single workloads is said of each.
 */
export function ownPortsOfSelected(
  state: NamespaceState,
  workloads: readonly Workload[],
  refs: readonly PortRef[],
  text: string,
): ResolvedPorts {
  if (refs.length === 0) return { ports: 'all', problems: [] };
  if (workloads.length === 0) return { ports: refs.map(literal), problems: [] };
  const lookUp = (ref: PortRef) => {
    const each = workloads.map((workload) => ownPorts(state, workload, [ref], text));
    return {
      ports: each.flatMap(({ ports }) => (ports === 'all' ? [] : ports)),
      problems: each.flatMap(({ problems }) => problems.filter(isAboutOne)),
    };
  };
  const known = () => {
    const declared = workloads.flatMap(({ record }) => record.ports.map(formatDeclaredPort));
    return [...new Set(declared)].join(', ');
  };
  return addUp(refs, lookUp, text, known);
}

/** A port that one workload lacks may be another's. */
function isAboutOne({ code }: Problem): boolean {
  return code !== 'PortNotFound';
}

/** Nobody translates the numbers of a headless Service; its port names are names all the same. */
function lookUpOffered(services: readonly ServiceRecord[], ref: PortRef): PolicyPort[] {
  return services
    .filter(({ headless }) => !headless || typeof ref.port === 'string')
    .flatMap(({ ports }) => ports)
    .filter((port) => speaks(ref, port.protocol) && isMeant(ref, port))
    .map(translate);
}
