import { keyOf } from '../core/model/identity.ts';
import type { KindOfWorkload } from '../core/model/kinds.ts';
import type { WorldRecord } from '../core/model/records.ts';
import { isRecord, readObject, wrongIn } from '../core/record/read.ts';
import type { KubeClient } from '../kube/client.ts';
import { isRetriable } from '../kube/errors.ts';
import type { RawObject } from '../kube/objects.ts';
import { apiVersionOf, type Resource } from '../kube/resources.ts';
import { createSource, isServed, type Reading } from '../operator/watch/source.ts';
import type { WatchedKind } from '../operator/watched-kinds.ts';
import { type Host, pause } from './host.ts';
import { UsageError } from './manifests.ts';

export interface UnreadableObject {
  /** `Kind/namespace/name`. */
  readonly object: string;
  readonly message: string;
}

/** Some kinds of a cluster, each read whole once. */
export interface ClusterPicture {
  readonly records: readonly WorldRecord[];
  /** Objects that cannot be read: the operator goes on without them, too. */
  readonly problems: readonly UnreadableObject[];
}

const attempts = 3;
const firstPause = 500;

/**
 * Reads kinds whole, with these kinds of workload among them. A kind that is not served counts as
 * empty, as for the operator. Throws UsageError where a kind may not be listed: what follows from a
 * part would be wrong. Rejects with a KubeError where the server does not answer.
 */
export async function readCluster(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  kinds: readonly WatchedKind[],
  host: Pick<Host, 'clock'>,
  workloads: readonly KindOfWorkload[] = [],
): Promise<ClusterPicture> {
  const listed = await listKinds(client, kinds, host);
  const pictures = listed.map((each) => readAll(each, workloads));
  return {
    records: pictures.flatMap(({ records }) => records),
    problems: pictures.flatMap(({ problems }) => problems),
  };
}

/** All objects of a kind. */
export interface ListedKind {
  readonly kind: Resource;
  readonly items: readonly RawObject[];
}

/** As `readCluster`, but the objects as they are. */
export async function listKinds(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  kinds: readonly WatchedKind[],
  host: Pick<Host, 'clock'>,
): Promise<readonly ListedKind[]> {
  const read = await Promise.all(
    kinds.map(({ resource, ...reading }) => listKind(client, resource, host, reading)),
  );
  const forbidden = read.flatMap((each) => ('forbidden' in each ? [each.forbidden] : []));
  if (forbidden.length > 0) {
    throw new UsageError(
      `these credentials may not list everything that is needed, and an answer from a part would be wrong: ${forbidden.join('; ')}; use credentials with the rules of config/rbac, or of an administrator`,
    );
  }
  return read.flatMap((each) => ('forbidden' in each ? [] : [each]));
}

/** The objects of one kind: none where it is not served. Rejects with a KubeError. */
export async function listKind(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  kind: Resource,
  host: Pick<Host, 'clock'>,
  reading: Reading = {},
): Promise<ListedKind | Hidden> {
  const listed = await tryToList(client, kind, host, reading);
  const isAbsent = 'forbidden' in listed && (await lacks(client, kind, reading));
  return isAbsent ? { kind, items: [] } : listed;
}

/** Why a kind may not be listed. */
interface Hidden {
  readonly forbidden: string;
}

async function tryToList(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  kind: Resource,
  host: Pick<Host, 'clock'>,
  reading: Reading,
): Promise<ListedKind | Hidden> {
  const source = createSource(client, kind, reading);
  for (let attempt = 1; ; attempt++) {
    try {
      return { kind, items: await listAll(source) };
    } catch (error) {
      const { kind: cause, message } = source.failureOf(error);
      if (cause === 'not-served') return { kind, items: [] };
      if (cause === 'forbidden') return { forbidden: message };
      const again = attempt < attempts && (cause === 'expired' || isRetriable(error));
      if (!again) throw error;
    }
    await pause(host, firstPause * attempt);
  }
}

/** Who may not list a kind may not list one that is not there either: only discovery tells. */
async function lacks(
  client: Pick<KubeClient, 'get'>,
  kind: Resource,
  { olderVersions = [] }: Reading,
): Promise<boolean> {
  try {
    return !(await isServed(client, kind, olderVersions, AbortSignal.timeout(5000)));
  } catch {
    return false;
  }
}

async function listAll(source: ReturnType<typeof createSource>): Promise<RawObject[]> {
  const { signal } = new AbortController();
  const items: RawObject[] = [];
  let token: string | undefined;
  do {
    const page = await source.list({ limit: 500, signal, ...(token && { continue: token }) });
    items.push(...page.items);
    token = page.continue;
  } while (token !== undefined);
  return items;
}

function readAll(
  { kind, items }: ListedKind,
  workloads: readonly KindOfWorkload[],
): ClusterPicture {
  const records: WorldRecord[] = [];
  const problems: UnreadableObject[] = [];
  for (const item of items) {
    const read = readObject(apiVersionOf(kind), kind.kind, item, workloads);
    if (isRecord(read)) records.push(read);
    const wrong = wrongIn(read);
    if (wrong !== undefined) {
      const { namespace = '', name } = item.metadata;
      const message = `it cannot be read: ${wrong.path.join('.')}: ${wrong.problem}`;
      problems.push({ object: keyOf({ kind: kind.kind, namespace, name }), message });
    }
  }
  return { records, problems };
}
