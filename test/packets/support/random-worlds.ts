import fc from 'fast-check';
import { acceptsFrom, confirm, talksTo } from '../../../src/core/intent/keys.ts';
import { appConnectivity, type Manifest, namespace, workload } from '../../e2e/support/objects.ts';
import type { Example } from './examples.ts';

const seed = 20_261_129;
const size = 5;

interface Said {
  readonly talks: readonly string[] | undefined;
  readonly accepts: readonly string[] | undefined;
}

const port = fc.constantFrom('', '', ':80', ':http', ':8080', ':7000-7010', ':53/udp', ':5353/udp');
const blocks = [
  ...['203.0.113.0/24', '203.0.113.128/25:443', '203.0.113.10', '198.51.100.0/24'],
  ...['[2001:db8:1::/64]:443', '[2001:db8:1:0:8000::/65]'],
];

const byLabels = [
  ...['pods(app=w2)', 'pods(app in (w0,w3)) in namespaces(side=b):80', 'namespaces(side=a):8080'],
];
const parties = ['@ingress:8080', '@monitoring', '@kube-apiserver', '@nodes:443', '@dns'];

/** An entry, of which `a` and `b` are the namespaces of its world. */
const entry = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(size - 1), port).map(([one, at]) => `w${one}${at}`) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(size - 1), fc.constantFrom('a', 'b'), port)
      .map(([one, of, at]) => `w${one}.${of}${at}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('ns/a', 'ns/b:9090', 'ns/kube-system:53/udp') },
  { weight: 2, arbitrary: fc.constantFrom('@namespace', '@cluster:8080', '@internet') },
  { weight: 2, arbitrary: fc.constantFrom(...blocks) },
  { weight: 2, arbitrary: fc.constantFrom(...byLabels) },
  { weight: 2, arbitrary: fc.constantFrom(...parties) },
);

const entries = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 6, arbitrary: fc.array(entry, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant(['none']) },
);

const ports = fc
  .tuple(fc.constantFrom(8080, 8081), fc.subarray([7005, 9090]), fc.boolean())
  .map(([http, others, datagrams]) => [
    { name: 'http', containerPort: http },
    ...others.map((containerPort) => ({ containerPort })),
    ...(datagrams ? [{ name: 'dns', containerPort: 5353, protocol: 'UDP' }] : []),
  ]);

const deployed = fc.record({
  kind: fc.constantFrom('Deployment', 'Deployment', 'Deployment', 'StatefulSet', 'DaemonSet'),
  isScraped: fc.boolean(),
  ...{ place: fc.constantFrom('a', 'b'), talks: entries, accepts: entries, ports },
  target: fc.constantFrom<string | number>('http', 8080, 7005),
});

type Deployed = typeof deployed extends fc.Arbitrary<infer T> ? T : never;

const deny = fc.constantFrom(undefined, 'true', 'ingress', 'egress');

/** Of namespaces; nothing, where the operator knows of no environments. */
const environment = fc.constantFrom(undefined, 'dev', 'prod');

const place = fc.record({ denied: deny, environment });

type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;

const world = fc.record({
  ...{ a: place, b: place },
  workloads: fc.array(deployed, { minLength: size, maxLength: size }),
  /** Which of them a resource speaks about, and an Ingress leads to. */
  spoken: fc.nat(size - 1),
});

/** Worlds of two namespaces, the same in every run; each in namespaces of its own. */
export function randomWorlds(count: number): Example[] {
  return fc.sample(world, { seed, numRuns: count }).map((one, number) => {
    const name = `random-${number}`;
    const [a, b] = [`${name}-a`, `${name}-b`];
    const spoken = one.workloads[one.spoken];
    if (spoken === undefined) throw new Error('a world speaks of nobody');
    const objects = [
      ...[namespaceOf(name, 'a', one.a), namespaceOf(name, 'b', one.b)],
      ...one.workloads.flatMap((each, index) => objectsOf(name, index, each)),
      ...[resourceAbout(name, one.spoken, spoken), ingressTo(name, one.spoken, spoken)],
    ];
    const podsOf = (namespace: string, app: string) => ({
      ...{ namespace, selector: { matchLabels: { app } } },
    });
    const settings = {
      parties: { ingress: [podsOf(a, 'w0')], monitoring: [podsOf(b, 'w1')] },
    };
    return { name, namespaces: [a, b], objects, settings };
  });
}

function namespaceOf(world: string, side: string, { denied, environment: of }: Place): Manifest {
  const { metadata, ...rest } = namespace(`${world}-${side}`, denied);
  const labels = {
    ...(metadata.labels as Readonly<Record<string, string>>),
    ...{ world, side, ...(of !== undefined && { environment: of }) },
  };
  return { ...rest, metadata: { ...metadata, labels } };
}

/** A workload that may be who lets requests in, and is cut off all the same. */
function objectsOf(
  world: string,
  index: number,
  { kind, place, talks, accepts, ports: own, target, isScraped }: Deployed,
): Manifest[] {
  const path = `${world}-${place}/w${index}`;
  const annotations = { ...textsOf({ talks, accepts }, world), [confirm]: 'would-break-party' };
  const front = {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: {
      ...{ name: `w${index}`, namespace: `${world}-${place}` },
      ...(isScraped && { annotations: { 'prometheus.io/scrape': 'true' } }),
    },
    spec: {
      ...{ ipFamilyPolicy: 'RequireDualStack', selector: { app: `w${index}` } },
      ports: [
        { name: 'web', port: 80, targetPort: target },
        { name: 'names', port: 53, targetPort: 5353, protocol: 'UDP' },
      ],
    },
  };
  return [workload(path, { kind, ports: own, annotations, replicas: 1 }), front];
}

function textsOf({ talks, accepts }: Said, world: string): Record<string, string> {
  const text = (said: readonly string[]) =>
    said
      .map((each) =>
        each
          .replace(/\.(a|b)(?=$|:)/, `.${world}-$1`)
          .replace(/^ns\/(a|b)/, `ns/${world}-$1`)
          .replace(/side=/, `world=${world},side=`),
      )
      .join(', ');
  return {
    ...(talks && { [talksTo]: text(talks) }),
    ...(accepts && { [acceptsFrom]: text(accepts) }),
  };
}

function resourceAbout(world: string, index: number, { kind, place }: Deployed): Manifest {
  return appConnectivity(`${world}-${place}/more`, {
    workload: { kind, name: `w${index}` },
    talksTo: [
      { cidr: { block: '203.0.113.0/24', except: ['203.0.113.192/26'] }, ports: [{ port: 443 }] },
    ],
    acceptsFrom: [
      {
        pods: {
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['w0', 'w3'] }] },
          namespaceSelector: { matchLabels: { world } },
        },
        ports: [{ port: 7000, endPort: 7010 }],
      },
    ],
  });
}

function ingressTo(world: string, index: number, { place }: Deployed): Manifest {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
    metadata: { name: 'front', namespace: `${world}-${place}` },
    spec: { defaultBackend: { service: { name: `w${index}`, port: { name: 'web' } } } },
  };
}
