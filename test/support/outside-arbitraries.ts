import fc from 'fast-check';
import type { LabelSelector } from '../../src/core/model/labels.ts';
import type {
  ApiServerRecord,
  MonitorPort,
  MonitorRecord,
  OutsideRecord,
  RouteRecord,
  ServiceRecord,
  WebhookRecord,
} from '../../src/core/model/records.ts';
import {
  addresses,
  apiServer,
  gateway,
  gatewayClass,
  gatewayRoute,
  grant,
  ingress,
  ingressClass,
  monitor,
  webhook,
} from './outside-builders.ts';
import {
  apiServerAddresses,
  appNames,
  chance,
  classNames,
  controllers,
  gatewayNames,
  hostAddresses,
  hosts,
  longGatewayName,
  missingPortName,
  namespaceNames,
  partyNamespace,
  pick,
  portNames,
  portNumbers,
  sometimes,
  userNamespaces,
} from './vocabulary.ts';

/** What stands beside the namespaces' own words: routes, monitors, webhooks, known addresses. */

const somePort = fc.constantFrom(...portNumbers);

const servicePort = pick<number | string>([3, somePort], [2, fc.constantFrom(...portNames, 'web')]);

/** A Service port, mostly one that there is, so that what is in front of it mostly leads somewhere. */
function backends(services: readonly ServiceRecord[], named: boolean): fc.Arbitrary<string> {
  const known = services.flatMap(({ namespace, name, ports }) =>
    ports.flatMap((port) => [
      `${namespace}/${name}:${port.port}`,
      ...(named && port.name !== undefined ? [`${namespace}/${name}:${port.name}`] : []),
    ]),
  );
  const any = fc
    .tuple(namespaceNames, fc.constantFrom(...appNames), named ? servicePort : somePort)
    .map(([namespace, name, port]) => `${namespace}/${name}:${port}`);
  return known.length === 0 ? any : pick<string>([5, fc.constantFrom(...known)], [1, any]);
}

function homesOf(services: readonly ServiceRecord[]): fc.Arbitrary<string> {
  const known = services.map(({ namespace }) => namespace);
  return known.length === 0
    ? namespaceNames
    : pick<string>([2, fc.constantFrom(...known)], [1, namespaceNames]);
}

function backendLists(services: readonly ServiceRecord[], named: boolean) {
  return fc.array(backends(services, named), { minLength: 1, maxLength: 3 });
}

/** Its backends are in the namespace of the first. */
function ingresses(services: readonly ServiceRecord[]): fc.Arbitrary<RouteRecord> {
  return fc
    .record({
      name: fc.constantFrom('one', 'two'),
      list: backendLists(services, true),
      className: fc.constantFrom(...classNames, undefined, undefined, 'gone'),
    })
    .map(({ name, list, className }) => {
      const home = namespaceIn(list[0]);
      return ingress(
        `${home}/${name}`,
        list.filter((one) => namespaceIn(one) === home),
        className,
      );
    });
}

function namespaceIn(backend = ''): string {
  return backend.slice(0, backend.indexOf('/'));
}

const gatewayRefs = pick<string>(
  [6, fc.constant(`${partyNamespace}/${gatewayNames[0]}`)],
  [2, fc.constant(`${partyNamespace}/${longGatewayName}`)],
  // Those of users, in whatever environment they are.
  [5, namespaceNames.map((home) => `${home}/${gatewayNames[1]}`)],
);

const routeKinds = fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute');

/** A route, mostly beside its first backend, else mostly with a grant to lead there; and its Gateways. */
function gatewayRoutes(services: readonly ServiceRecord[]): fc.Arbitrary<OutsideRecord[]> {
  return fc
    .record({
      name: fc.constantFrom('one', 'two'),
      kind: routeKinds,
      list: backendLists(services, false),
      elsewhere: sometimes(65, namespaceNames),
      gateways: fc.array(gatewayRefs, { minLength: 1, maxLength: 2 }),
      granted: chance(80),
      to: grantedNames,
      runsItself: chance(50),
    })
    .map(({ name, kind, list, elsewhere, gateways: attached, granted, to, runsItself }) => {
      const home = elsewhere ?? namespaceIn(list[0]);
      return [
        gatewayRoute(`${home}/${name}`, list, attached, kind),
        ...(granted ? [grant(`${namespaceIn(list[0])}/from-${home}`, home, to, kind)] : []),
        ...(runsItself ? attached.map((path) => gateway(path, 'gone')) : []),
      ];
    });
}

const grantedNames = pick<(string | undefined)[]>(
  [2, fc.constant([undefined])],
  [1, fc.subarray<string | undefined>([...appNames], { minLength: 1, maxLength: 2 })],
);

const gateways = fc
  .tuple(gatewayRefs, fc.constantFrom(...classNames, ...classNames, 'gone'))
  .map(([path, className]) => gateway(path, className));

const classes = fc
  .record({
    name: fc.constantFrom(...classNames),
    controller: fc.constantFrom(...controllers),
    isDefault: chance(50),
    ofGateways: chance(50),
  })
  .map(({ name, controller, isDefault, ofGateways }) =>
    ofGateways ? gatewayClass(name, controller) : ingressClass(name, controller, isDefault),
  );

const grants = fc
  .record({
    home: namespaceNames,
    from: namespaceNames,
    to: grantedNames,
    kind: routeKinds,
  })
  .map(({ home, from, to, kind }) => grant(`${home}/from-${from}`, from, to, kind));

const monitorSelectors = fc.constantFrom<LabelSelector>(
  {},
  {},
  {},
  { matchLabels: { app: 'cart' } },
  { matchLabels: { team: 'a' } },
  { matchLabels: { tier: 'front' } },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['cart', 'db', 'api'] }] },
);

const monitorPorts = fc.array(
  pick<MonitorPort>(
    [3, fc.constantFrom(...portNames, 'web').map((name) => ({ name }))],
    [2, servicePort.map((targetPort) => ({ targetPort }))],
    // Many exporters declare no port.
    [
      1,
      fc.constantFrom<number | string>(9187, missingPortName).map((targetPort) => ({ targetPort })),
    ],
  ),
  { minLength: 1, maxLength: 2 },
);

/** Mostly where there is a Service. */
const monitors = (services: readonly ServiceRecord[]) =>
  fc
    .record({
      home: homesOf(services),
      name: fc.constantFrom('one', 'two'),
      kind: fc.constantFrom('ServiceMonitor', 'PodMonitor'),
      selector: monitorSelectors,
      ports: monitorPorts,
      namespaces: pick<MonitorRecord['namespaces']>(
        [2, fc.constant('own')],
        [2, fc.constant('any')],
        [2, fc.subarray([...userNamespaces], { minLength: 1 })],
      ),
    })
    .map(({ home, name, selector, ports, ...parts }) =>
      monitor(`${home}/${name}`, selector, ports, parts),
    );

function webhooks(services: readonly ServiceRecord[]): fc.Arbitrary<WebhookRecord> {
  return fc
    .record({
      name: fc.constantFrom('one', 'two'),
      called: backendLists(services, false),
      kind: fc.constantFrom('ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'),
    })
    .map(({ name, called, kind }) => webhook(name, called, kind));
}

const apiServerPorts = fc.constantFrom<ApiServerRecord['ports']>(
  [{ port: 6443, protocol: 'TCP' }],
  [{ port: 6443, protocol: 'TCP' }],
  [{ port: 443, protocol: 'TCP' }],
  [
    { port: 443, protocol: 'TCP' },
    { port: 443, protocol: 'UDP' },
  ],
  [
    { port: 6443, protocol: 'TCP' },
    { port: 8443, protocol: 'TCP' },
  ],
  [],
);

const apiServers = fc
  .record({
    name: fc.constantFrom('kubernetes', 'kubernetes-v6'),
    known: fc.subarray(apiServerAddresses, { minLength: 1, maxLength: 2 }),
    ports: apiServerPorts,
  })
  .map(({ name, known, ports }) => apiServer(known, ports, name));

const learnt = pick(
  [
    5,
    fc
      .tuple(fc.constantFrom(hosts[0], hosts[1]), fc.subarray(hostAddresses, { maxLength: 4 }))
      .map(([host, known]) => addresses(host, known)),
  ],
  [
    1,
    fc
      .tuple(fc.subarray(apiServerAddresses, { minLength: 1, maxLength: 1 }), apiServerPorts)
      .map(([known, ports]) => ({
        ...addresses('@kube-apiserver', known),
        ...(ports.length > 0 && { ports }),
      })),
  ],
);

/** One record of these kinds; few names, so that one replaces another. */
export const outsideRecords: fc.Arbitrary<OutsideRecord> = pick<OutsideRecord>(
  [3, ingresses([])],
  [3, gatewayRoutes([]).map(([route]) => route as OutsideRecord)],
  [2, gateways],
  [3, classes],
  [2, grants],
  [3, monitors([])],
  [1, webhooks([])],
  [1, apiServers],
  [2, learnt],
);

/** What a world with these Services holds of them. */
export function outsideAround(services: readonly ServiceRecord[]): fc.Arbitrary<OutsideRecord[]> {
  return fc
    .tuple(
      fc.array(ingresses(services), { maxLength: 2 }),
      fc.array(gatewayRoutes(services), { maxLength: 3 }),
      fc.array(gateways, { minLength: 2, maxLength: 4 }),
      fc.array(classes, { maxLength: 4 }),
      fc.array(monitors(services), { maxLength: 3 }),
      fc.array(webhooks(services), { maxLength: 1 }),
      pick<ApiServerRecord[]>([1, fc.constant([])], [3, fc.tuple(apiServers)]),
      fc.array(learnt, { maxLength: 3 }),
    )
    .map((parts) => parts.flat(2) as OutsideRecord[]);
}
