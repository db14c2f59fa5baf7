import { portsNamed } from '../model/backends.ts';
import type { Problem } from '../model/finding.ts';
import type { PolicyPort } from '../model/policy.ts';
import type { RouteRecord, ServiceRecord } from '../model/records.ts';
import type { IngressPods } from '../model/settings.ts';
import { crossingOfRoute } from '../resolve/environments.ts';
import { partyUnknown, podsParty } from '../resolve/party.ts';
import type { Party } from '../resolve/peers.ts';
import { translate } from '../resolve/ports.ts';
import { known, podsOfGateway } from '../world/parties.ts';
import type { World } from '../world/world.ts';
import { type Allowed, allowed } from './allowed.ts';

/**
 * What routes add for a workload of a namespace that these Services reach: the pods that serve the
 * route, on the pods' ports behind each Service port that it names. A route that no Service lets in
 * adds nothing, nor does one that names ports only that its Services lack. Pods of a Gateway that is of
 * another environment are left out, which is told of the route.
 */
export function allowRoutes(
  world: World,
  namespace: string,
  services: readonly ServiceRecord[],
): Allowed[] {
  const ports = new Map<RouteRecord, PolicyPort[]>();
  for (const service of services) {
    for (const route of world.outside.routesTo(service.namespace, service.name)) {
      const meant = isLetIn(world, route, service)
        ? portsNamed(route.backends, service).map(translate)
        : [];
      if (meant.length > 0) ports.set(route, [...(ports.get(route) ?? []), ...meant]);
    }
  }
  return [...ports].map(([route, meant]) => allowRoute(world, namespace, route, meant));
}

function allowRoute(
  world: World,
  namespace: string,
  route: RouteRecord,
  ports: readonly PolicyPort[],
): Allowed {
  const text = textOf(route);
  const shown = { allowance: 'routes', cause: route.ref, text } as const;
  const together: Party[] = [];
  let crossing: Problem | undefined;
  for (const party of serving(world, route)) {
    const problem = crossingOfRoute(world, namespace, text, party.namespace ?? namespace);
    if (problem === undefined) together.push(party);
    crossing ??= problem;
  }
  const each = allowed(shown, together, ports, () => unknown(world, route, text));
  return crossing === undefined ? each : { ...each, problem: crossing };
}

/**
 *   of a route                                 not known is
 *   through a Gateway                          the Gateway, which has pods of its own
 *   while no ingress pods are known            who they are
 *   of a class that is not there               the class
 *   of a class that no ingress pods list       the controller of the class
 */
function unknown(world: World, { gateways, className }: RouteRecord, text: string): Problem {
  const notThere = (party: string, setting = ''): Problem => ({
    code: 'PartyUnknown',
    data: { text, party, setting, missing: '' },
  });
  if (gateways.length > 0) {
    const names = gateways.map(({ namespace, name }) => `${namespace}/${name}`);
    return notThere(`Gateway ${names.join(', ')}`);
  }
  if (ingressPods(world).length === 0) return partyUnknown(world, 'Ingress', text);
  const [first] = world.outside.ingressClasses(className);
  return first === undefined
    ? notThere(className === undefined ? 'a default IngressClass' : `IngressClass ${className}`)
    : notThere(`controller ${first.controller}`, 'parties.ingress');
}

/** A route of another namespace needs a ReferenceGrant of the Service's; one of a mesh lets nobody in. */
function isLetIn(world: World, route: RouteRecord, { namespace, name }: ServiceRecord): boolean {
  if (route.ref.kind !== 'Ingress' && route.gateways.length === 0) return false;
  return route.ref.namespace === namespace || world.outside.isGranted(route, namespace, name);
}

/** The pods through which requests of a route come, each once. */
function serving(world: World, route: RouteRecord): Party[] {
  const found =
    route.ref.kind === 'Ingress' ? servingIngress(world, route) : servingGateways(world, route);
  const each = new Map(found.map((party) => [JSON.stringify(party.peer), party]));
  return [...each.values()];
}

function servingIngress(world: World, { className }: RouteRecord): Party[] {
  const classes = world.outside.ingressClasses(className);
  const controllers = classes.map(({ controller }) => controller);
  return ingressPods(world)
    .filter(
      (pods) => pods.controllers === undefined || controllers.some((each) => runs(pods, each)),
    )
    .map(podsParty);
}

/**
 *   ingress pods that list                      serve a Gateway
 *   the controller of its class                 yes
 *   no controllers                              yes
 *   (none that lists the controller of it)      the pods made for the Gateway do (GEP-1762)
 */
function servingGateways(world: World, { gateways }: RouteRecord): Party[] {
  const all = ingressPods(world);
  return gateways.flatMap(({ namespace, name }) => {
    const gateway = world.outside.gateway(namespace, name);
    if (gateway === undefined) return [];
    const controller = world.outside.gatewayClass(gateway.className)?.controller;
    const listed = all.filter((pods) => controller !== undefined && runs(pods, controller));
    const own = listed.length > 0 ? listed : podsOfGateway(gateway);
    const any = all.filter(({ controllers }) => controllers === undefined);
    return [...own, ...any].map(podsParty);
  });
}

function ingressPods(world: World): IngressPods[] {
  return known(world, world.settings.parties.ingress);
}

function runs({ controllers = [] }: IngressPods, controller: string): boolean {
  return controllers.includes(controller);
}

function textOf({ ref, className, gateways }: RouteRecord): string {
  const route = `${ref.kind} ${ref.namespace}/${ref.name}`;
  if (ref.kind === 'Ingress') {
    return className === undefined ? route : `${route} of class ${className}`;
  }
  const through = gateways.map(({ namespace, name }) => `${namespace}/${name}`);
  return through.length === 0 ? route : `${route} through Gateway ${through.join(', ')}`;
}
