import fc from 'fast-check';
import { kindOfName } from '../../src/core/model/kinds.ts';
import type { Direction } from '../../src/core/model/policy.ts';
import type { ResourceRecord, WorkloadRecord } from '../../src/core/model/records.ts';
import { resource } from './builders.ts';
import { namespaceSelectors, podSelectors } from './selector-arbitraries.ts';
import {
  apiServerPorts,
  appNames,
  blocks,
  dnsPorts,
  exceptions,
  given,
  kinds,
  missingPortName,
  namedApps,
  namedHosts,
  namedNamespaces,
  namespaceNames,
  pick,
  portNames,
  portNumbers,
  portRanges,
  someProtocol,
  sometimes,
} from './vocabulary.ts';

/** AppConnectivity resources, as they are written: `spec` is raw. */

/** A resource has no group beside the kind: no two kinds have one name. */
const kindsInSpecs = kinds.map((kind) => kindOfName(kind).kind);

const optionalNamespace = sometimes(35, namedNamespaces);

const podParties: fc.Arbitrary<object> = pick<object>(
  [
    4,
    fc
      .record({ name: namedApps, namespace: optionalNamespace })
      .map((service) => ({ service: given(service) })),
  ],
  [
    4,
    fc
      .record({ kind: kindsInSpecs, name: namedApps, namespace: optionalNamespace })
      .map((workload) => ({ workload: given(workload) })),
  ],
  [
    4,
    fc
      .record({ selector: podSelectors, namespaceSelector: sometimes(40, namespaceSelectors) })
      .map((pods) => ({ pods: given(pods) })),
  ],
  [1, namedNamespaces.map((name) => ({ namespace: { name } }))],
  [1, namespaceSelectors.map((selector) => ({ namespace: { selector } }))],
  [1, fc.constantFrom('Namespace', 'Cluster').map((entity) => ({ entity }))],
);

const addressParties: fc.Arbitrary<object> = pick<object>(
  [2, fc.constantFrom(...blocks).map((block) => ({ cidr: { block } }))],
  [3, fc.constantFrom(...exceptions).map(([block, except]) => ({ cidr: { block, except } }))],
  [1, fc.constant({ entity: 'Internet' })],
  [3, namedHosts.map((name) => ({ host: { name } }))],
);

const clusterParties = fc
  .constantFrom('DNS', 'Ingress', 'Monitoring', 'Ingress')
  .map((entity) => ({ entity }));

const protocol = sometimes(30, someProtocol);
const numbers = fc.record({ port: fc.constantFrom(...portNumbers), protocol }).map(given);
/** The numbers among these. */
const numbersIn = (some: readonly (number | string)[]) =>
  fc
    .record({ port: fc.constantFrom(...some.filter((one) => typeof one === 'number')), protocol })
    .map(given);
const ranges = fc
  .tuple(fc.constantFrom(...portRanges), protocol)
  .map(([[port, endPort], one]) => given({ port, endPort, protocol: one }));
const names = fc
  .record({ port: fc.constantFrom(...portNames, ...portNames, missingPortName), protocol })
  .map(given);

function withPorts(
  parties: fc.Arbitrary<object>,
  ports: fc.Arbitrary<object>,
): fc.Arbitrary<object> {
  return fc
    .tuple(parties, sometimes(60, fc.array(ports, { minLength: 1, maxLength: 2 })))
    .map(([party, list]) => given({ ...party, ports: list }));
}

const portsOfPods = pick<object>([4, numbers], [1, ranges], [2, names]);

/** In `acceptsFrom` the port is the workload's own, and may have a name. */
const portsOfAddresses: Readonly<Record<Direction, fc.Arbitrary<object>>> = {
  Egress: pick<object>([3, numbers], [1, ranges]),
  Ingress: portsOfPods,
};

/** Parties that have addresses; nodes always with a port. */
const machineEntries = (ports: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  pick<object>(
    [1, withPorts(fc.constant({ entity: 'KubeAPIServer' }), ports)],
    [1, withPorts(fc.constant({ entity: 'KubeAPIServer' }), numbersIn(apiServerPorts))],
    [1, ports.map((port) => ({ entity: 'Nodes', ports: [port] }))],
  );

const entries = (direction: Direction): fc.Arbitrary<object> =>
  pick(
    [1, withPorts(clusterParties, pick<object>([3, numbers], [1, names]))],
    [1, withPorts(fc.constant({ entity: 'DNS' }), numbersIn(dnsPorts))],
    [1, machineEntries(portsOfAddresses[direction])],
    [6, withPorts(podParties, portsOfPods)],
    [2, withPorts(addressParties, portsOfAddresses[direction])],
  );

/** One direction: mostly a list of parties, sometimes nobody, now and then Invalid. */
const directionLists = (direction: Direction): fc.Arbitrary<readonly object[]> =>
  pick<readonly object[]>(
    [16, fc.array(entries(direction), { minLength: 1, maxLength: 3 })],
    [2, fc.constant([{ nobody: true }])],
    [
      1,
      fc.constantFrom(
        [],
        [{ host: { name: '*.example.com' } }],
        [{ nobody: true }, { entity: 'Cluster' }],
      ),
    ],
  );

const talksToLists = directionLists('Egress');
const acceptsFromLists = directionLists('Ingress');

/** What a resource is about, and in which namespace. */
interface Subject {
  readonly home: string;
  readonly about: object;
}

const subjects: fc.Arbitrary<Subject> = fc.record({
  home: namespaceNames,
  about: pick<object>(
    [
      1,
      fc
        .record({ kind: kindsInSpecs, name: fc.constantFrom(...appNames) })
        .map((workload) => ({ workload })),
    ],
    [3, podSelectors.map((selector) => ({ selector }))],
  ),
});

const subjectOf = ({ ref: { kind, name, namespace: home } }: WorkloadRecord): Subject => ({
  ...{ home, about: { workload: { kind, name } } },
});

const directions = pick<object>(
  [2, talksToLists.map((talksTo) => ({ talksTo }))],
  [2, acceptsFromLists.map((acceptsFrom) => ({ acceptsFrom }))],
  [2, fc.record({ talksTo: talksToLists, acceptsFrom: acceptsFromLists })],
);

const switches = fc
  .record({
    dns: sometimes(8, fc.constantFrom('Deny', 'Allow')),
    self: sometimes(8, fc.constantFrom('Deny', 'Allow')),
    auto: sometimes(
      8,
      fc
        .tuple(
          fc.constantFrom('routes', 'metrics', 'webhooks'),
          fc.constantFrom('Deny', 'Deny', 'Allow'),
        )
        .map(([what, said]) => ({ [what]: said })),
    ),
  })
  .map(given);

/** A resource about a selector or a workload, often one of these; of few names, so that one replaces another. */
export function resourcesAbout(workloads: readonly WorkloadRecord[]): fc.Arbitrary<ResourceRecord> {
  const some =
    workloads.length === 0
      ? subjects
      : pick<Subject>([2, subjects], [1, fc.constantFrom(...workloads).map(subjectOf)]);
  return fc
    .tuple(some, fc.constantFrom('one', 'two', 'three'), directions, switches)
    .map(([{ home, about }, name, lists, rest]) =>
      resource(`${home}/${name}`, { ...about, ...lists, ...rest }),
    );
}
