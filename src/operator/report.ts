import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Compiled } from '../core/compile/compile.ts';
import { wouldBeIn } from '../core/judge/audit.ts';
import { judgeEdge } from '../core/judge/judge.ts';
import type { Key } from '../core/model/identity.ts';
import { fieldManager } from '../core/model/names.ts';
import { directions, isExempt } from '../core/model/policy.ts';
import type { ResourceRecord } from '../core/model/records.ts';
import { type EventNote, eventsOf } from '../core/status/events.ts';
import { statusOf } from '../core/status/resource-status.ts';
import { type Status, statusSchema } from '../core/status/schema.ts';
import type { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists } from '../kube/errors.ts';
import { apiVersionOf, collectionPath, objectPath, resources } from '../kube/resources.ts';

type Writer = Pick<KubeClient, 'applyStatus' | 'create'>;

/** Who reports, and the wall clock (milliseconds since the epoch) for times that people read. */
export interface Reporter {
  readonly client: Writer;
  readonly wallClock: () => number;
  readonly instance: string;
}

/** What is known about the policies of a resource when its status is written. */
export interface Programmed {
  readonly programmed: boolean;
  readonly policies: Compiled['policies'];
}

/** Judges the edges of a resource and writes its status, if it is another than the live one. */
export async function reportStatus(
  { client, wallClock }: Reporter,
  world: World,
  { record, compiled }: { record: ResourceRecord; compiled: Compiled },
  { programmed, policies }: Programmed,
  signal: AbortSignal,
): Promise<boolean> {
  const live = statusSchema.safeParse(record.status);
  const conditions = live.success ? (live.data.conditions ?? []) : [];
  // One that keeps pods exempt isolates nobody, and holds no edge.
  const policy = policies.find((each) => !isExempt(each));
  const types = new Set(policy?.spec.policyTypes ?? []);
  const resource = world.resource(compiled.key);
  const wouldBe = wouldBeIn(world);
  const status = statusOf(
    {
      generation: record.generation,
      accepted: resource?.intent.subject !== undefined,
      findings: compiled.findings,
      isolated: new Set(directions.filter((direction) => types.has(direction))),
      edges: compiled.edges.map((edge) => [edge, judgeEdge(world, edge, wouldBe)] as const),
      ...(policy !== undefined && { policy: policy.metadata.name }),
      programmed,
    },
    conditions,
    new Date(wallClock()).toISOString().replace(/\.\d+Z$/, 'Z'),
  );
  if (isSameStatus(status, record.status)) return false;
  await client.applyStatus(
    objectPath(resources.appConnectivities, record),
    {
      apiVersion: apiVersionOf(resources.appConnectivities),
      kind: resources.appConnectivities.kind,
      metadata: { namespace: record.namespace, name: record.name },
      status,
    },
    { fieldManager, force: true, signal },
  );
  return true;
}

/** Compared as JSON, since that is what the server has. */
function isSameStatus(status: Status, live: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(status)), live);
}

/** Events that were sent, by the key that they are about: each is sent once in a process. */
export type SentEvents = Map<Key, ReadonlySet<string>>;

/**
 * Sends the Events of a key's findings that were not sent before. Their names follow from their
 * content, so that a restart, or a second replica, does not repeat one that is still there.
 */
export async function reportEvents(
  reporter: Reporter,
  sent: SentEvents,
  { key, findings }: Compiled,
  uidOf: (note: EventNote) => string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const before = sent.get(key) ?? new Set();
  const now = new Set<string>();
  for (const note of eventsOf(findings)) {
    const uid = uidOf(note);
    const hash = hashOf(JSON.stringify([note, uid]));
    now.add(hash);
    if (!before.has(hash)) await send(reporter, note, uid, hash, signal);
  }
  if (now.size > 0) sent.set(key, now);
  else sent.delete(key);
}

async function send(
  { client, wallClock, instance }: Reporter,
  { regarding, reason, note }: EventNote,
  uid: string | undefined,
  hash: string,
  signal: AbortSignal,
): Promise<void> {
  const { group, kind, name } = regarding;
  // Events about cluster-scoped objects live in the namespace "default" (API conventions).
  const namespace = regarding.namespace || 'default';
  const version = group === 'appconnectivity.dev' ? 'v1alpha1' : 'v1';
  const event = {
    apiVersion: apiVersionOf(resources.events),
    kind: resources.events.kind,
    metadata: { namespace, name: `${name.slice(0, 200)}.${hash}` },
    eventTime: new Date(wallClock()).toISOString().replace(/Z$/, '000Z'),
    reportingController: fieldManager,
    reportingInstance: instance.slice(0, 128),
    action: 'Reconcile',
    type: 'Warning',
    reason,
    note,
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
