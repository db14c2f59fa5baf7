import { setTimeout as sleep } from 'node:timers/promises';
import { listKinds } from '../src/cli/read-cluster.ts';
import { compileAll } from '../src/core/compile/compile.ts';
import { defaultKinds } from '../src/core/model/kinds.ts';
import { identityAnnotation } from '../src/core/model/names.ts';
import type { NetworkPolicy } from '../src/core/model/policy.ts';
import { defaultSettings } from '../src/core/model/settings.ts';
import { isRecord, readObject } from '../src/core/record/read.ts';
import { World } from '../src/core/world/world.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { isAlreadyExists } from '../src/kube/errors.ts';
import { collectionPath, objectPath, resources } from '../src/kube/resources.ts';
import { watchedKinds } from '../src/operator/watched-kinds.ts';
import { inParallel, median, percentile, spend } from './measure.ts';
import { declarationOf, placeOf, talksTo, workloadsPerNamespace } from './objects.ts';
import { clock, type Observed, startOperator } from './operator.ts';
import { concurrency, create, type Plane } from './plane.ts';
import type { Row } from './table.ts';

const changes = 200;
/** Longer (milliseconds) than the operator waits before it judges. */
const judgingPause = 150;

/** Policies written a second, and the CPU of this process for each. */
interface Rate {
  readonly rate: number;
  readonly cpuMilliseconds: number;
}

/** The operator in this process against a real API server, beside raw calls to the same server. */
export async function benchCluster(plane: Plane, size: number, rate: number): Promise<Row[]> {
  const { client, close } = plane.connect();
  const policies = wantedPolicies(plane);
  await rawRate(client, policies.slice(0, 200));
  const cold = await measureCold(plane, client, policies, rate);
  const observed = startOperator(plane, rate);
  await observed.operator.whenReady();
  await observed.operator.idle();
  const latency = await measureLatency(client, observed, policies, size);
  await observed.stop();
  const restart = await measureRestart(plane, client, rate);
  await close();
  return [...cold, ...latency, ...restart];
}

/**
 * Writing everything from cold, between two rounds of the same writes done raw. Other work on the
 * machine comes and goes, so a small cluster is measured several times.
 */
async function measureCold(
  plane: Plane,
  client: KubeClient,
  policies: readonly NetworkPolicy[],
  rate: number,
): Promise<Row[]> {
  const own: Rate[] = [];
  const raw = [await rawRate(client, policies)];
  const rounds = policies.length > 5000 ? 1 : 5;
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await removePolicies(client, policies);
    own.push(await writeFromCold(startOperator(plane, rate), policies.length));
    raw.push(await rawRate(client, policies));
  }
  const shares = own.map((each, round) => {
    const around = raw.slice(round, round + 2).map((one) => one.rate);
    return (100 * each.rate) / (around.reduce((sum, one) => sum + one, 0) / 2);
  });
  const perSecond = (rates: readonly Rate[]) => median(rates.map((each) => each.rate)).toFixed(0);
  const cpu = (rates: readonly Rate[]) =>
    median(rates.map((each) => each.cpuMilliseconds)).toFixed(2);
  return [
    {
      what: `${policies.length} policies from cold, ${concurrency} in flight`,
      target: '>= 90% of raw',
      measured: `${perSecond(own)} /s`,
      ratio: `${median(shares).toFixed(0)}% of raw`,
    },
    { what: '  raw server-side applies of the same', measured: `${perSecond(raw)} /s` },
    {
      what: '  CPU of this process for each: operator / raw',
      measured: `${cpu(own)} / ${cpu(raw)} ms`,
    },
  ];
}

/** From the moment that every kind has been seen to the answer to the last write. */
async function writeFromCold(observed: Observed, count: number): Promise<Rate> {
  const { operator, written } = observed;
  await operator.whenReady();
  const start = performance.now();
  const { cpuSeconds } = await spend(async () => {
    while (written.size < count) await sleep(20);
  });
  const last = Math.max(...written.values());
  await operator.idle();
  await observed.stop();
  return rateOf(count, (last - start) / 1000, cpuSeconds);
}

async function removePolicies(
  client: KubeClient,
  policies: readonly NetworkPolicy[],
): Promise<void> {
  const namespaces = new Set(policies.map(({ metadata }) => metadata.namespace));
  await inParallel(concurrency, namespaces, (namespace) =>
    client.remove(collectionPath(resources.networkPolicies, namespace)),
  );
}

function wantedPolicies(plane: Plane): NetworkPolicy[] {
  const world = new World(defaultSettings);
  const read = plane.objects.map((object) => readObject(object.apiVersion, object.kind, object));
  world.load(read.filter(isRecord));
  return compileAll(world).flatMap(({ policies }) => policies);
}

/** The same policies applied in namespaces of their own, which are emptied again. */
async function rawRate(client: KubeClient, policies: readonly NetworkPolicy[]): Promise<Rate> {
  const moved = policies.map((policy) => ({
    ...policy,
    metadata: { ...policy.metadata, namespace: `raw-${policy.metadata.namespace}` },
  }));
  for (const name of new Set(moved.map(({ metadata }) => metadata.namespace))) {
    await create(client, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }).catch(
      (error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      },
    );
  }
  const { seconds, cpuSeconds } = await spend(() =>
    inParallel(concurrency, moved, (each) => raw(client, each)),
  );
  await removePolicies(client, moved);
  return rateOf(moved.length, seconds, cpuSeconds);
}

function rateOf(count: number, seconds: number, cpuSeconds: number): Rate {
  return { rate: count / seconds, cpuMilliseconds: (cpuSeconds * 1000) / count };
}

function raw(client: KubeClient, policy: NetworkPolicy): Promise<unknown> {
  return client.apply(pathOf(policy.metadata), policy, { fieldManager: 'bench', force: true });
}

async function measureLatency(
  client: KubeClient,
  { seen, written, operator, writes }: Observed,
  policies: readonly NetworkPolicy[],
  size: number,
): Promise<Row[]> {
  const paths = new Map(policies.map(({ metadata }) => [identityOf(metadata), pathOf(metadata)]));
  const ofOperator: number[] = [];
  const ofRaw: number[] = [];
  const writesEach: number[] = [];
  const name = 'bench-latency';
  for (let change = 0; change < changes; change++) {
    const index = withoutDeny((change * 7919) % size, size);
    const place = placeOf(index);
    const path = paths.get(`${place.namespace}/Deployment/${place.name}`) ?? '';
    const before = writes();
    const since = performance.now();
    const annotations = { [talksTo]: declarationOf(index, size, 1 + (change % 30)) };
    await client.request('PATCH', objectPath(resources.deployments, place), {
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations } },
    });
    const took = await waitFor(() => {
      const at = seen.get(`${place.namespace}/${place.name}`) ?? 0;
      const done = written.get(path) ?? 0;
      return at > since && done > at ? done - at : undefined;
    });
    ofOperator.push(took);
    await operator.idle();
    // Judging begins a while after the change; what it writes belongs to the change.
    await sleep(judgingPause);
    await operator.idle();
    writesEach.push(writes() - before);
    const policy = samplePolicy(name, 1000 + change);
    ofRaw.push((await spend(() => raw(client, policy))).seconds * 1000);
  }
  await client.remove(collectionPath(resources.networkPolicies, 'default'));
  const [own50, own99, raw50, raw99] = [ofOperator, ofRaw].flatMap((values) => [
    percentile(values, 0.5),
    percentile(values, 0.99),
  ]) as [number, number, number, number];
  return [
    {
      what: 'change seen -> policy written, idle, p50 / p99',
      target: 'p99 < 2x raw',
      measured: `${own50.toFixed(1)} / ${own99.toFixed(1)} ms`,
      ratio: `${(own50 / raw50).toFixed(1)}x / ${(own99 / raw99).toFixed(1)}x`,
    },
    {
      what: '  a single raw apply, in turns with it',
      measured: `${raw50.toFixed(1)} / ${raw99.toFixed(1)} ms`,
    },
    {
      what: '  writes of any kind for one change at rest, p50 / most',
      target: '1',
      measured: `${median(writesEach)} / ${Math.max(...writesEach)}`,
    },
  ];
}

/** A change in a namespace that is not default-deny writes one policy, and not its neighbours'. */
function withoutDeny(index: number, size: number): number {
  const odd = Math.floor(index / workloadsPerNamespace) % 2 === 1;
  return odd ? index : (index + workloadsPerNamespace) % size;
}

function identityOf({ namespace, annotations }: NetworkPolicy['metadata']): string {
  return `${namespace}/${annotations?.[identityAnnotation]}`;
}

function pathOf(metadata: NetworkPolicy['metadata']): string {
  return objectPath(resources.networkPolicies, metadata);
}

/** As large as a generated one, and different in each turn. */
function samplePolicy(name: string, port: number): NetworkPolicy {
  const peers = [1, 2, 3, 4, 5].map((each) => ({
    podSelector: { matchLabels: { app: `app-${each}`, instance: 'bench' } },
  }));
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { name, namespace: 'default' },
    spec: {
      podSelector: { matchLabels: { app: 'app-0' } },
      policyTypes: ['Egress'],
      egress: [{ to: peers, ports: [{ protocol: 'TCP', port }] }],
    },
  };
}

async function waitFor(read: () => number | undefined): Promise<number> {
  for (;;) {
    const value = read();
    if (value !== undefined) return value;
    await sleep(1);
  }
}

async function measureRestart(plane: Plane, client: KubeClient, rate: number): Promise<Row[]> {
  const lists: number[] = [];
  const ready: number[] = [];
  let writes = 0;
  let settled = 0;
  for (let turn = 0; turn < 3; turn++) {
    lists.push((await spend(() => listAll(client))).seconds);
    const start = performance.now();
    const observed = startOperator(plane, rate);
    await observed.operator.whenReady();
    ready.push((performance.now() - start) / 1000);
    await observed.operator.idle();
    settled = (performance.now() - start) / 1000;
    await sleep(1000);
    writes += observed.writes();
    await observed.stop();
  }
  const [own, listed] = [median(ready), median(lists)];
  return [
    { what: 'restart: writes', target: '0', measured: `${writes}` },
    {
      what: 'restart: ready (and the first sweep over)',
      target: '< 2x a list',
      measured: `${own.toFixed(2)} (${settled.toFixed(2)}) s`,
      ratio: `${(own / listed).toFixed(1)}x`,
    },
    { what: '  raw list of the same objects', measured: `${listed.toFixed(2)} s` },
  ];
}

/** Every kind at once and page by page, as the reflectors do. */
async function listAll(client: KubeClient): Promise<void> {
  await listKinds(client, watchedKinds(defaultKinds), { clock });
}
