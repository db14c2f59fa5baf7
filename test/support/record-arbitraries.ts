import fc from 'fast-check';
import { talksTo } from '../../src/core/intent/keys.ts';
import {
  type LabelSelector,
  type Labels,
  selects,
  selectsEverything,
} from '../../src/core/model/labels.ts';
import { type Direction, directions } from '../../src/core/model/policy.ts';
import type {
  ContainerPort,
  NamespaceRecord,
  OwnDns,
  PolicyRecord,
  RangeRecord,
  Scrape,
  ServicePort,
  ServiceRecord,
  WorkloadRecord,
} from '../../src/core/model/records.ts';
import { liveDeny, livePolicy, namespace, service, workload } from './builders.ts';
import { autoTexts, declarationTexts, namespaceTexts, switchTexts } from './entry-texts.ts';
import { node } from './outside-builders.ts';
import {
  appNames,
  chance,
  clusterRanges,
  environmentLabel,
  environmentNames,
  given,
  hashLabels,
  kinds,
  namespaceNames,
  nodeAddresses,
  pick,
  portNames,
  portNumbers,
  runtimeLabels,
  someProtocol,
  sometimes,
  systemNamespace,
  userNamespaces,
} from './vocabulary.ts';

const saying = {
  talksTo: sometimes(45, declarationTexts('Egress')),
  acceptsFrom: sometimes(45, declarationTexts('Ingress')),
  dns: sometimes(6, switchTexts),
  self: sometimes(8, switchTexts),
  auto: sometimes(8, autoTexts),
};

const moreLabels: fc.Arbitrary<Labels> = fc
  .record({
    tier: sometimes(40, fc.constantFrom('front', 'back')),
    'part-of': sometimes(40, fc.constant('shop')),
    component: sometimes(30, fc.constantFrom('a', 'b')),
  })
  .map(given);

/** Selectors as charts write them; which of them fits a template is asked afterwards. */
const selectorShapes = (labels: Labels): fc.Arbitrary<LabelSelector> => {
  const keys = (...names: readonly string[]): LabelSelector => ({
    matchLabels: Object.fromEntries(
      names.flatMap((key) => (labels[key] ? [[key, labels[key]]] : [])),
    ),
  });
  const expression = (one: NonNullable<LabelSelector['matchExpressions']>[number]) => ({
    matchExpressions: [one],
  });
  return pick(
    [8, fc.constant(keys('app'))],
    [2, fc.constant(keys('app', 'tier'))],
    [2, fc.constant(keys('tier'))],
    [1, fc.constant(keys('part-of', 'component'))],
    [1, fc.constant(expression({ key: 'app', operator: 'In', values: ['api', 'cart', 'web'] }))],
    [1, fc.constant(expression({ key: 'tier', operator: 'Exists' }))],
    [1, fc.constant(expression({ key: 'tier', operator: 'DoesNotExist' }))],
    [1, fc.constant(expression({ key: 'component', operator: 'NotIn', values: ['a'] }))],
  );
};

/** Names at most once for a protocol, numbers too, as the API server wants them. */
const containerPorts: fc.Arbitrary<ContainerPort[]> = fc
  .array(
    fc.record({
      name: sometimes(60, fc.constantFrom(...portNames)),
      port: fc.constantFrom(...portNumbers),
      protocol: someProtocol,
    }),
    { maxLength: 3 },
  )
  .map((ports) => {
    const names = ports.map(({ name, protocol }) => `${name}/${protocol}`);
    const numbers = ports.map(({ port, protocol }) => `${port}/${protocol}`);
    return ports
      .filter(
        (_, index) =>
          names.indexOf(names[index] ?? '') === index &&
          numbers.indexOf(numbers[index] ?? '') === index,
      )
      .map(given);
  });

const templates = fc
  .tuple(
    sometimes(20, fc.constantFrom(...appNames)),
    fc.constantFrom(...appNames),
    moreLabels,
    chance(4),
  )
  .chain(([otherApp, name, more, unlabelled]) => {
    const labels: Labels = unlabelled ? {} : { app: otherApp ?? name, ...more };
    return selectorShapes(labels).map((shape) => {
      const fits = !selectsEverything(shape) && selects(shape, labels);
      return { name, labels, selector: fits ? shape : { matchLabels: { ...labels } } };
    });
  });

/** What annotations for Prometheus say. */
const scrapes: fc.Arbitrary<Scrape | undefined> = sometimes<Scrape>(
  20,
  pick<Scrape>([1, fc.constant({})], [1, fc.constantFrom(9090, 8080).map((port) => ({ port }))]),
);

/** A workload of a user, whose selector matches its own template. */
export const workloadRecords: fc.Arbitrary<WorkloadRecord> = fc
  .record({
    ...saying,
    namespace: namespaceNames,
    kind: kinds,
    template: templates,
    ports: containerPorts,
    hostNetwork: chance(6),
    asks: sometimes(12, fc.constantFrom<OwnDns>({}, { servers: ['203.0.113.7', '10.96.0.10'] })),
    mode: sometimes(10, fc.constantFrom('audit', 'audit', 'enforce', 'Audit')),
    emptySelector: chance(3),
    scrape: scrapes,
  })
  .map(({ namespace: home, template, emptySelector, ...parts }) =>
    workload(`${home}/${template.name}`, {
      ...parts,
      labels: template.labels,
      selector: emptySelector || Object.keys(template.labels).length === 0 ? {} : template.selector,
    }),
  );

const serviceSelectors = (name: string): fc.Arbitrary<Labels | undefined> =>
  pick<Labels | undefined>(
    [9, fc.constant({ app: name })],
    [2, fc.constantFrom(...appNames).map((app) => ({ app }))],
    [1, fc.constantFrom('front', 'back').map((tier) => ({ tier }))],
    [2, fc.constant({ app: name, ...runtimeLabels })],
    [1, fc.constantFrom('a', 'b').map((component) => ({ 'part-of': 'shop', component }))],
    [1, fc.constant({ app: name, ...hashLabels })],
    [1, fc.constant(hashLabels)],
    [1, fc.constant({ made: 'elsewhere' })],
    [1, fc.constant(undefined)],
  );

/** Unique by port and protocol and by name, as the API server wants them. */
const servicePorts: fc.Arbitrary<ServicePort[]> = fc
  .array(
    fc.record({
      name: sometimes(60, fc.constantFrom(...portNames, 'web')),
      protocol: someProtocol,
      port: fc.constantFrom(...portNumbers),
      targetPort: pick<number | string>(
        [3, fc.constantFrom(...portNumbers)],
        [2, fc.constantFrom(...portNames)],
      ),
    }),
    { maxLength: 3 },
  )
  .map((ports) => {
    const numbers = ports.map(({ port, protocol }) => `${port}/${protocol}`);
    const names = ports.map(({ name }) => name);
    return ports
      .filter((_, index) => numbers.indexOf(numbers[index] ?? '') === index)
      .map(({ name, ...port }) =>
        given({
          ...port,
          name: names.filter((other) => other === name).length > 1 ? undefined : name,
        }),
      );
  });

export const serviceRecords: fc.Arbitrary<ServiceRecord> = fc
  .record({
    home: namespaceNames,
    name: fc.constantFrom(...appNames),
    ports: servicePorts,
    headless: chance(15),
    external: chance(4),
    labels: fc.constantFrom<Labels>({}, { app: 'cart' }, { team: 'a' }, { team: 'b', app: 'db' }),
    scrape: scrapes,
    address: fc.constantFrom('10.96.0.20', '10.96.0.21', 'fd00:10:96::20'),
    stray: chance(5),
  })
  .chain(({ home, name, ports, headless, external, address, labels, scrape, stray }) =>
    serviceSelectors(name).map((selector) =>
      service(`${home}/${name}`, ports, {
        ...given({ labels, scrape }),
        ...(stray && { strays: [{ key: talksTo, path: ['metadata', 'annotations', talksTo] }] }),
        selector: external ? undefined : selector,
        external,
        headless: headless && !external,
        clusterIPs: headless || external ? [] : [address],
      }),
    ),
  );

const denyValues: fc.Arbitrary<string | undefined> = fc.constantFrom(
  ...[undefined, undefined, 'true', 'true', 'ingress', 'egress', 'false', 'yes'],
);

const modeValues = fc.constantFrom('audit', 'audit', 'enforce', 'Audit');

/** What is live of a default-deny, mostly ours, with whatever directions it had. */
const liveDenies: fc.Arbitrary<PolicyRecord> = fc
  .record({
    home: namespaceNames,
    types: fc.constantFrom<readonly Direction[]>(directions, ['Ingress'], ['Egress']),
    applied: chance(85),
  })
  .map(({ home, types, applied }) => liveDeny(home, types, applied));

/** The live policy of a workload that is gone: it stays for its pods, which are exempt or not. */
const liveOfOthers: fc.Arbitrary<PolicyRecord> = fc
  .record({ home: namespaceNames, exempt: chance(40), applied: chance(85) })
  .map(({ home, exempt, applied }) => livePolicy(home, 'Deployment/gone', exempt, applied));

export const livePolicies: fc.Arbitrary<PolicyRecord> = pick([3, liveDenies], [1, liveOfOthers]);

export function namespaceRecords(name: string): fc.Arbitrary<NamespaceRecord> {
  const own = name === systemNamespace;
  return fc
    .record({
      deny: own ? sometimes(10, fc.constant('true')) : denyValues,
      mode: sometimes(own ? 3 : 20, modeValues),
      labels: fc
        .record({
          team: sometimes(60, fc.constantFrom('a', 'b')),
          [environmentLabel]: sometimes(
            80,
            fc.constantFrom(...environmentNames, ...environmentNames, ''),
          ),
        })
        .map(given),
      talksTo: sometimes(25, namespaceTexts('Egress')),
      acceptsFrom: sometimes(25, namespaceTexts('Ingress')),
      dns: sometimes(6, switchTexts),
      self: sometimes(6, switchTexts),
      auto: sometimes(6, autoTexts),
      monitorsFrom: sometimes(40, fc.constantFrom('shop', 'edge, shop', 'billing', 'Edge, shop')),
    })
    .map((parts) => namespace(name, parts));
}

/** Any namespace of the vocabulary, now and then one that is being deleted. */
export const anyNamespaceRecord: fc.Arbitrary<NamespaceRecord> = fc
  .tuple(fc.constantFrom(...userNamespaces, systemNamespace).chain(namespaceRecords), chance(10))
  .map(([record, terminating]) => ({ ...record, terminating }));

export const rangeRecords: fc.Arbitrary<RangeRecord> = pick<RangeRecord>(
  [
    1,
    fc.subarray(clusterRanges, { minLength: 1, maxLength: 2 }).map((ranges) => ({
      ...{ kind: 'ClusterRange' as const, source: 'ServiceCIDR/kubernetes', ranges },
    })),
  ],
  [
    3,
    fc
      .record({
        name: fc.constantFrom('one', 'two', 'three'),
        addresses: fc.subarray(nodeAddresses, { minLength: 1, maxLength: 2 }),
        ranges: fc.subarray(clusterRanges, { maxLength: 1 }),
        controlPlane: chance(40),
        gke: chance(12),
      })
      .map(({ name, addresses, ...parts }) => node(name, addresses, parts)),
  ],
);
