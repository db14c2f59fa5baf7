import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { defaultSettings } from '../core/model/settings.ts';
import type { KubeClient } from '../kube/client.ts';
import type { RawObject, WatchEvent } from '../kube/objects.ts';
import { readConfig, safetyOf } from '../settings.ts';
import { leadingAlone } from './election/leadership.ts';
import { createMetrics } from './metrics.ts';
import { createOperator, type Operator } from './operator.ts';

const openshiftDns: RawObject = {
  metadata: { name: 'dns-default', namespace: 'openshift-dns', uid: '1', resourceVersion: '1' },
  spec: { selector: { dns: 'default' }, clusterIP: '172.30.0.10', ports: [] },
};

/** A cluster with nothing but the DNS Service of OpenShift, which stays as it is. */
const client: Pick<KubeClient, 'list' | 'watch'> = {
  list: ({ plural }) =>
    Promise.resolve({ items: plural === 'services' ? [openshiftDns] : [], resourceVersion: '2' }),
  // biome-ignore lint/correctness/useYield: nothing happens until the watch ends.
  watch: async function* (_, options = {}): AsyncGenerator<WatchEvent> {
    await sleep(600_000, undefined, { ...(options.signal && { signal: options.signal }) });
  },
};

function operatorWith(sharedNamespaces: readonly string[]): Operator {
  const environments = { label: 'env', allowed: [], sharedNamespaces };
  return createOperator({
    client: client as KubeClient,
    settings: { ...defaultSettings, environments },
    clock: { now: () => performance.now(), setTimer: () => () => {} },
    leadership: leadingAlone(),
    ...safetyOf(readConfig({ environment: {}, flags: {} })),
    ...{ wallClock: () => 0, random: () => 0.5, log: pino({ level: 'silent' }) },
    ...{ metrics: createMetrics('test'), instance: 'test', concurrency: 1, rate: 1000 },
  });
}

test.each([
  [
    ['kube-system'],
    [
      "nothing is deleted or narrowed while the cluster's DNS is in namespace openshift-dns, which environments would cut off: add it to environments.sharedNamespaces in the operator's settings",
    ],
  ],
  [['kube-system', 'openshift-dns'], []],
])('/readyz tells of the DNS of OpenShift where these are shared: %j', async (shared, reasons) => {
  const operator = operatorWith(shared);
  operator.start();
  await operator.whenReady();
  expect(operator.notReady()).toEqual(reasons);
  await operator.stop(1000);
});
