import { defaultDeny } from '../../../src/core/intent/keys.ts';
import { defaultDenyName } from '../../../src/core/model/names.ts';
import { defaultSettings } from '../../../src/core/model/settings.ts';
import { resources } from '../../../src/kube/resources.ts';
import { outside } from '../../enforcement/addresses.ts';
import { type Rig, startRig } from '../../enforcement/rig.ts';
import { unsettled } from '../acts/rest.ts';
import { type Checks, createChecks, type Tally } from '../checks.ts';
import { type Cluster, connectAsAdmin } from '../cluster.ts';
import { type Observer, startObserver } from '../observer.ts';
import { type Operator, startOperator } from '../operator.ts';
import { createPage, formatDuration, type Page } from '../page.ts';
import { pathOf } from '../repository.ts';
import { listenForSignals } from '../signals.ts';
import { installOperator } from '../stage.ts';
import { countOf, type Dialled, reachOf, renderMatrix, sentenceOf } from './matrix.ts';
import { declared, dialAll, endsOf, openBefore, places } from './shop.ts';

/*
 * The act of packets: a process of its own, since its network is (hack/enforcement/private.sh). It
 * tells whoever started it how many checks held, and ends when that one does.
 */

/** What the act is played with. */
interface Scene {
  readonly page: Page;
  readonly checks: Checks;
  readonly rig: Rig;
  readonly cluster: Cluster;
  readonly observer: Observer;
  readonly operator: Operator;
}

/** The longest wait for an answer, in milliseconds; `patient`: also to a packet that is sent again. */
const waits = { brief: 400, patient: 1500 };

async function main(): Promise<number> {
  const page = createPage((text) => process.stdout.write(text));
  // What runs in this network ends with the process that was started in it.
  listenForSignals(async () => page.close());
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
  try {
    const tally = await playAndStop(page);
    await tell(tally);
    return tally.failed === 0 ? 0 : 1;
  } catch (error) {
    page.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function playAndStop(page: Page): Promise<Tally> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const scene = await setScene(page, (stop) => stops.unshift(stop));
    await play(scene);
    return { held: scene.checks.held, failed: scene.checks.failed };
  } finally {
    for (const stop of stops) await stop();
  }
}

async function setScene(page: Page, onStop: (stop: () => Promise<void>) => void): Promise<Scene> {
  const began = performance.now();
  const rig = await startRig('kube-network-policies');
  onStop(rig.stop);
  await rig.agent.listen(outside.pod, 'TCP', 443);
  const cluster = connectAsAdmin(rig.plane);
  onStop(cluster.close);
  const { kubeconfig } = await installOperator(rig.plane, cluster);
  await cluster.kubectl('apply', '-f', pathOf('hack/demo/manifests/shop.yaml'));
  const observer = await startObserver(cluster.client, defaultSettings);
  onStop(async () => observer.stop());
  const operator = await startOperator(['--kubeconfig', kubeconfig, '--election', 'false']);
  onStop(operator.stop);
  page.note(`All that is up: ${formatDuration(performance.now() - began)}.`);
  return { page, checks: createChecks(page, observer), rig, cluster, observer, operator };
}

async function play(scene: Scene): Promise<void> {
  const { page, checks, cluster, observer } = scene;
  const { world } = observer;
  let dialled: readonly Dialled[] = [];
  const dial = async (milliseconds = waits.brief) => {
    dialled = await dialAll(scene.rig.agent, endsOf(scene.rig.node), milliseconds);
    return reachOf(places, dialled);
  };
  const show = () => page.lines(['', ...renderMatrix(places, dialled, declared), '']);
  await checks.becomes('every pod is on the network', [], () => missingIn(scene.rig), {
    patience: 60_000,
  });
  const policies = () => world.state('shop')?.policies;
  await checks.becomes(
    'frontend and cart, which are annotated, have policies; the shop has no others',
    { shop: 2, left: [] },
    () => ({ shop: policies()?.size, left: unsettled(world) }),
  );
  const others = countOf(openBefore) - countOf(declared);
  await checks.becomes(
    `all ${countOf(declared)} declared connections are open, and ${others} that nobody declared`,
    openBefore,
    () => dial(),
  );
  show();

  page.note(`kubectl label namespace shop ${defaultDeny}=true`);
  const labels = { metadata: { labels: { [defaultDeny]: 'true' } } };
  const answered = await cluster.patch(resources.namespaces, { name: 'shop' }, labels);
  await checks.becomes(
    'the policies are written, the default-deny among them',
    { denied: true, left: [] },
    () => ({ denied: policies()?.has(defaultDenyName), left: unsettled(world) }),
    answered,
  );
  await checks.becomes(
    `packets do as they say; ${waits.brief / 1000} s of that is one round of dials`,
    declared,
    () => dial(),
    answered,
  );
  const seen = await dial(waits.patient);
  show();
  for (const { name } of places) {
    const names = declared[name] ?? [];
    checks.equal(sentenceOf(name, names), seen[name], names);
  }
  checks.equal('the operator logged no error', await scene.operator.errors(), []);
}

function missingIn({ node }: Rig): string[] {
  if (node.failure !== undefined) throw node.failure;
  const present = endsOf(node).map(({ name }) => name);
  return places.map(({ name }) => name).filter((name) => !present.includes(name));
}

async function tell(tally: Tally): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (process.send === undefined) resolve();
  else process.send(tally, () => resolve());
  await promise;
}

process.exitCode = await main();
