import fc from 'fast-check';
import type { Question } from '../../src/core/inventory/ask.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import type { NetworkPolicy, Protocol } from '../../src/core/model/policy.ts';
import { labels, name, policy, port, protocol } from '../../src/core/reach/fixtures/arbitraries.ts';

/** A small cluster, as plain as a drawing of it, and a question about it. */
export interface Case {
  readonly namespaces: Readonly<Record<'one' | 'two', Labels>>;
  readonly pods: readonly PodDrawing[];
  readonly workloads: readonly WorkloadDrawing[];
  readonly services: readonly ServiceDrawing[];
  readonly policies: readonly NetworkPolicy[];
  readonly question: Question;
}

interface PortDrawing {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
}

export interface PodDrawing {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly PortDrawing[];
  readonly hostNetwork: boolean;
  readonly addresses: readonly string[];
  readonly phase: string;
  /** The Deployment whose pod it is, of the same namespace; it may not be there. */
  readonly of: string | undefined;
}

export interface WorkloadDrawing {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly PortDrawing[];
  readonly hostNetwork: boolean;
}

export interface ServiceDrawing {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels;
  readonly type: 'ClusterIP' | 'headless' | 'ExternalName';
  readonly clusterIP: string;
  readonly ports: readonly (PortDrawing & { readonly targetPort: number | string })[];
}

export interface RawObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** The label by which a Deployment knows its pods. */
export const madeBy = 'made-by';

const podLabels = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom({ app: 'a' }, { app: 'a', tier: 'b' }) },
  labels,
);
const seldom = fc.nat(7).map((n) => n === 0);
const namespaceName = fc.constantFrom('one', 'one', 'one', 'one', 'one', 'two', 'three');
const containerPorts = fc.array(fc.record({ name, port, protocol }), { maxLength: 3 });
const families = fc.subarray(['ipv4', 'ipv6'] as const);

const pods = fc
  .array(
    fc.record({
      ...{
        namespace: namespaceName,
        labels: podLabels,
        ports: containerPorts,
        hostNetwork: seldom,
        families,
      },
      phase: fc.constantFrom('Running', 'Running', 'Running', 'Pending', 'Failed', 'Succeeded'),
      of: fc.option(fc.constantFrom('d0', 'd1', 'gone'), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((drawn) =>
    drawn.map(({ families: own, labels: given, of, ...rest }, index): PodDrawing => {
      const all = { ipv4: `10.${index}.0.1`, ipv6: `fd00:0:0:${index}:0:0:0:1` };
      const addresses = own.map((family) => all[family]);
      const madeLabels = of === undefined ? given : { ...given, [madeBy]: of };
      return { ...rest, of, labels: madeLabels, addresses, name: `p${index}` };
    }),
  );

const workloads = fc
  .array(
    fc.record({
      namespace: namespaceName,
      labels: podLabels,
      ports: containerPorts,
      hostNetwork: seldom,
    }),
    { maxLength: 3 },
  )
  .map((drawn) =>
    drawn.map((each, index): WorkloadDrawing => {
      const own = `d${index}`;
      return { ...each, name: own, labels: { ...each.labels, [madeBy]: own } };
    }),
  );

const servicePort = fc.record({ name, port, protocol, targetPort: fc.oneof(port, name) });
const services = fc
  .array(
    fc.record({
      namespace: namespaceName,
      selector: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom({ app: 'a' }, { app: 'a' }, { app: 'b' }) },
        labels,
      ),
      type: fc.constantFrom('ClusterIP', 'ClusterIP', 'ClusterIP', 'headless', 'ExternalName'),
      ports: fc.array(servicePort, { size: 'max', maxLength: 3 }),
    }),
    { maxLength: 3 },
  )
  .map((drawn) =>
    drawn.map((each, index): ServiceDrawing => {
      const type = each.type as ServiceDrawing['type'];
      return { ...each, type, name: `s${index}`, clusterIP: `10.96.0.${index}` };
    }),
  );

const clusters = fc.record({
  namespaces: fc.record({ one: labels, two: fc.constant({ team: 'a' }) }),
  ...{ pods, workloads, services },
  policies: fc.array(policy, { minLength: 2, maxLength: 8 }) as fc.Arbitrary<NetworkPolicy[]>,
});

export const casesOfReach: fc.Arbitrary<Case> = clusters.chain((cluster) => {
  const parties = partiesOf(cluster);
  const party = fc.constantFrom(...parties);
  const isService = (text: string) => text.includes('/svc/');
  const single = fc.constantFrom(...parties.filter((text) => !isService(text)));
  const doors = parties.filter(isService);
  const target = fc.constantFrom(...parties, ...doors, ...doors);
  return fc
    .record({
      ...{ from: fc.oneof(single, single, party), to: target },
      port: fc.oneof(port, port, name, fc.constant(undefined), fc.constant(undefined)),
      protocol: fc.option(protocol as fc.Arbitrary<Protocol>, { nil: undefined }),
    })
    .map(({ from, to, port: asked, protocol: spoken }) => ({
      ...cluster,
      question: {
        ...{ from, to },
        ...(asked !== undefined && { port: asked }),
        ...(spoken !== undefined && { protocol: spoken }),
      },
    }));
});

function partiesOf(cluster: Omit<Case, 'question'>): string[] {
  return [
    ...cluster.pods.map((each) => `${each.namespace}/pod/${each.name}`),
    ...cluster.pods.flatMap(({ addresses }) => addresses.slice(0, 1)),
    ...cluster.workloads.map((each) => `${each.namespace}/deployment/${each.name}`),
    ...cluster.services.map((each) => `${each.namespace}/svc/${each.name}`),
    ...cluster.services.slice(0, 1).map(({ clusterIP }) => clusterIP),
    ...['172.16.0.1', 'one/pod/nobody'],
  ];
}

/** The objects of a cluster as the API server would give them. */
export function objectsOf(given: Case): RawObject[] {
  return [
    ...Object.entries(given.namespaces).map(([own, theirs]) => ({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: own, labels: theirs },
    })),
    ...given.pods.map(podObject),
    ...given.workloads.map(deploymentObject),
    ...given.services.map(serviceObject),
    ...given.policies.map((each) => ({ ...each })),
  ];
}

function podObject(pod: PodDrawing): RawObject {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `${pod.of}-5d4f`,
    controller: true,
  };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: pod.name, namespace: pod.namespace, labels: pod.labels },
      ...(pod.of !== undefined && { ownerReferences: [owner] }),
    },
    spec: podSpec(pod),
    status: { phase: pod.phase, podIPs: pod.addresses.map((ip) => ({ ip })) },
  };
}

function deploymentObject(each: WorkloadDrawing): RawObject {
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: { name: each.name, namespace: each.namespace },
    spec: {
      selector: { matchLabels: { [madeBy]: each.name } },
      template: { metadata: { labels: each.labels }, spec: podSpec(each) },
    },
  };
}

function podSpec({ ports, hostNetwork }: Pick<PodDrawing, 'ports' | 'hostNetwork'>) {
  const declared = ports.map(({ port: containerPort, ...rest }) => ({ ...rest, containerPort }));
  return { hostNetwork, containers: [{ name: 'main', ports: declared }] };
}

function serviceObject({ type, clusterIP, ...each }: ServiceDrawing): RawObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { name: each.name, namespace: each.namespace },
    spec: {
      type: type === 'ExternalName' ? type : 'ClusterIP',
      selector: each.selector,
      ports: each.ports,
      ...(type !== 'ExternalName' && { clusterIP: type === 'headless' ? 'None' : clusterIP }),
    },
  };
}
