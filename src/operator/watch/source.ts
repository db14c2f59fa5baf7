import type { KubeClient } from '../../kube/client.ts';
import { isExpired, isForbidden, isNotFound, KubeError } from '../../kube/errors.ts';
import type { RawObject } from '../../kube/objects.ts';
import { groupPath, type Resource } from '../../kube/resources.ts';
import type { Failure, Source } from './protocol.ts';

/** Which part of a kind is read. */
export interface SourceScope {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** The server's own discovery says that it has no such kind. */
class NotServed extends Error {}

/**
 * A kind of the API server as a reflector reads it. A 404 alone is not believed to mean that the
 * kind is not served, since any proxy in between can say 404 and the store would be emptied: the
 * discovery documents must name the other kinds and lack this one.
 */
export function createSource(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  resource: Resource,
  scope: SourceScope = {},
): Source<RawObject> {
  async function doubted(error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isNotFound(error) || !(await isNotServed(client, resource, signal))) return error;
    return new NotServed(`the server does not serve ${resource.plural} of ${groupPath(resource)}`);
  }

  return {
    async list({ signal, ...page }) {
      try {
        return await client.list(resource, { ...scope, ...page, signal });
      } catch (error) {
        throw await doubted(error, signal);
      }
    },
    async *watch({ signal, ...from }) {
      try {
        yield* client.watch(resource, { ...scope, ...from, allowWatchBookmarks: true, signal });
      } catch (error) {
        throw await doubted(error, signal);
      }
    },
    failureOf,
  };
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : 'it failed without a reason';
  const wait = error instanceof KubeError ? error.retryAfterSeconds : undefined;
  return {
    kind: kindOf(error),
    message,
    ...(wait !== undefined && { retryAfterSeconds: wait }),
  };
}

function kindOf(error: unknown): Failure['kind'] {
  if (error instanceof NotServed) return 'not-served';
  if (isExpired(error)) return 'expired';
  return isForbidden(error) ? 'forbidden' : 'failed';
}

/** Rejects when discovery fails: then nothing is known. */
async function isNotServed(
  client: Pick<KubeClient, 'get'>,
  resource: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  if (resource.group === '') return false;
  const groups = (await client.get('/apis', signal)) as Discovery;
  if (groups.kind !== 'APIGroupList' || !groups.groups) return false;
  const group = groups.groups.find(({ name }) => name === resource.group);
  if (!group?.versions?.some(({ version }) => version === resource.version)) return true;
  const kinds = (await client.get(groupPath(resource), signal)) as Discovery;
  if (kinds.kind !== 'APIResourceList' || !kinds.resources) return false;
  return !kinds.resources.some(({ name }) => name === resource.plural);
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
