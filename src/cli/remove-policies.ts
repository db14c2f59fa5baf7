import PQueue from 'p-queue';
import { isOurs } from '../core/model/ownership.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import { isRecord, readObject } from '../core/record/read.ts';
import { errorText } from '../error-text.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConflict, isNotFound, isRetriable, KubeError } from '../kube/errors.ts';
import { objectPath, resources } from '../kube/resources.ts';
import { type Host, pause } from './host.ts';
import { isDefaultDeny } from './our-policies.ts';

/** A policy of ours that is still there, and why. */
export interface Stayed {
  readonly policy: string;
  readonly reason: string;
}

type Deleter = Pick<KubeClient, 'get' | 'remove'>;

const atOnce = 16;
const attempts = 6;
const firstPause = 200;

/**
 * Removes policies so that nothing is cut on the way: default-denies first, and what allows only
 * where no default-deny of its namespace is left. Gives those that stayed; never rejects.
 */
export async function removePolicies(
  client: Deleter,
  policies: readonly PolicyRecord[],
  host: Pick<Host, 'clock' | 'progress'>,
): Promise<Stayed[]> {
  const denies = policies.filter(isDefaultDeny);
  const others = policies.filter((record) => !isDefaultDeny(record));
  let done = 0;
  const remove = async (record: PolicyRecord): Promise<Stayed[]> => {
    const reason = await removeOne(client, record, host);
    host.progress(`${++done} of ${policies.length} policies`);
    return reason === undefined ? [] : [{ policy: nameOfPolicy(record.policy), reason }];
  };
  const denied = await inOrder(denies, remove);
  const cut = new Set(denied.map(({ policy }) => policy.slice(0, policy.indexOf('/'))));
  const allowed = await inOrder(others, async (record) => {
    const { namespace } = record.policy.metadata;
    if (!cut.has(namespace)) return remove(record);
    const reason = 'kept, since the default-deny of its namespace stays and would cut its pods';
    return [{ policy: nameOfPolicy(record.policy), reason }];
  });
  return [...denied, ...allowed];
}

/** Policies of one identity stand beside one another, so that its shards go at about one moment. */
async function inOrder(
  records: readonly PolicyRecord[],
  remove: (record: PolicyRecord) => Promise<Stayed[]>,
): Promise<Stayed[]> {
  const queue = new PQueue({ concurrency: atOnce });
  const results = await queue.addAll(records.map((record) => () => remove(record)));
  return results.flat();
}

/** Removes the policy that was seen. Gives why it stays, or undefined when it is gone. */
async function removeOne(
  client: Deleter,
  record: PolicyRecord,
  host: Pick<Host, 'clock'>,
): Promise<string | undefined> {
  let seen = record;
  for (let attempt = 1; ; attempt++) {
    const tried = await tryToRemove(client, seen);
    if (tried.result === 'answered') return tried.reason;
    const { error } = tried;
    if (!isRetriable(error) || attempt === attempts) return errorText(error);
    if (!isConflict(error)) await pause(host, pauseAfter(error, attempt));
    const now = await lookAgain(client, seen);
    if (now === 'gone') return undefined;
    seen = now ?? seen;
  }
}

type Tried =
  | { readonly result: 'answered'; readonly reason: string | undefined }
  | { readonly result: 'failed'; readonly error: unknown };

async function tryToRemove(client: Deleter, seen: PolicyRecord): Promise<Tried> {
  const { uid, resourceVersion } = seen;
  try {
    const answer = await client.remove(pathOf(seen), { uid, resourceVersion });
    return { result: 'answered', reason: whyStill(answer) };
  } catch (error) {
    return isNotFound(error)
      ? { result: 'answered', reason: undefined }
      : { result: 'failed', error };
  }
}

/** What is live now under that name; `gone` also where it is not ours any more. */
async function lookAgain(
  client: Deleter,
  seen: PolicyRecord,
): Promise<PolicyRecord | 'gone' | undefined> {
  try {
    const read = readObject(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      await client.get(pathOf(seen)),
    );
    if (!isRecord(read) || read.kind !== 'NetworkPolicy') return undefined;
    return isOurs(read) ? read : 'gone';
  } catch (error) {
    return isNotFound(error) ? 'gone' : undefined;
  }
}

/** The server answers with a Status when the object is gone, and with the object while it waits. */
function whyStill(answer: unknown): string | undefined {
  const { kind, metadata } = answer as { kind?: string; metadata?: { finalizers?: string[] } };
  const waiting = metadata?.finalizers ?? [];
  if (kind === 'Status' || waiting.length === 0) return undefined;
  return `it waits for its finalizers: ${waiting.join(', ')}`;
}

function pauseAfter(error: unknown, attempt: number): number {
  const asked = error instanceof KubeError ? error.retryAfterSeconds : undefined;
  return asked === undefined ? firstPause * 2 ** attempt : asked * 1000;
}

function pathOf({ policy }: PolicyRecord): string {
  return objectPath(resources.networkPolicies, policy.metadata);
}
