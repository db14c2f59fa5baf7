import { namespaceNameProblem } from '../core/intent/entry.ts';
import { quote } from '../core/intent/explain.ts';
import { allowDeletionsUntil, suggest } from '../core/intent/keys.ts';
import { formatTime } from '../core/intent/time.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { objectPath, resources } from '../kube/resources.ts';
import { type Config, settingsOf } from '../settings.ts';
import { withCluster } from './connect.ts';
import { readDuration } from './duration.ts';
import type { ExitCode, Host } from './host.ts';
import { UsageError } from './manifests.ts';

const shortest = 60_000;
const longest = 24 * 3_600_000;

/** Its own field manager, so that the operator's policies and people's fields stay theirs. */
const fieldManager = 'appconn-cli';

export interface ReleaseOptions {
  readonly config: Config;
  readonly namespace?: string;
  readonly cluster?: boolean;
  readonly for: string;
  readonly operatorNamespace?: string;
}

/**
 * Releases the breaker against mass deletion for some time: writes until when on the Namespace, or,
 * for the whole cluster, on the operator's own. Throws UsageError for options that make no sense
 * and for a namespace that is not there.
 */
export async function release(options: ReleaseOptions, host: Host): Promise<ExitCode> {
  const name = namespaceOf(options);
  const until = formatTime(host.wallClock() + readFor(options.for));
  await withCluster(options.config, host, (client) => annotate(client, name, until));
  const scope = options.cluster ? 'the whole cluster' : `namespace ${name}`;
  host.print(
    `The operator may delete and narrow any number of policies of ${scope} until ${until}.\n` +
      `To take it back: kubectl annotate namespace ${name} ${allowDeletionsUntil}-\n`,
  );
  return 0;
}

function namespaceOf({ namespace, cluster, operatorNamespace, config }: ReleaseOptions): string {
  if ((namespace !== undefined) === (cluster === true)) {
    throw new UsageError('say for whom: either -n NAMESPACE, or --cluster for all of them');
  }
  if (namespace !== undefined && operatorNamespace !== undefined) {
    throw new UsageError('--operator-namespace goes with --cluster; -n names the namespace itself');
  }
  const [flag, name] =
    namespace === undefined
      ? ['--operator-namespace', operatorNamespace ?? settingsOf(config).operatorNamespace]
      : ['-n', namespace];
  const problem = namespaceNameProblem(name);
  if (problem !== undefined) throw new UsageError(`${flag} ${quote(name)}: ${problem}`);
  return name;
}

function readFor(text: string): number {
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) {
    throw new UsageError(`--for ${quote(text)} is no duration; write it as 10m, 90s or 1h30m`);
  }
  if (milliseconds < shortest || milliseconds > longest) {
    throw new UsageError(`--for ${text}: it must be at least 1m and at most 24h`);
  }
  return milliseconds;
}

/**
 * The uid makes the server refuse, should the namespace go meanwhile: an apply alone would make it
 * anew. By force, since a person may have written the annotation with kubectl.
 */
async function annotate(client: KubeClient, name: string, until: string): Promise<void> {
  const path = objectPath(resources.namespaces, { name });
  const { metadata } = await getNamespace(client, path, name);
  const object = {
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name, uid: metadata.uid, annotations: { [allowDeletionsUntil]: until } },
  };
  await client.apply(path, object, { fieldManager, force: true });
}

async function getNamespace(
  client: KubeClient,
  path: string,
  name: string,
): Promise<{ metadata: { uid: string } }> {
  try {
    return (await client.get(path)) as { metadata: { uid: string } };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const meant = suggest(name, await listNames(client));
    const remedy =
      meant === '' ? '; kubectl get namespaces lists them' : `; did you mean ${meant}?`;
    throw new UsageError(`there is no namespace ${name}${remedy}`);
  }
}

/** For a suggestion only, so that not being allowed to list is no failure. */
async function listNames(client: KubeClient): Promise<string[]> {
  try {
    const { items } = await client.list(resources.namespaces);
    return items.map(({ metadata }) => metadata.name);
  } catch {
    return [];
  }
}
