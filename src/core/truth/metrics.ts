import { readMonitorsFrom } from '../intent/monitors-from.ts';
import { selects } from '../model/labels.ts';
import type {
  MonitorPort,
  MonitorRecord,
  Scrape,
  ServiceRecord,
  WorkloadRecord,
} from '../model/records.ts';
import { peersOfPods } from './parties.ts';
import { type PodPort, type Rule, rulesFor } from './rule.ts';
import { servicesReaching } from './service.ts';
import { declaredFor, portsNamed } from './target-ports.ts';
import type { TruthWorld, Voices } from './voices.ts';

/* "Metrics" of 0010. */

/** What monitoring pods may reach of W. */
export function metricsRules(voices: Voices, workload: WorkloadRecord): Rule[] {
  const { world } = voices;
  const services = servicesReaching(world, workload);
  const monitors = world.outside
    .filter((record) => record.kind === 'Monitor')
    .filter((monitor) => counts(world, monitor, workload.ref.namespace));
  return rulesFor(peersOfPods(voices, world.settings.parties.monitoring), [
    ...annotatedOnTemplate(workload),
    ...services.flatMap(annotatedOnService),
    ...monitors.flatMap((monitor) =>
      monitor.ref.kind === 'PodMonitor'
        ? portsOfPodMonitor(monitor, workload)
        : services.flatMap((service) => portsOfServiceMonitor(monitor, service)),
    ),
  ]);
}

function annotatedOnTemplate({ scrape, ports }: WorkloadRecord): PodPort[] {
  return portsOfScrape(
    scrape,
    ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port),
  );
}

function annotatedOnService({ scrape, ports }: ServiceRecord): PodPort[] {
  return portsOfScrape(
    scrape,
    ports.filter(({ protocol }) => protocol === 'TCP').map(({ targetPort }) => targetPort),
  );
}

function portsOfScrape(
  scrape: Scrape | undefined,
  others: readonly (number | string)[],
): PodPort[] {
  if (scrape === undefined) return [];
  return (scrape.port === undefined ? others : [scrape.port]).map(ofTcp);
}

function portsOfServiceMonitor(
  { selector, ports }: MonitorRecord,
  service: ServiceRecord,
): PodPort[] {
  if (!selects(selector, service.labels)) return [];
  return portsOfEndpoints(ports, (name) => portsNamed({ port: name }, service.ports));
}

function portsOfPodMonitor(
  { selector, ports }: MonitorRecord,
  { labels, ports: declared }: WorkloadRecord,
): PodPort[] {
  if (!selects(selector, labels)) return [];
  return portsOfEndpoints(ports, (name) => declaredFor({ port: name }, declared));
}

function portsOfEndpoints(
  endpoints: readonly MonitorPort[],
  named: (name: string) => readonly PodPort[],
): PodPort[] {
  return endpoints.flatMap((endpoint) =>
    'name' in endpoint ? named(endpoint.name) : [ofTcp(endpoint.targetPort)],
  );
}

function ofTcp(port: number | string): PodPort {
  return { port, protocol: 'TCP' };
}

/** Whether a monitor counts in a namespace: it covers it, and another's is let in by its annotation. */
function counts(world: TruthWorld, { ref, namespaces }: MonitorRecord, namespace: string): boolean {
  const own = ref.namespace === namespace;
  if (namespaces === 'own') return own;
  const covered = namespaces === 'any' || namespaces.includes(namespace);
  return covered && (own || letsIn(world, namespace, ref.namespace));
}

function letsIn({ namespaces }: TruthWorld, name: string, other: string): boolean {
  return namespaces
    .filter((namespace) => namespace.name === name)
    .some(({ texts }) => {
      const source = { group: '', kind: 'Namespace', namespace: '', name };
      return readMonitorsFrom(source, texts).names.includes(other);
    });
}
