import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import type { RawObject } from '../../src/kube/objects.ts';
import type { Resource } from '../../src/kube/resources.ts';

/** What becomes of the objects of a kind. */
export interface Follower {
  /** The object as it is now: again and again the same, perhaps. */
  seen(object: RawObject): Promise<void>;
  gone(object: RawObject): Promise<void>;
}

const pause = 100;

/**
 * Follows a kind until `signal`, one object at a time, over whatever breaks in between. Rejects with
 * what a follower throws.
 */
export async function follow(
  client: KubeClient,
  resource: Resource,
  signal: AbortSignal,
  follower: Follower,
): Promise<void> {
  const known = new Map<string, RawObject>();
  const see = async (object: RawObject) => {
    known.set(nameOf(object), object);
    await follower.seen(object);
  };
  const forget = async (object: RawObject) => {
    if (known.delete(nameOf(object))) await follower.gone(object);
  };
  const followOnce = async () => {
    const { items, resourceVersion } = await client.list(resource, { limit: 0, signal });
    const now = new Set(items.map(nameOf));
    for (const [name, object] of known) if (!now.has(name)) await forget(object);
    for (const object of items) await see(object);
    for await (const { type, object } of client.watch(resource, { resourceVersion, signal })) {
      if (type === 'DELETED') await forget(object);
      else if (type !== 'BOOKMARK') await see(object);
    }
  };
  while (!signal.aborted) {
    try {
      await followOnce();
    } catch (error) {
      if (!signal.aborted && !(error instanceof KubeError)) throw error;
    }
    if (!signal.aborted) await sleep(pause);
  }
}

/** `namespace/name`. */
export function nameOf({ metadata }: RawObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
