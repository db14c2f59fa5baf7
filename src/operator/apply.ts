import { formatSelector } from '../core/intent/format.ts';
import { type LabelSelector, selectsEverything } from '../core/model/labels.ts';
import { fieldManager } from '../core/model/names.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import type { Change } from '../core/plan/change.ts';
import { saysTheSame } from '../core/plan/compare.ts';
import { findAllowAll } from '../core/plan/guard.ts';
import { isRecord, readObject } from '../core/record/read.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { objectPath, resources } from '../kube/resources.ts';

/**
 * What came of a change: the live policy now, that it is gone, or that it stays, since pods still need
 * it or somebody's finalizer keeps it.
 */
export type Applied =
  | { readonly result: 'written'; readonly record: PolicyRecord }
  | { readonly result: 'deleted'; readonly record: PolicyRecord }
  | { readonly result: 'needed' };

/** A write that must not happen, or whose answer is not what was sent. */
export class UnsafeWriteError extends Error {
  override readonly name = 'UnsafeWriteError';
}

type Writer = Pick<KubeClient, 'apply' | 'remove' | 'list'>;

/**
 * Performs one change. Server-side apply takes fields over by force, since these objects are ours;
 * the answer is compared with what was sent. A delete names the object that was seen (uid and
 * version), so that what somebody changed since is looked at again first. Rejects with a KubeError,
 * or UnsafeWriteError.
 */
export async function performChange(
  client: Writer,
  change: Change,
  wanted: () => boolean,
  signal: AbortSignal,
): Promise<Applied> {
  if (change.type === 'delete') return deletePolicy(client, change, wanted, signal);
  const { policy } = change;
  const open = findAllowAll(policy);
  if (open !== undefined) throw new UnsafeWriteError(open);
  const answer = await client.apply(pathOf(policy), policy, { fieldManager, force: true, signal });
  const record = readPolicy(answer);
  if (record === undefined || !saysTheSame(record.policy, policy)) {
    const { namespace, name } = policy.metadata;
    throw new UnsafeWriteError(
      `the API server stored ${namespace}/${name} otherwise than it was sent; is a webhook changing it?`,
    );
  }
  return { result: 'written', record };
}

async function deletePolicy(
  client: Writer,
  { live, whenPodsAreGone }: Extract<Change, { type: 'delete' }>,
  wanted: () => boolean,
  signal: AbortSignal,
): Promise<Applied> {
  // The workload may have come back while its pods were asked for.
  const { namespace } = live.policy.metadata;
  const needed =
    whenPodsAreGone &&
    ((await hasPods(client, namespace, live.policy.spec.podSelector ?? {}, signal)) || !wanted());
  if (needed) return { result: 'needed' };
  const { uid, resourceVersion } = live;
  try {
    const answer = await client.remove(pathOf(live.policy), { uid, resourceVersion }, signal);
    if (isWaiting(answer)) return { result: 'needed' };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return { result: 'deleted', record: live };
}

/**
 * Whether what was deleted waits for finalizers: the answer is then the object, which is enforced until
 * it goes, and else a Status.
 */
function isWaiting(answer: unknown): boolean {
  const { metadata } = (answer ?? {}) as { metadata?: { finalizers?: readonly string[] } };
  return (metadata?.finalizers ?? []).length > 0;
}

/** Pods that have ended need nobody, and stay as long as a Job does. */
const running = 'status.phase!=Succeeded,status.phase!=Failed';

/**
 * One pod that runs is enough to know, and a page that is not the last may be empty: then there may be some. A
 * selector that matches everything is asked without a selector.
 */
export async function hasPods(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  selector: LabelSelector,
  signal: AbortSignal,
): Promise<boolean> {
  const labelSelector = selectsEverything(selector) ? undefined : formatSelector(selector);
  const page = await client.list(resources.pods, {
    namespace,
    limit: 1,
    fieldSelector: running,
    signal,
    ...(labelSelector !== undefined && { labelSelector }),
  });
  return page.items.length > 0 || page.continue !== undefined;
}

function pathOf({ metadata }: NetworkPolicy): string {
  return objectPath(resources.networkPolicies, metadata);
}

function readPolicy(answer: unknown): PolicyRecord | undefined {
  const read = readObject('networking.k8s.io/v1', 'NetworkPolicy', answer);
  return isRecord(read) && read.kind === 'NetworkPolicy' ? read : undefined;
}
