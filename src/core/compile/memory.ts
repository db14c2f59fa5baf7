import { formatKept, type Kept, keepSpec, keepTexts } from '../intent/accepted.ts';
import { formatAddresses } from '../intent/kept-addresses.ts';
import { formatPorts } from '../intent/template-ports.ts';
import type { Declaration } from '../model/declaration.ts';
import { acceptedAnnotation, addressesAnnotation, portsAnnotation } from '../model/names.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import { apiServer } from '../world/outside.ts';
import { declarationsOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/** What a policy remembers beside its rules. */
export interface Memory {
  readonly annotations: Readonly<Record<string, string>>;
  /** Resources whose texts did not fit. */
  readonly left: readonly string[];
}

/**
 * A policy carries every text whose entries are in it: those of the workload, of the resources about
 * it, and of its namespace in the directions in which it is isolated. And the ports of its template,
 * for when the workload is gone and its pods still drain; and the addresses that no object tells, for
 * when the process is another one and DNS is down.
 */
export function memoryOfWorkload(
  world: World,
  state: NamespaceState,
  workload: Workload,
  isolated: readonly Direction[],
  audits: boolean,
): Memory {
  const memory = format({
    own: keepTexts({ ...workload.intent, audits }),
    namespace: namespaceTexts(state, isolated),
    resources: specsOf(state.resourcesAbout(workload)),
  });
  const ports = formatPorts(workload.record.ports);
  const said = isolated.flatMap((direction) => declarationsOf(state, workload, direction));
  const annotations = {
    ...memory.annotations,
    ...(ports !== '' && { [portsAnnotation]: ports }),
    ...addressesIn(world, [...said, ...saidByNamespace(state, isolated)]),
  };
  return { ...memory, annotations };
}

export function memoryOfResource(
  world: World,
  state: NamespaceState,
  resource: Resource,
  isolated: readonly Direction[],
): Memory {
  const namespace = namespaceTexts(state, isolated);
  const memory = format({ own: {}, namespace, resources: specsOf([resource]) });
  const said = resource.intent.declarations.filter(({ direction }) => isolated.includes(direction));
  const addresses = addressesIn(world, [...said, ...saidByNamespace(state, isolated)]);
  return { ...memory, annotations: { ...memory.annotations, ...addresses } };
}

/** A default-deny remembers all that its Namespace says. */
export function memoryOfNamespace({ object }: NamespaceState): Memory {
  const namespace = object === undefined ? {} : keepTexts(object.intent);
  return format({ own: {}, namespace, resources: {} });
}

function namespaceTexts(state: NamespaceState, isolated: readonly Direction[]) {
  const { object } = state;
  if (object === undefined) return {};
  const { switches, monitorsFrom } = object.intent;
  return keepTexts({
    ...{ declarations: saidByNamespace(state, isolated), switches },
    ...(isolated.includes('Ingress') && { monitorsFrom }),
  });
}

function saidByNamespace({ object }: NamespaceState, isolated: readonly Direction[]) {
  const declarations = object?.intent.declarations ?? [];
  return declarations.filter(({ direction }) => isolated.includes(direction));
}

/** What is known of the hosts, and of the API server as a target, that declarations name. */
function addressesIn({ outside }: World, declarations: readonly Declaration[]) {
  const names = new Set<string>();
  for (const { direction, entries } of declarations) {
    for (const { peer } of entries) {
      if (peer.type === 'host') names.add(peer.name);
      else if (peer.type === 'party' && peer.party === 'KubeAPIServer' && direction === 'Egress') {
        names.add(apiServer);
      }
    }
  }
  const records = [...names].map((name) => {
    const until = outside.learntOf(name)?.until ?? {};
    if (name !== apiServer) return { of: name, addresses: outside.addressesOf(name), until };
    const ports = outside.apiServerPorts();
    return { of: name, addresses: outside.apiServerAddresses(), until, ports };
  });
  const text = formatAddresses(records);
  return text === undefined ? {} : { [addressesAnnotation]: text };
}

function specsOf(resources: readonly Resource[]): Kept['resources'] {
  return Object.fromEntries(
    resources.flatMap(({ record, intent }) => {
      const spec = keepSpec(intent);
      return spec === undefined ? [] : [[record.name, spec] as const];
    }),
  );
}

function format(kept: Kept): Memory {
  const { text, left } = formatKept(kept);
  return { annotations: text === undefined ? {} : { [acceptedAnnotation]: text }, left };
}
