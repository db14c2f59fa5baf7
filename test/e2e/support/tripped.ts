import { expect } from '@jest/globals';
import { type Cluster, operatorAccount } from './cluster.ts';
import { appConnectivity, type Manifest, workload } from './objects.ts';
import type { LogLine, TestOperator } from './operator.ts';
import { eventually } from './wait.ts';

/** Workloads `app-0`, `app-1` and so on of a namespace. */
export function apps(place: string, count: number): Manifest[] {
  return Array.from({ length: count }, (_, index) => workload(`${place}/app-${index}`));
}

/** For each of them the AppConnectivity that isolates it: it accepts from this block. */
export function accepting(place: string, count: number, block = '203.0.113.0/24'): Manifest[] {
  return Array.from({ length: count }, (_, index) => acceptingFrom(`${place}/app-${index}`, block));
}

export function acceptingFrom(path: string, ...blocks: readonly string[]): Manifest {
  return appConnectivity(path, {
    workload: { kind: 'Deployment', name: path.slice(path.indexOf('/') + 1) },
    acceptsFrom: blocks.map((block) => ({ cidr: { block } })),
  });
}

/** The list is empty: as when a GitOps tool prunes what a broken template renders no more. */
export async function emptyList(cluster: Cluster, place: string): Promise<void> {
  await cluster.kubectl(['delete', 'appconn', '--all', '-n', place]);
}

/** What tests of the breaker leave behind, policies included, which nobody may miss any more. */
export async function removeEverything(cluster: Cluster): Promise<void> {
  await cluster.kubectl([
    'delete',
    'deployments,statefulsets,appconn,networkpolicies',
    '--all',
    '-A',
  ]);
}

export interface Note {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

/** The Events about a Namespace. */
export async function eventsAbout(cluster: Cluster, place: string): Promise<Note[]> {
  const field = `regarding.name=${place},regarding.kind=Namespace`;
  const get = ['get', 'events.events.k8s.io', '-n', 'default', '--field-selector', field];
  const { items } = JSON.parse(await cluster.kubectl([...get, '-o', 'json'])) as { items: Note[] };
  return items.map(({ type, reason, note }) => ({ type, reason, note }));
}

/** So many policies would be lost of so many; those named are in namespaces that begin so. */
interface Loss {
  readonly place: string;
  readonly lost: number;
  readonly all: number;
}

/**
 * Waits until the breaker of a namespace, or of the cluster, has tripped, and says so in every way
 * that people look: metrics, an Event, and the log.
 */
export async function whenTripped(
  cluster: Cluster,
  operator: TestOperator,
  scope: 'namespace' | 'cluster',
  { place, lost, all }: Loss,
): Promise<void> {
  const inCluster = scope === 'cluster';
  const where = inCluster ? 'the cluster' : `namespace ${place}`;
  const about = inCluster ? operatorAccount.namespace : place;
  const start = `${lost} of ${all} policies in ${where} would be deleted or narrowed at once (${place}`;
  const end = `nothing more is until you say so. If it is meant: appconn release ${inCluster ? '--cluster' : `-n ${place}`} (or annotate Namespace ${about} with appconnectivity.dev/allow-deletions-until: <time>). What is added goes on`;
  await eventually(async () => {
    expect(await operator.metric('appconnectivity_breaker_tripped', `scope="${scope}"`)).toBe(1);
    const notes = await eventsAbout(cluster, about);
    expect(notes.filter((each) => each.note.startsWith(start))).toEqual([
      { type: 'Warning', reason: 'BreakerTripped', note: expect.stringContaining(end) },
    ]);
  }, 30);
  expect(await eventCount(operator, scope, 'tripped')).toBe(1);
  const lines = breakerLines(operator, 'tripped', inCluster ? '' : place);
  expect(lines.map(({ level }) => level)).toEqual(['warn']);
  expect(lines[0]?.message.startsWith(start)).toBe(true);
}

/** Waits until no breaker is open, and each one that was has said once that it closed, and why. */
export async function whenClosed(
  operator: TestOperator,
  why: Readonly<Record<'namespace' | 'cluster', string>>,
): Promise<void> {
  await eventually(async () => {
    expect(await operator.metric('appconnectivity_breaker_tripped')).toBe(0);
  }, 90);
  for (const scope of ['namespace', 'cluster'] as const) {
    expect(await eventCount(operator, scope, 'closed')).toBe(1);
  }
  const messages = breakerLines(operator, 'closed').map(({ message }) => message);
  expect(messages.map((message) => message.replace(/namespace \S+/, 'namespace')).sort()).toEqual([
    `the breaker of namespace is closed: ${why.namespace}`,
    `the breaker of the cluster is closed: ${why.cluster}`,
  ]);
}

/** What the log says of breakers: of the one of a scope, or of all. */
export function breakerLines(operator: TestOperator, event: string, scope?: string): LogLine[] {
  return operator.logs.filter(
    (line) => line.event === event && (scope === undefined || line.scope === scope),
  );
}

function eventCount(operator: TestOperator, scope: string, event: string): Promise<number> {
  const labels = `scope="${scope}",event="${event}"`;
  return operator.metric('appconnectivity_breaker_events_total', labels);
}

/** What the operator has written of NetworkPolicies since a mark: `verb namespace/name`. */
export async function policyWritesSince(cluster: Cluster, mark: number): Promise<string[]> {
  const writes = await cluster.writesSince(mark);
  return writes
    .filter((write) => write.split(' ')[1] === 'networkpolicies')
    .map((write) => write.replace('networkpolicies ', ''));
}

/** A condition of a live AppConnectivity, without its time. */
export async function conditionOf(
  cluster: Cluster,
  path: string,
  type: string,
): Promise<Record<string, unknown>> {
  const live = await cluster.get(appConnectivity(path, {}));
  const { conditions = [] } = (live?.status ?? {}) as { conditions?: Record<string, unknown>[] };
  const { status, reason, message } = conditions.find((each) => each.type === type) ?? {};
  return { status, reason, message };
}
