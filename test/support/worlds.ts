import fc from 'fast-check';
import { keyOf } from '../../src/core/model/identity.ts';
import type {
  NamespaceRecord,
  ServiceRecord,
  WorkloadRecord,
  WorldRecord,
} from '../../src/core/model/records.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { isOutside, identityOf as outsideIdentity } from '../../src/core/world/outside.ts';
import { service, servicePort, tcp, workload } from './builders.ts';
import { outsideAround } from './outside-arbitraries.ts';
import {
  livePolicies,
  namespaceRecords,
  rangeRecords,
  serviceRecords,
  workloadRecords,
} from './record-arbitraries.ts';
import { resourcesAbout } from './resource-arbitraries.ts';
import { settingsArbitrary } from './settings-arbitraries.ts';
import {
  chance,
  dnsLabels,
  konnectivityLabels,
  openShiftNamespace,
  pick,
  sometimes,
  systemNamespace,
  userNamespaces,
} from './vocabulary.ts';

/** The identity of a record as text: two records of one identity are one object. */
export function identityOf(record: WorldRecord): string {
  switch (record.kind) {
    case 'Workload':
      return keyOf(record.ref);
    case 'Namespace':
      return keyOf({ kind: 'Namespace', namespace: '', name: record.name });
    case 'ClusterRange':
      return `ClusterRange/${record.source}`;
    case 'NetworkPolicy':
      return keyOf({ kind: record.kind, ...record.policy.metadata });
    default:
      return isOutside(record) ? `${record.kind} ${outsideIdentity(record)}` : keyOf(record);
  }
}

/** All records of a world, in the order of dependence: namespaces first. */
export function recordsOf(world: TruthWorld): WorldRecord[] {
  const { namespaces, ranges, outside, policies, services, workloads, resources } = world;
  return [
    ...[...namespaces, ...ranges, ...outside, ...policies],
    ...[...services, ...workloads, ...resources],
  ];
}

/** The world that these records make. A later record of one identity replaces an earlier one. */
export function worldFrom(records: readonly WorldRecord[], settings: Settings): TruthWorld {
  const last = [...new Map(records.map((record) => [identityOf(record), record])).values()];
  const ofKind = <Kind extends WorldRecord['kind']>(kind: Kind) =>
    last.filter((record): record is Extract<WorldRecord, { kind: Kind }> => record.kind === kind);
  return {
    namespaces: ofKind('Namespace'),
    workloads: ofKind('Workload'),
    services: ofKind('Service'),
    resources: ofKind('AppConnectivity'),
    ranges: ofKind('ClusterRange'),
    outside: last.filter(isOutside),
    policies: ofKind('NetworkPolicy'),
    settings,
  };
}

const coreDns: fc.Arbitrary<WorkloadRecord> = fc
  .record({ hostNetwork: chance(10), acceptsFrom: sometimes(20, fc.constant('@cluster:dns/udp')) })
  .map((parts) =>
    workload(`${systemNamespace}/coredns`, {
      ...parts,
      labels: dnsLabels,
      ports: [tcp(5353, 'dns', 'UDP'), tcp(5353, 'dns-tcp'), tcp(9153, 'metrics')],
    }),
  );

/** The cluster's DNS Service, under its usual name or another, now and then headless. */
export const dnsServices: fc.Arbitrary<ServiceRecord> = fc
  .record({
    name: fc.constantFrom('kube-dns', 'kube-dns', 'coredns'),
    headless: chance(10),
    named: chance(50),
    clusterIPs: fc.constantFrom([], ['10.96.0.10'], ['10.96.0.10', 'fd00:10:96::a']),
  })
  .map(({ name, headless, named, clusterIPs }) =>
    service(
      `${systemNamespace}/${name}`,
      [
        servicePort(53, named ? 'dns' : 5353, { name: 'dns', protocol: 'UDP' }),
        servicePort(53, named ? 'dns-tcp' : 53, { name: 'dns-tcp' }),
        servicePort(9153, 9153, { name: 'metrics' }),
      ],
      {
        labels: dnsLabels,
        selector: dnsLabels,
        headless,
        clusterIPs: headless ? [] : clusterIPs,
      },
    ),
  );

/** The Service in front of the API server, of either family, or with no address yet. */
export const apiServerFronts: fc.Arbitrary<ServiceRecord> = fc
  .record({
    clusterIPs: fc.constantFrom(['10.96.0.1'], ['10.96.0.1', 'fd00:10:96::1'], []),
    port: fc.constantFrom(443, 443, 443, 6443),
    targetPort: fc.constantFrom(6443, 6443, 9443),
  })
  .map(({ clusterIPs, port, targetPort }) =>
    service('default/kubernetes', [servicePort(port, targetPort, { name: 'https' })], {
      clusterIPs,
    }),
  );

/** As its own manifest has it, which tells no address in most worlds, or as others install it. */
const nodeLocalDns = fc
  .constantFrom(
    { name: 'node-local-dns' },
    { name: 'node-local-dns', localDns: ['169.254.25.10', 'fd00:9::1'] },
    { name: 'nodelocaldns', localDns: ['169.254.25.10'] },
  )
  .map(({ name, ...told }) =>
    workload(`${systemNamespace}/${name}`, {
      ...{ kind: 'DaemonSet', labels: { 'k8s-app': 'node-local-dns' }, hostNetwork: true },
      ...told,
    }),
  );

/** The DNS Service of OpenShift, and the pods behind it. */
const openShiftDns: fc.Arbitrary<WorldRecord[]> = fc
  .record({ pods: chance(70), headless: chance(10) })
  .map(({ pods, headless }) => {
    const labels = { 'dns.operator.openshift.io/daemonset-dns': 'default' };
    const ports = [
      servicePort(53, 'dns', { name: 'dns', protocol: 'UDP' }),
      servicePort(53, 'dns-tcp', { name: 'dns-tcp' }),
    ];
    return [
      service(`${openShiftNamespace}/dns-default`, ports, {
        ...{ selector: labels, headless, clusterIPs: headless ? [] : ['172.30.0.10'] },
      }),
      ...(pods
        ? [
            workload(`${openShiftNamespace}/dns-default`, {
              ...{ kind: 'DaemonSet', labels },
              ports: [tcp(5353, 'dns', 'UDP'), tcp(5353, 'dns-tcp')],
            }),
          ]
        : []),
    ];
  });

/** The agent through which a managed API server reaches into the cluster. */
const konnectivity: fc.Arbitrary<WorkloadRecord> = chance(15).map((hostNetwork) =>
  workload(`${systemNamespace}/konnectivity-agent`, {
    ...{ kind: 'DaemonSet', labels: konnectivityLabels, hostNetwork },
  }),
);

/** What the cluster itself brings; each part may be missing, and so may all of them. */
const systemRecords: fc.Arbitrary<WorldRecord[]> = fc
  .record({
    home: sometimes<NamespaceRecord>(70, namespaceRecords(systemNamespace)),
    pods: sometimes<WorkloadRecord>(80, coreDns),
    service: sometimes<ServiceRecord>(80, dnsServices),
    front: sometimes<ServiceRecord>(80, apiServerFronts),
    cache: sometimes<WorkloadRecord>(20, nodeLocalDns),
    agent: sometimes<WorkloadRecord>(35, konnectivity),
    openShift: pick<WorldRecord[]>([3, fc.constant([])], [1, openShiftDns]),
  })
  .map(({ home, pods, service: dns, front, cache, agent, openShift }) =>
    [home, pods, dns, front, cache, agent, ...openShift].filter((record) => record !== undefined),
  );

/** A namespace of users has a record mostly; files may lack it. */
const userNamespaceRecords: fc.Arbitrary<WorldRecord[]> = fc
  .tuple(...userNamespaces.map((name) => sometimes(90, namespaceRecords(name))))
  .map((records) => records.filter((record) => record !== undefined));

/**
 * Small random worlds, dense in edges: three namespaces of users and perhaps `kube-system`, 3 to 8
 * workloads whose labels and selectors overlap, Services and resources about them, and what stands
 * beside their words: parties, routes, monitors, webhooks, hosts, environments.
 */
export function worlds(): fc.Arbitrary<TruthWorld> {
  return fc
    .record({
      settings: settingsArbitrary,
      namespaces: userNamespaceRecords,
      system: pick<WorldRecord[]>([2, fc.constant([])], [3, systemRecords]),
      subjects: fc
        .uniqueArray(workloadRecords, { minLength: 3, maxLength: 8, selector: identityOf })
        .chain((workloads) =>
          fc
            .uniqueArray(resourcesAbout(workloads), { maxLength: 4, selector: identityOf })
            .map((resources) => [...workloads, ...resources]),
        ),
      around: fc
        .uniqueArray(serviceRecords, { maxLength: 5, selector: identityOf })
        .chain((services) =>
          outsideAround(services).map((outside) => [...outside, ...services] as WorldRecord[]),
        ),
      policies: fc.uniqueArray(livePolicies, { maxLength: 2, selector: identityOf }),
      ranges: fc.uniqueArray(rangeRecords, { maxLength: 3, selector: identityOf }),
    })
    .map(({ settings, namespaces, system, ...rest }) =>
      worldFrom(
        [
          ...[...namespaces, ...system, ...rest.ranges, ...rest.policies],
          ...[...rest.around, ...rest.subjects],
        ],
        settings,
      ),
    );
}
