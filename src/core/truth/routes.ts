import type {
  Backend,
  ClassRecord,
  GatewayRecord,
  RouteRecord,
  WorkloadRecord,
} from '../model/records.ts';
import { portsBehind } from './backends.ts';
import { areTogether } from './environments.ts';
import { peersOfPods } from './parties.ts';
import { type Peer, podsIn, type Rule, rulesFor } from './rule.ts';
import type { TruthWorld, Voices } from './voices.ts';

/* "Routes" of 0010. */

/** GEP-1762: whoever runs a Gateway inside the cluster labels its pods so. */
const gatewayLabel = 'gateway.networking.k8s.io/gateway-name';

/** What routes add to the ingress word of W. */
export function routeRules(voices: Voices, workload: WorkloadRecord): Rule[] {
  const { world } = voices;
  return world.outside
    .filter((record) => record.kind === 'Route')
    .flatMap((route) => {
      const ports = route.backends
        .filter((backend) => mayLeadTo(world, route, backend))
        .flatMap((backend) => portsBehind(world, backend, workload));
      return rulesFor(serversOf(voices, route, workload.ref.namespace), ports);
    });
}

/** A backend in the route's own namespace, or in one whose ReferenceGrant lets it. */
function mayLeadTo(world: TruthWorld, { ref }: RouteRecord, { namespace, name }: Backend): boolean {
  if (namespace === ref.namespace) return true;
  if (ref.kind === 'Ingress') return false;
  return world.outside.some(
    (grant) =>
      grant.kind === 'ReferenceGrant' &&
      grant.namespace === namespace &&
      grant.from.some(
        (from) =>
          from.group === ref.group && from.kind === ref.kind && from.namespace === ref.namespace,
      ) &&
      grant.to.some((to) => to === undefined || to === name),
  );
}

/** The pods that serve a route to backends of a namespace. */
function serversOf(voices: Voices, route: RouteRecord, towards: string): Peer[] {
  if (route.ref.kind === 'Ingress') return serversOfIngress(voices, route);
  const known = voices.world.outside.filter((record) => record.kind === 'Gateway');
  return route.gateways
    .flatMap(({ namespace, name }) =>
      known.filter((gateway) => gateway.namespace === namespace && gateway.name === name),
    )
    .flatMap((gateway) => serversOfGateway(voices, gateway, towards));
}

function serversOfIngress(voices: Voices, { className }: RouteRecord): Peer[] {
  const meant = classesOf(voices, 'IngressClass').filter((one) =>
    className === undefined ? one.isDefault : one.name === className,
  );
  return [
    ...meant.flatMap(({ controller }) => podsListing(voices, controller)),
    ...podsOfAnyController(voices),
  ];
}

function serversOfGateway(voices: Voices, gateway: GatewayRecord, towards: string): Peer[] {
  const listing = classesOf(voices, 'GatewayClass')
    .filter(({ name }) => name === gateway.className)
    .flatMap(({ controller }) => podsListing(voices, controller));
  const { namespace, name } = gateway;
  // No pod can carry a longer value; and no grant lets them into another environment.
  const meets = name.length <= 63 && areTogether(voices, towards, namespace);
  const own = meets ? [podsIn(namespace, { matchLabels: { [gatewayLabel]: name } })] : [];
  return [...(listing.length > 0 ? listing : own), ...podsOfAnyController(voices)];
}

function classesOf({ world }: Voices, of: ClassRecord['of']): ClassRecord[] {
  return world.outside.filter((record) => record.kind === 'Class').filter((one) => one.of === of);
}

function podsListing(voices: Voices, controller: string): Peer[] {
  const { ingress } = voices.world.settings.parties;
  return peersOfPods(
    voices,
    ingress.filter(({ controllers }) => controllers?.includes(controller)),
  );
}

/** The ingress pods that list no controllers belong to every one. */
function podsOfAnyController(voices: Voices): Peer[] {
  const { ingress } = voices.world.settings.parties;
  return peersOfPods(
    voices,
    ingress.filter(({ controllers }) => controllers === undefined),
  );
}
