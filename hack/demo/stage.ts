import type { World } from '../../src/core/world/world.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { run } from '../control-plane/run.ts';
import { type Checks, createChecks } from './checks.ts';
import { type Cluster, connectAsAdmin, waitForAccess } from './cluster.ts';
import { type Observer, startObserver } from './observer.ts';
import { type Operators, startOperators } from './operator.ts';
import { formatDuration, type Page } from './page.ts';
import { pathOf } from './repository.ts';
import { readConfiguration, readSettings } from './settings.ts';

/** Everything that acts are played with. */
export interface Stage {
  readonly page: Page;
  readonly checks: Checks;
  readonly plane: ControlPlane;
  readonly cluster: Cluster;
  readonly observer: Observer;
  readonly world: World;
  readonly operators: Operators;
  /** Takes what is to be done at the end, however that comes about; the last is done first. */
  readonly onStop: (stop: () => Promise<void>) => void;
}

const account = { namespace: 'appconnectivity-system', name: 'appconnectivity' };

/** The first act: from a clone to an operator that is ready. What it starts goes into `onStop`. */
export async function setStage(
  page: Page,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Stage> {
  page.act(
    'A cluster, and the operator in it',
    'A real etcd, kube-apiserver and kube-controller-manager, without nodes. The operator is the build of this clone, and has the rights of its own ServiceAccount, as config/ ships them.',
  );
  const began = performance.now();
  await build();
  const plane = await startPlane(onStop);
  const cluster = connectAsAdmin(plane);
  onStop(cluster.close);
  page.note(`dist/ is built, and ${await versionOf(cluster)} answers: ${since(began)}.`);
  const { kubeconfig, who } = await installOperator(plane, cluster);
  const observer = await startObserver(cluster.client, await readSettings());
  onStop(async () => observer.stop());
  const started = performance.now();
  const operators = await startOperators(kubeconfig, onStop);
  page.note(`The CRD and the RBAC are installed; the operator is ready: ${since(started)}.`);
  const checks = createChecks(page, observer);
  checks.equal(
    'the operator acts as its own ServiceAccount',
    who,
    `system:serviceaccount:${account.namespace}:${account.name}`,
  );
  const { leaseDuration } = (await readConfiguration()).election;
  page.note(
    `No Lease says who writes in this cluster; the first to be here waits for as long as one would last, ${leaseDuration} s, as nobody can know who held it before.`,
  );
  const waiting = { since: started, patience: (leaseDuration + 5) * 1000 };
  await checks.becomes('it leads', true, () => operators.latest.leads(), waiting);
  return { page, checks, plane, cluster, observer, world: observer.world, operators, onStop };
}

async function startPlane(onStop: (stop: () => Promise<void>) => void): Promise<ControlPlane> {
  const plane = await startControlPlane();
  onStop(plane.stop);
  return plane;
}

async function build(): Promise<void> {
  const compiler = pathOf('node_modules/.bin/tsc');
  const args = ['--project', pathOf('tsconfig.build.json')];
  const { code, stdout, stderr } = await run(compiler, args, { cwd: pathOf('') });
  if (code !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}

async function versionOf(cluster: Cluster): Promise<string> {
  const { gitVersion } = (await cluster.client.get('/version')) as { gitVersion: string };
  return `kube-apiserver ${gitVersion}`;
}

/** Installs all but the operator's process; gives the kubeconfig of its account, and who that is. */
export async function installOperator(
  plane: ControlPlane,
  { kubectl }: Cluster,
): Promise<{ kubeconfig: string; who: string }> {
  await kubectl('apply', '--server-side', '-k', pathOf('config/crd'));
  await kubectl('apply', '-f', pathOf('config/manager/namespace.yaml'));
  await kubectl('apply', '-k', pathOf('config/rbac'));
  await kubectl('apply', '-f', pathOf('hack/demo/manifests/kube-dns.yaml'));
  const kubeconfig = await plane.serviceAccountKubeconfig(account);
  return { kubeconfig, who: await waitForAccess(kubeconfig) };
}

function since(began: number): string {
  return formatDuration(performance.now() - began);
}
