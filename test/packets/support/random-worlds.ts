import fc from 'fast-check';
import { acceptsFrom, talksTo } from '../../../src/core/intent/keys.ts';
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

const deployment = fc.record({
  ...{ place: fc.constantFrom('a', 'b'), talks: entries, accepts: entries, ports },
  target: fc.constantFrom<string | number>('http', 8080, 7005),
});

const deny = fc.constantFrom(undefined, 'true', 'ingress', 'egress');

const world = fc.record({
  ...{ a: deny, b: deny },
  deployments: fc.array(deployment, { minLength: size, maxLength: size }),
  /** Which of them a resource speaks about. */
  spoken: fc.nat(size - 1),
});

/** Worlds of two namespaces, the same in every run; each in namespaces of its own. */
export function randomWorlds(count: number): Example[] {
  return fc.sample(world, { seed, numRuns: count }).map((one, number) => {
    const name = `random-${number}`;
    const [a, b] = [`${name}-a`, `${name}-b`];
    const objects = [
      ...[namespaceOf(name, 'a', one.a), namespaceOf(name, 'b', one.b)],
      ...one.deployments.flatMap((each, index) => objectsOf(name, index, each)),
      resourceAbout(name, one.spoken, one.deployments[one.spoken]?.place ?? 'a'),
    ];
    return { name, namespaces: [a, b], objects, settings: {} };
  });
}

function namespaceOf(world: string, place: string, denied: string | undefined): Manifest {
  const { metadata, ...rest } = namespace(`${world}-${place}`, denied);
  const labels = metadata.labels as Readonly<Record<string, string>>;
  return { ...rest, metadata: { ...metadata, labels: { ...labels, world } } };
}

function objectsOf(
  world: string,
  index: number,
  {
    place,
    talks,
    accepts,
    ports: own,
    target,
  }: typeof deployment extends fc.Arbitrary<infer T> ? T : never,
): Manifest[] {
  const path = `${world}-${place}/w${index}`;
  const annotations = textsOf({ talks, accepts }, world);
  const front = {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { name: `w${index}`, namespace: `${world}-${place}` },
    spec: {
      ...{ ipFamilyPolicy: 'RequireDualStack', selector: { app: `w${index}` } },
      ports: [
        { name: 'web', port: 80, targetPort: target },
        { name: 'names', port: 53, targetPort: 5353, protocol: 'UDP' },
      ],
    },
  };
  return [workload(path, { ports: own, annotations, replicas: 1 }), front];
}

function textsOf({ talks, accepts }: Said, world: string): Record<string, string> {
  const text = (said: readonly string[]) =>
    said
      .map((each) =>
        each.replace(/\.(a|b)(?=$|:)/, `.${world}-$1`).replace(/^ns\/(a|b)/, `ns/${world}-$1`),
      )
      .join(', ');
  return {
    ...(talks && { [talksTo]: text(talks) }),
    ...(accepts && { [acceptsFrom]: text(accepts) }),
  };
}

function resourceAbout(world: string, index: number, place: string): Manifest {
  return appConnectivity(`${world}-${place}/more`, {
    workload: { kind: 'Deployment', name: `w${index}` },
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
