import { createHash } from 'node:crypto';
import { type Key, ourGroup } from '../../core/model/identity.ts';
import { fieldManager } from '../../core/model/names.ts';
import type { EventNote } from '../../core/status/events.ts';
import { isAlreadyExists } from '../../kube/errors.ts';
import { apiVersionOf, collectionPath, resources } from '../../kube/resources.ts';
import type { Reporter } from './reporter.ts';

/** So many Events are remembered. Forgetting one costs a call that the server answers with a 409. */
const mostRemembered = 10_000;

/** The Events that are out, by the key that they are about: each is sent once in a process. */
export class SentEvents {
  readonly #most: number;
  readonly #sent = new Map<Key, ReadonlySet<string>>();
  #size = 0;

  constructor(most = mostRemembered) {
    this.#most = most;
  }

  has(key: Key, hash: string): boolean {
    return this.#sent.get(key)?.has(hash) === true;
  }

  /** Replaces what is remembered of a key; of the keys that were told of first it forgets. */
  set(key: Key, hashes: ReadonlySet<string>): void {
    this.#forget(key);
    if (hashes.size === 0) return;
    this.#sent.set(key, hashes);
    this.#size += hashes.size;
    for (const oldest of this.#sent.keys()) {
      if (this.#size <= this.#most || oldest === key) break;
      this.#forget(oldest);
    }
  }

  get size(): number {
    return this.#size;
  }

  #forget(key: Key): void {
    this.#size -= this.#sent.get(key)?.size ?? 0;
    this.#sent.delete(key);
  }
}

/**
 * Sends the Events of a key that were not sent before. Their names follow from their content, so
 * that a restart, or a second replica, does not repeat one that is still there.
 */
export async function reportEvents(
  reporter: Reporter,
  sent: SentEvents,
  { key, notes }: { readonly key: Key; readonly notes: readonly EventNote[] },
  uidOf: (note: EventNote) => string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const now = new Set<string>();
  for (const note of notes) {
    const uid = uidOf(note);
    const hash = hashOf(JSON.stringify([note, uid]));
    now.add(hash);
    if (!sent.has(key, hash)) await send(reporter, note, uid, hash, signal);
  }
  sent.set(key, now);
}

async function send(
  { client, wallClock, instance }: Reporter,
  { type, regarding, reason, note }: EventNote,
  uid: string | undefined,
  hash: string,
  signal: AbortSignal,
): Promise<void> {
  const { group, kind, name } = regarding;
  // Events about cluster-scoped objects live in the namespace "default" (API conventions).
  const namespace = regarding.namespace || 'default';
  const version = group === ourGroup ? 'v1alpha1' : 'v1';
  const event = {
    apiVersion: apiVersionOf(resources.events),
    kind: resources.events.kind,
    metadata: { namespace, name: `${name.slice(0, 200)}.${hash}` },
    eventTime: new Date(wallClock()).toISOString().replace(/Z$/, '000Z'),
    reportingController: fieldManager,
    reportingInstance: instance.slice(0, 128),
    action: 'Reconcile',
    ...{ type, reason, note },
    regarding: {
      apiVersion: group === '' ? version : `${group}/${version}`,
      ...{ kind, name },
      ...(regarding.namespace !== '' && { namespace: regarding.namespace }),
      ...(uid !== undefined && uid !== '' && { uid }),
    },
  };
  try {
    await client.create(collectionPath(resources.events, namespace), event, signal);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
