import { acceptsFrom } from '../../../src/core/intent/keys.ts';
import { appconn } from '../cli.ts';
import type { Stage } from '../stage.ts';
import { policiesOf } from '../workloads.ts';

const fleet = 'fleet';
const names = Array.from({ length: 30 }, (_, at) => `app-${`${at + 1}`.padStart(2, '0')}`);
/** What the settings let go in five minutes, unless somebody says so. */
const limit = 10;

/** A list that is empty by mistake: all resources of a namespace are deleted. */
export async function tripBreaker(stage: Stage): Promise<void> {
  const { page, checks, cluster, plane, operators, world } = stage;
  page.act(
    'Many deletions at once',
    `In ${fleet}, thirty AppConnectivities isolate thirty Deployments. Then somebody’s pipeline has an empty list: kubectl delete appconnectivities --all. Without them every Deployment would be open.`,
  );
  await cluster.apply([
    namespaceOf(fleet),
    ...names.flatMap((name) => [deployment(name), isolation(name)]),
  ]);
  const live = () => policiesOf(world, fleet).length;
  await checks.becomes('each of the thirty has its policy', names.length, live);
  const replica = operators.latest;
  const tripped = () => replica.metric('appconnectivity_breaker_tripped{scope="namespace"}');
  await cluster.kubectl('delete', 'appconnectivities', '--all', '--namespace', fleet);
  await checks.becomes('a metric says that its breaker has tripped', 1, tripped);
  const kept = names.length - limit;
  await checks.becomes(
    'ten policies went, and no more: twenty Deployments stay isolated',
    kept,
    live,
  );
  await checks.becomes(
    'an Event says so, and what to do',
    1,
    async () => (await notes(stage)).length,
  );
  for (const note of await notes(stage)) page.note(note);

  await cluster.apply([deployment('app-31', { [acceptsFrom]: 'none' })]);
  await checks.becomes('what is added goes on: app-31 is isolated', kept + 1, live);
  checks.equal('the breaker still holds the others', await tripped(), 1);

  page.note(`It is meant, somebody finds: appconn release --namespace ${fleet}`);
  const { code, stdout } = await appconn(plane.kubeconfig, 'release', '--namespace', fleet);
  checks.equal(stdout.split('\n')[0] ?? '', code, 0);
  await checks.becomes('the twenty policies go, and app-31 keeps its own', 1, live);
  await checks.becomes('the breaker is closed', [0, 0], async () => [
    await tripped(),
    await replica.metric('appconnectivity_breaker_tripped{scope="cluster"}'),
  ]);
}

async function notes({ cluster }: Stage): Promise<string[]> {
  const all = await cluster.notesOf('BreakerTripped');
  return all.filter((note) => note.includes(`in namespace ${fleet} `));
}

function namespaceOf(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function deployment(name: string, annotations: object = {}): object {
  const labels = { app: name };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: { namespace: fleet, name, annotations },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'main' }] } },
    },
  };
}

function isolation(name: string): object {
  return {
    ...{ apiVersion: 'appconnectivity.dev/v1alpha1', kind: 'AppConnectivity' },
    metadata: { namespace: fleet, name },
    spec: { workload: { kind: 'Deployment', name }, acceptsFrom: [{ nobody: true }] },
  };
}
