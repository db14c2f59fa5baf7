import type { KindOfWorkload } from '../core/model/kinds.ts';
import type { WorldRecord } from '../core/model/records.ts';
import { isProblem, isRecord, readObject, wrongIn } from '../core/record/read.ts';
import type { KubeClient } from '../kube/client.ts';
import type { RawObject } from '../kube/objects.ts';
import { apiVersionOf, type Resource } from '../kube/resources.ts';
import type { Clock } from './clock.ts';
import type { Newest } from './newest.ts';
import type { WatchReport } from './watch/protocol.ts';
import { createReflector, type Reflector } from './watch/reflector.ts';
import { createSource } from './watch/source.ts';
import { type Change, createStore, type Problem, type StoreView } from './watch/store.ts';
import { type WatchedKind, watchedKinds } from './watched-kinds.ts';

export interface ClusterWatchOptions {
  readonly client: Pick<KubeClient, 'list' | 'watch' | 'get'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly kinds: readonly KindOfWorkload[];
  /** What is older than an answer that it knows of is not told. */
  readonly newest: Newest;
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
  const watched = watchedKinds(options.kinds).map((kind) => watchKind(kind, options));
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

function watchKind({ resource, ...reading }: WatchedKind, options: ClusterWatchOptions): Watched {
  const { client, clock, random, newest, onChange, onReport, onProblem } = options;
  const { kind } = resource;
  const tell = (change: Change<WorldRecord>) => {
    if (!newest.isPast(change.kind, change.record)) onChange(change);
  };
  const keyOf = ({ metadata }: RawObject) => `${metadata.namespace ?? ''}/${metadata.name}`;
  const store = createStore<RawObject, WorldRecord>({
    keyOf,
    uidOf: ({ metadata }) => metadata.uid,
    parse: (raw) => {
      const read = readObject(apiVersionOf(resource), resource.kind, raw, options.kinds);
      const wrong = wrongIn(read);
      if (wrong !== undefined) {
        const error = new Error(`${wrong.path.join('.')}: ${wrong.problem}`);
        // The store keeps what it knew of an object that cannot be read, unless that is over.
        if (isProblem(read) && read.isNothing !== true) throw error;
        onProblem(resource, { key: keyOf(raw), error });
      }
      return isRecord(read) ? read : undefined;
    },
    onChange: tell,
    onProblem: (problem) => onProblem(resource, problem),
  });
  const source = createSource(client, resource, reading);
  const { view, writer } = store;
  /** Of the list that is being told: that of its first page. */
  let version = '';
  const reflector = createReflector({
    source: {
      ...source,
      list: async (request) => {
        if (request.continue !== undefined) return source.list(request);
        newest.beginList(kind);
        version = '';
        const page = await source.list(request);
        version = page.resourceVersion;
        return page;
      },
    },
    handler: {
      ...writer,
      end: () => {
        writer.end();
        for (const change of newest.endList(kind, version, view.get)) {
          // What cannot be read is not gone.
          if (!view.problems().has(change.key)) tell(change);
        }
      },
    },
    clock,
    random,
    onReport: (report) => onReport(resource, report),
    onProblem: (error) => onProblem(resource, { key: undefined, error }),
  });
  return { resource, reflector, view };
}

/** A kind that may not be read any more goes stale, although all of it was seen once. */
function isUnsure({ view, reflector }: Watched): boolean {
  return !view.hasSynced() || reflector.health().trouble?.kind === 'forbidden';
}

function describe({ resource, reflector }: Watched): string {
  const { trouble } = reflector.health();
  return trouble === undefined ? resource.plural : `${resource.plural} (${trouble.message})`;
}
