import type { WorldRecord } from '../core/model/records.ts';
import { readObject } from '../core/record/read.ts';
import type { KubeClient } from '../kube/client.ts';
import type { RawObject } from '../kube/objects.ts';
import { apiVersionOf, type Resource, resources } from '../kube/resources.ts';
import type { Clock } from './clock.ts';
import type { WatchReport } from './watch/protocol.ts';
import { createReflector, type Reflector } from './watch/reflector.ts';
import { createSource } from './watch/source.ts';
import { type Change, createStore, type Problem, type StoreView } from './watch/store.ts';

/** Every kind that the world is made of. */
export const watchedResources: readonly Resource[] = [
  resources.namespaces,
  resources.deployments,
  resources.statefulSets,
  resources.daemonSets,
  resources.services,
  resources.appConnectivities,
  resources.networkPolicies,
  resources.nodes,
  resources.serviceCidrs,
];

export interface ClusterWatchOptions {
  readonly client: Pick<KubeClient, 'list' | 'watch' | 'get'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: (change: Change<WorldRecord>) => void;
  readonly onReport: (resource: Resource, report: WatchReport) => void;
  readonly onProblem: (resource: Resource, problem: Problem) => void;
}

/** The reflectors of all kinds, as one. */
export interface ClusterWatch {
  start(): void;
  /** For good; nothing is told afterwards. */
  stop(): void;
  /** Resolves once every kind has been seen whole. */
  whenSynced(): Promise<void>;
  /** The kinds of which not all is known, with what is in the way: not seen yet, or forbidden now. */
  unsynced(): readonly string[];
}

interface Watched {
  readonly resource: Resource;
  readonly reflector: Reflector;
  readonly view: StoreView<WorldRecord>;
}

export function createClusterWatch(options: ClusterWatchOptions): ClusterWatch {
  const watched = watchedResources.map((resource) => watchResource(resource, options));
  return {
    start: () => {
      for (const { reflector } of watched) reflector.start();
    },
    stop: () => {
      for (const { reflector } of watched) reflector.stop();
    },
    whenSynced: async () => {
      await Promise.all(watched.map(({ view }) => view.whenSynced()));
    },
    unsynced: () => watched.filter(isUnsure).map(describe),
  };
}

function watchResource(resource: Resource, options: ClusterWatchOptions): Watched {
  const { client, clock, random, onChange, onReport, onProblem } = options;
  const apiVersion = apiVersionOf(resource);
  const store = createStore<RawObject, WorldRecord>({
    keyOf: ({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`,
    uidOf: ({ metadata }) => metadata.uid,
    parse: (raw) => parse(apiVersion, resource.kind, raw),
    onChange,
    onProblem: (problem) => onProblem(resource, problem),
  });
  const reflector = createReflector({
    source: createSource(client, resource),
    handler: store.writer,
    clock,
    random,
    onReport: (report) => onReport(resource, report),
    onProblem: (error) => onProblem(resource, { key: undefined, error }),
  });
  return { resource, reflector, view: store.view };
}

function parse(apiVersion: string, kind: string, raw: RawObject): WorldRecord | undefined {
  const read = readObject(apiVersion, kind, raw);
  if (read === undefined || !('problem' in read)) return read;
  throw new Error(`${read.path.join('.')}: ${read.problem}`);
}

/** A kind that may not be read any more goes stale, although all of it was seen once. */
function isUnsure({ view, reflector }: Watched): boolean {
  return !view.hasSynced() || reflector.health().trouble?.kind === 'forbidden';
}

function describe({ resource, reflector }: Watched): string {
  const { trouble } = reflector.health();
  return trouble === undefined ? resource.plural : `${resource.plural} (${trouble.message})`;
}
