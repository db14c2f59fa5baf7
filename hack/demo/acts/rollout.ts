import { defaultDenyName } from '../../../src/core/model/names.ts';
import { resources } from '../../../src/kube/resources.ts';
import { appconn } from '../cli.ts';
import { waitForAccess } from '../cluster.ts';
import { guardEdges } from '../edges.ts';
import { pageWidth, wrap } from '../page.ts';
import { pathOf } from '../repository.ts';
import { readConfiguration, settingsFile } from '../settings.ts';
import type { Stage } from '../stage.ts';
import { policiesOf } from '../workloads.ts';

const production = ['orders', 'stock'];
const reports = 'reports';
const stray = 'nightly-export';

/** How much less than the pace may lie between what two writes are seen to do (milliseconds). */
const jitter = 1_000;

/** Namespaces become default-deny by a rule of the settings: planned, and at a pace. */
export async function rollOutDefaultDeny(stage: Stage): Promise<void> {
  const { page, checks, cluster, observer, world } = stage;
  const { pace } = (await readConfiguration()).defaultDeny;
  page.act(
    'A safe switch to default-deny',
    `Two namespaces carry the label env: production, and new settings say that such are default-deny, ${pace?.namespaces} in ${pace?.seconds} s. First they are tried, by somebody who may list and nothing else: appconn run --plan --config settings.yaml`,
  );
  await cluster.kubectl('apply', '-f', pathOf('hack/demo/manifests/production.yaml'));
  await checks.becomes('so far two Deployments have a policy, as they declare something', 2, () => {
    return namesIn(world).length;
  });
  const before = namesIn(world);
  const planned = await plan(stage);
  const guarded = guardEdges(observer, production);
  const moments = new Map<string, number>();
  const end = observer.eachChange(() => {
    for (const namespace of production.filter((each) => isDenied(world, each))) {
      if (!moments.has(namespace)) moments.set(namespace, performance.now());
    }
  });
  await startWithSettings(stage);
  await checks.becomes(
    'what the plan said is written, and nothing else is',
    planned,
    () => namesIn(world).filter((name) => !before.includes(name)),
    { patience: 20_000 },
  );
  end();
  const [first = 0, second = 0] = [...moments.values()].sort((a, b) => a - b);
  const apart = second - first;
  checks.equal(
    `the second namespace waited for its turn: ${(apart / 1000).toFixed(1)} s`,
    apart > (pace?.seconds ?? 0) * 1000 - jitter,
    true,
  );
  checks.equal('looked at after every write: none of the 4 edges was ever cut', guarded(), {
    allowed: 4,
    cut: [],
  });
}

/** Prints the plan, and gives the policies that it would create. */
async function plan({ page, checks, cluster, plane }: Stage): Promise<string[]> {
  await cluster.kubectl('apply', '-f', pathOf('hack/demo/manifests/planner.yaml'));
  const planner = await plane.serviceAccountKubeconfig({ namespace: 'default', name: 'planner' });
  await waitForAccess(planner);
  const { code, stdout } = await appconn(planner, 'run', '--plan', '--config', settingsFile);
  const lines = stdout.trimEnd().split('\n');
  page.lines(lines.flatMap(wrapLine));
  const names = lines.flatMap((line) => /^ {2}create (\S+)/.exec(line)?.[1] ?? []);
  checks.equal(
    'something would change (exit code 1), a default-deny for each of the two among it',
    { code, denies: names.filter((name) => name.endsWith(`/${defaultDenyName}`)) },
    { code: 1, denies: production.map((namespace) => `${namespace}/${defaultDenyName}`) },
  );
  return names.sort();
}

/** As a Deployment rolls out new settings: the new replica is ready before the old one is told to go. */
async function startWithSettings({ page, checks, operators }: Stage): Promise<void> {
  const old = operators.latest;
  const replica = await operators.start(settingsFile);
  page.note('A replica with the new settings is started, and the old one is told to stop.');
  const told = performance.now();
  const ended = old.end('SIGTERM');
  await checks.becomes('the new one leads', true, () => replica.leads(), told);
  checks.equal('the old one has ended by itself', await ended, 'exit code 0');
}

/** The pace stops before a namespace in which a pod would be cut that nobody declared. */
export async function stopBeforeStray(stage: Stage): Promise<void> {
  const { page, checks, cluster, world, observer } = stage;
  page.act(
    'A namespace with a Pod that nobody declared',
    `kubectl label namespace ${reports} env=production. In ${reports} runs a Pod, ${stray}, that somebody started by hand: a default-deny would cut it. The operator says so first.`,
  );
  const labels = { metadata: { labels: { env: 'production' } } };
  const labelled = await cluster.patch(resources.namespaces, { name: reports }, labels);
  const events = async () => [
    ...(await cluster.notesOf('Unmanaged')),
    ...(await cluster.notesOf('PaceStopped')),
  ];
  const count = async () => (await events()).length;
  await checks.becomes('two Events tell of it', 2, count, labelled);
  const notes = await events();
  for (const note of notes) page.note(note);
  checks.equal('the first names the Pod', notes[0]?.includes(stray), true);
  checks.equal(`and ${reports} is not default-deny`, isDenied(world, reports), false);
  page.note('An AppConnectivity says whom the Pod talks to. The operator looks again after 30 s.');
  const before = observer.journal.length;
  const declared = await cluster.create(resources.appConnectivities, reports, `${stray}.yaml`);
  const waiting = { since: declared, patience: 45_000 };
  await checks.becomes('it is default-deny', true, () => isDenied(world, reports), waiting);
  const written = observer.journal.slice(before).flatMap(({ record }) => {
    return record.kind === 'NetworkPolicy' ? [record.policy.metadata.name] : [];
  });
  const own = written.findIndex((name) => name.includes(stray));
  checks.equal(
    'what the Pod may do was written before',
    own >= 0 && own < written.indexOf(defaultDenyName),
    true,
  );
}

function isDenied(world: Stage['world'], namespace: string): boolean {
  return world.state(namespace)?.policies.has(defaultDenyName) ?? false;
}

/** The live policies of production, `namespace/name`. */
function namesIn(world: Stage['world']): string[] {
  const policies = production.flatMap((namespace) => policiesOf(world, namespace));
  return policies
    .map(({ policy: { metadata } }) => `${metadata.namespace}/${metadata.name}`)
    .sort();
}

/** What goes on from the line above is indented further. */
function wrapLine(line: string): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const parts = wrap(line.trim(), pageWidth - indent.length - 6);
  return parts.map((part, at) => `${indent}${at === 0 ? '' : '  '}${part}`);
}
