import type { ObjectRef } from '../model/identity.ts';
import { selects } from '../model/labels.ts';
import type { PolicyPort } from '../model/policy.ts';
import type { MonitorPort, MonitorRecord, Scrape, ServiceRecord } from '../model/records.ts';
import { partyUnknown, podsParty } from '../resolve/party.ts';
import { translate } from '../resolve/ports.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { known } from '../world/parties.ts';
import type { World } from '../world/world.ts';
import { type Allowed, allowed } from './allowed.ts';

/** Something that asks for a workload to be scraped, and on which ports. */
interface Ask {
  readonly cause: ObjectRef;
  readonly text: string;
  readonly ports: readonly PolicyPort[];
}

/**
 * What asks to be scraped adds for a workload that these Services reach: the configured monitoring
 * pods, on the ports that are scraped. Who asks for ports that there are not adds nothing.
 */
export function allowMetrics(
  world: World,
  state: NamespaceState,
  workload: Workload,
  services: readonly ServiceRecord[],
): Allowed[] {
  const asks = [
    ...askOfTemplate(workload),
    ...services.flatMap(askOfService),
    ...monitorsCounting(world, state).map((monitor) => askOfMonitor(monitor, workload, services)),
  ].filter(({ ports }) => ports.length > 0);
  if (asks.length === 0) return [];
  const parties = known(world, world.settings.parties.monitoring).map(podsParty);
  const unknown = (text: string) => partyUnknown(world, 'Monitoring', text);
  return asks.map(({ cause, text, ports }) =>
    allowed({ allowance: 'metrics', cause, text }, parties, ports, unknown),
  );
}

function askOfTemplate({ record }: Workload): Ask[] {
  const { ref, scrape, ports } = record;
  if (scrape === undefined) return [];
  const declared = ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => tcp(port));
  const text = `scrape annotation of the pods of ${ref.kind} ${ref.namespace}/${ref.name}`;
  return [{ cause: ref, text, ports: scrapedPorts(scrape, declared) }];
}

function askOfService({ namespace, name, scrape, ports }: ServiceRecord): Ask[] {
  if (scrape === undefined) return [];
  const cause = { group: '', kind: 'Service', namespace, name };
  const offered = ports.filter(({ protocol }) => protocol === 'TCP').map(translate);
  const text = `scrape annotation of Service ${namespace}/${name}`;
  return [{ cause, text, ports: scrapedPorts(scrape, offered) }];
}

function scrapedPorts({ port }: Scrape, otherwise: readonly PolicyPort[]): readonly PolicyPort[] {
  return port === undefined ? otherwise : [tcp(port)];
}

/** The monitors that count in a namespace: of its own, and of those that it lets in. */
function monitorsCounting({ outside }: World, { name, object }: NamespaceState): MonitorRecord[] {
  if (outside.allowsNobody) return [];
  const homes = new Set([name, ...(object?.intent.monitorsFrom ?? [])]);
  return [...homes].sort().flatMap((home) => outside.monitorsOf(home).filter(covers(name)));
}

function covers(namespace: string) {
  return ({ ref, namespaces }: MonitorRecord): boolean => {
    if (namespaces === 'any') return true;
    return namespaces === 'own' ? ref.namespace === namespace : namespaces.includes(namespace);
  };
}

function askOfMonitor(
  monitor: MonitorRecord,
  workload: Workload,
  services: readonly ServiceRecord[],
): Ask {
  const { ref } = monitor;
  const ports =
    ref.kind === 'PodMonitor' ? ofPods(monitor, workload) : ofServices(monitor, services);
  return { cause: ref, text: `${ref.kind} ${ref.namespace}/${ref.name}`, ports };
}

function ofPods({ selector, ports }: MonitorRecord, { record }: Workload): PolicyPort[] {
  if (!selects(selector, record.labels)) return [];
  const named = (name: string) =>
    record.ports
      .filter((own) => own.name === name)
      .map(({ protocol }): PolicyPort => ({ protocol, port: name }));
  return ports.flatMap((port) => portsAt(port, named));
}

function ofServices(
  { selector, ports }: MonitorRecord,
  services: readonly ServiceRecord[],
): PolicyPort[] {
  const scraped = services.filter(({ labels }) => selects(selector, labels));
  return scraped.flatMap((service) => {
    const named = (name: string) => service.ports.filter((own) => own.name === name).map(translate);
    return ports.flatMap((port) => portsAt(port, named));
  });
}

/** The pods' ports that one endpoint of a monitor means. */
function portsAt(port: MonitorPort, named: (name: string) => PolicyPort[]): PolicyPort[] {
  return 'name' in port ? named(port.name) : [tcp(port.targetPort)];
}

function tcp(port: number | string): PolicyPort {
  return { protocol: 'TCP', port };
}
