import type { WorldRecord } from '../../src/core/model/records.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import { World } from '../../src/core/world/world.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { createClusterWatch } from '../../src/operator/cluster-watch.ts';
import { Newest } from '../../src/operator/newest.ts';
import type { Change } from '../../src/operator/watch/store.ts';

/** The cluster as somebody beside the operator sees it, through watches of his own. */
export interface Observer {
  /** All that there is, as of the last change that was told. */
  readonly world: World;
  /** Every change since the start, in the order in which it was told. */
  readonly journal: readonly Change<WorldRecord>[];
  /** What could not be read. */
  readonly problems: readonly string[];
  /** Calls `look` after every change, in which `world` is as told then, until its answer is called. */
  eachChange(look: (change: Change<WorldRecord>) => void): () => void;
  /** Resolves at the next change, or after so many milliseconds. */
  nextChange(milliseconds: number): Promise<void>;
  stop(): void;
}

/** Resolves once every kind has been seen. `settings`: those that the operator will have in the end. */
export async function startObserver(client: KubeClient, settings: Settings): Promise<Observer> {
  const world = new World(settings);
  const looks = new Set<(change: Change<WorldRecord>) => void>();
  const journal: Change<WorldRecord>[] = [];
  const problems: string[] = [];
  let next = Promise.withResolvers<void>();
  const watch = createClusterWatch({
    client,
    clock: { now: () => performance.now(), setTimer },
    random: Math.random,
    kinds: settings.workloadKinds,
    newest: new Newest(),
    onChange: (change) => {
      if (change.kind === 'delete') world.remove(change.record);
      else world.put(change.record);
      journal.push(change);
      for (const look of looks) look(change);
      next.resolve();
      next = Promise.withResolvers();
    },
    onReport: () => {},
    onProblem: ({ plural }, { error }) => problems.push(`${plural}: ${error}`),
  });
  watch.start();
  await watch.whenSynced();
  return {
    world,
    journal,
    problems,
    eachChange: (look) => {
      looks.add(look);
      return () => looks.delete(look);
    },
    nextChange: async (milliseconds) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = setTimer(milliseconds, resolve);
      await Promise.race([next.promise, promise]);
      cancel();
    },
    stop: () => watch.stop(),
  };
}

function setTimer(milliseconds: number, fire: () => void): () => void {
  const timer = setTimeout(fire, milliseconds);
  return () => clearTimeout(timer);
}
