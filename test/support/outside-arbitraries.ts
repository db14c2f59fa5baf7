import fc from 'fast-check';
import type { LabelSelector } from '../../src/core/model/labels.ts';
import type {
  ApiServerRecord,
  MonitorPort,
  MonitorRecord,
  OutsideRecord,
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
  namespaceNames,
  pick,
  portNames,
  portNumbers,
  userNamespaces,
} from './vocabulary.ts';

/** What stands beside the namespaces' own words: routes, monitors, webhooks, known addresses. */

const servicePort = pick<number | string>(
  [3, fc.constantFrom(...portNumbers)],
  [2, fc.constantFrom(...portNames, 'web')],
);

const backendsIn = (home: fc.Arbitrary<string>, port: fc.Arbitrary<number | string>) =>
  fc.array(
    fc
      .tuple(home, fc.constantFrom(...appNames), port)
      .map(([namespace, name, one]) => `${namespace}/${name}:${one}`),
    { minLength: 1, maxLength: 3 },
  );

const ingresses = namespaceNames.chain((home) =>
  fc
    .record({
      name: fc.constantFrom('one', 'two'),
      backends: backendsIn(fc.constant(home), servicePort),
      className: fc.constantFrom(...classNames, ...classNames, undefined, 'gone'),
    })
    .map(({ name, backends, className }) => ingress(`${home}/${name}`, backends, className)),
);

const gatewayRefs = fc
  .tuple(namespaceNames, fc.constantFrom(...gatewayNames))
  .map(([home, name]) => `${home}/${name}`);

const routeKinds = fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute');

const gatewayRoutes = namespaceNames.chain((home) =>
  fc
    .record({
      name: fc.constantFrom('one', 'two'),
      kind: routeKinds,
      backends: backendsIn(
        pick<string>([2, fc.constant(home)], [1, namespaceNames]),
        fc.constantFrom(...portNumbers),
      ),
      gateways: fc.array(gatewayRefs, { minLength: 1, maxLength: 2 }),
    })
    .map(({ name, kind, backends, gateways }) =>
      gatewayRoute(`${home}/${name}`, backends, gateways, kind),
    ),
);

const gateways = fc
  .tuple(gatewayRefs, fc.constantFrom(...classNames, ...classNames, 'gone'))
  .map(([path, className]) => gateway(path, className));

const classes = fc
  .record({
    name: fc.constantFrom(...classNames),
    controller: fc.constantFrom(...controllers),
    isDefault: chance(40),
    ofGateways: chance(50),
  })
  .map(({ name, controller, isDefault, ofGateways }) =>
    ofGateways ? gatewayClass(name, controller) : ingressClass(name, controller, isDefault),
  );

const grants = fc
  .record({
    home: namespaceNames,
    from: namespaceNames,
    to: pick<(string | undefined)[]>(
      [2, fc.constant([undefined])],
      [1, fc.subarray<string | undefined>([...appNames], { minLength: 1, maxLength: 2 })],
    ),
    kind: routeKinds,
  })
  .map(({ home, from, to, kind }) => grant(`${home}/from-${from}`, from, to, kind));

const monitorSelectors = fc.constantFrom<LabelSelector>(
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
  ),
  { minLength: 1, maxLength: 2 },
);

const monitors = fc
  .record({
    home: namespaceNames,
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

const webhooks = fc
  .record({
    name: fc.constantFrom('one', 'two'),
    services: backendsIn(namespaceNames, fc.constantFrom(...portNumbers)),
    kind: fc.constantFrom('ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'),
  })
  .map(({ name, services, kind }) => webhook(name, services, kind));

const apiServerPorts = fc.constantFrom<ApiServerRecord['ports']>(
  [{ port: 6443, protocol: 'TCP' }],
  [{ port: 443, protocol: 'TCP' }],
  [
    { port: 443, protocol: 'TCP' },
    { port: 443, protocol: 'UDP' },
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
      .subarray(apiServerAddresses, { minLength: 1, maxLength: 1 })
      .map((known) => addresses('@kube-apiserver', known)),
  ],
);

/** One record of these kinds; few names, so that one replaces another. */
export const outsideRecords: fc.Arbitrary<OutsideRecord> = pick<OutsideRecord>(
  [3, ingresses],
  [3, gatewayRoutes],
  [2, gateways],
  [3, classes],
  [2, grants],
  [3, monitors],
  [1, webhooks],
  [1, apiServers],
  [2, learnt],
);

/** What a world holds of them: all kinds, each sparse; what routes need is there more often. */
export const outsideOfWorlds: fc.Arbitrary<OutsideRecord[]> = fc
  .tuple(
    fc.array(pick<OutsideRecord>([1, ingresses], [1, gatewayRoutes]), { maxLength: 3 }),
    fc.array(gateways, { maxLength: 3 }),
    fc.array(classes, { maxLength: 3 }),
    fc.array(grants, { maxLength: 2 }),
    fc.array(monitors, { maxLength: 3 }),
    fc.array(webhooks, { maxLength: 1 }),
    fc.array(apiServers, { maxLength: 1 }),
    fc.array(learnt, { maxLength: 3 }),
  )
  .map((parts) => parts.flat());
