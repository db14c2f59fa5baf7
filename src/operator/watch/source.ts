import { errorText } from '../../error-text.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isExpired, isForbidden, isNotFound, KubeError } from '../../kube/errors.ts';
import type { RawObject } from '../../kube/objects.ts';
import { groupPath, type Resource } from '../../kube/resources.ts';
import type { Failure, Source } from './protocol.ts';

/** Which part of a kind is read, and how. */
export interface Reading {
  readonly scope?: { readonly namespace?: string; readonly labelSelector?: string };
  /**
   * Versions, the best first, by which the kind is read where the server has none that is better. In
   * all of them, what is read of an object has to be the same.
   */
  readonly olderVersions?: readonly string[];
}

/** The server's own discovery says that it has no such kind. */
class NotServed extends Error {}

/** The server has the kind, by another version than was asked for. */
class OtherVersion extends Error {}

/**
 * A kind of the API server as a reflector reads it. A 404 alone is not believed to mean that the
 * kind is not served, since any proxy in between can say 404 and the store would be emptied: the
 * discovery documents must name the other kinds and lack this one.
 */
export function createSource(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  resource: Resource,
  { scope = {}, olderVersions = [] }: Reading = {},
): Source<RawObject> {
  const versions = versionsOf(resource, olderVersions);
  let used = resource;

  async function doubted(error: unknown, signal: AbortSignal): Promise<unknown> {
    const served = isNotFound(error) ? await servedOf(client, versions, signal) : [used];
    const [best] = served;
    if (best === undefined) {
      const where = groupPath(resource);
      return new NotServed(`the server does not serve ${resource.plural} of ${where}`);
    }
    if (served.includes(used)) return error;
    used = best;
    return new OtherVersion(`the server serves ${best.plural} of ${groupPath(best)}`);
  }

  return {
    async list({ signal, ...page }) {
      try {
        return await client.list(used, { ...scope, ...page, signal });
      } catch (error) {
        const reason = await doubted(error, signal);
        if (!(reason instanceof OtherVersion)) throw reason;
        return client.list(used, { ...scope, ...page, signal });
      }
    },
    async *watch({ signal, ...from }) {
      try {
        yield* client.watch(used, { ...scope, ...from, allowWatchBookmarks: true, signal });
      } catch (error) {
        throw await doubted(error, signal);
      }
    },
    failureOf,
  };
}

function failureOf(error: unknown): Failure {
  const wait = error instanceof KubeError ? error.retryAfterSeconds : undefined;
  return {
    kind: kindOf(error),
    message: errorText(error),
    ...(wait !== undefined && { retryAfterSeconds: wait }),
  };
}

function kindOf(error: unknown): Failure['kind'] {
  if (error instanceof NotServed) return 'not-served';
  if (error instanceof OtherVersion || isExpired(error)) return 'expired';
  return isForbidden(error) ? 'forbidden' : 'failed';
}

/**
 * Whether the server has a kind by some version, as its discovery says: that is for everybody to read.
 * Rejects when discovery fails.
 */
export async function isServed(
  client: Pick<KubeClient, 'get'>,
  resource: Resource,
  olderVersions: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const versions = versionsOf(resource, olderVersions);
  return (await servedOf(client, versions, signal)).length > 0;
}

function versionsOf(resource: Resource, olderVersions: readonly string[]): readonly Resource[] {
  return [resource, ...olderVersions.map((version) => ({ ...resource, version }))];
}

/**
 * The versions of a kind that the server has; all of them where its answer is no discovery document.
 * Rejects when discovery fails: then nothing is known.
 */
async function servedOf(
  client: Pick<KubeClient, 'get'>,
  versions: readonly Resource[],
  signal: AbortSignal,
): Promise<readonly Resource[]> {
  const [{ group: name } = { group: '' }] = versions;
  if (name === '') return versions;
  const groups = (await client.get('/apis', signal)) as Discovery;
  if (groups.kind !== 'APIGroupList' || !groups.groups) return versions;
  const group = groups.groups.find((each) => each.name === name);
  const known = new Set((group?.versions ?? []).map(({ version }) => version));
  const found: Resource[] = [];
  for (const each of versions) {
    if (known.has(each.version) && (await mayHave(client, each, signal))) found.push(each);
  }
  return found;
}

async function mayHave(
  client: Pick<KubeClient, 'get'>,
  resource: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  const kinds = (await client.get(groupPath(resource), signal)) as Discovery;
  if (kinds.kind !== 'APIResourceList' || !kinds.resources) return true;
  return kinds.resources.some(({ name }) => name === resource.plural);
}

/** What is read of an APIGroupList and of an APIResourceList. */
interface Discovery {
  readonly kind?: string;
  readonly groups?: readonly {
    readonly name?: string;
    readonly versions?: readonly { readonly version?: string }[];
  }[];
  readonly resources?: readonly { readonly name?: string }[];
}
