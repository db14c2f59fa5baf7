import { ourGroup } from '../core/model/identity.ts';
import type { WorldRecord } from '../core/model/records.ts';
import type { Settings } from '../core/model/settings.ts';
import { errorText } from '../error-text.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Resource } from '../kube/resources.ts';
import type { Clock } from './clock.ts';
import { type ClusterWatch, createClusterWatch } from './cluster-watch.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Newest } from './newest.ts';
import type { Change } from './watch/store.ts';

interface WatchClusterOptions {
  readonly settings: Pick<Settings, 'workloadKinds'>;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Watches every kind that the world is made of; metrics and logs hear how that goes. */
export function watchCluster(
  { settings, client, clock, random, metrics, log }: WatchClusterOptions,
  newest: Newest,
  onChange: (change: Change<WorldRecord>) => void,
): ClusterWatch {
  const absent = new Set<Resource>();
  return createClusterWatch({
    ...{ client, clock, random, newest, onChange, kinds: settings.workloadKinds },
    onReport: (resource, report) => {
      metrics.onWatch(resource, report);
      const fields = { resource: resource.plural, ...report };
      if (report.event === 'relist') absent.delete(resource);
      // A kind that the server lacks is asked for again and again; it is news once.
      if (report.failure === undefined || absent.has(resource)) log.debug(fields, 'watch');
      // Nobody has every kind, but ours belong to the installation.
      else if (report.event === 'not-served' && resource.group !== ourGroup)
        log.info(fields, 'watch');
      else log.warn(fields, 'watch');
      if (report.event === 'not-served') absent.add(resource);
    },
    onProblem: ({ plural }, { key, error }) =>
      log.error({ resource: plural, object: key, error: errorText(error) }, 'object not read'),
  });
}
