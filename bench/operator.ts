import { pino } from 'pino';
import { defaultSettings } from '../src/core/model/settings.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { leadingAlone } from '../src/operator/election/leadership.ts';
import { noDns } from '../src/operator/hosts/fixtures/no-dns.ts';
import { createMetrics } from '../src/operator/metrics.ts';
import { createOperator, type Operator } from '../src/operator/operator.ts';
import { readConfig, safetyOf } from '../src/settings.ts';
import { concurrency, type Plane } from './plane.ts';

/** An operator in this process, and when its calls came back. */
export interface Observed {
  readonly operator: Operator;
  /** When each write of a policy was answered (milliseconds), by the path of the policy. */
  readonly written: ReadonlyMap<string, number>;
  /** Writes of any kind. */
  writes(): number;
  /** When the watch last told of a workload (milliseconds), by namespace and name. */
  readonly seen: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export function startOperator(plane: Plane, rate: number): Observed {
  const { client, close } = plane.connect();
  const written = new Map<string, number>();
  const seen = new Map<string, number>();
  let writes = 0;
  const counted = <Args extends unknown[]>(write: (...args: Args) => Promise<unknown>) => {
    return (...args: Args) => {
      writes += 1;
      return write(...args);
    };
  };
  const observed: KubeClient = {
    ...client,
    create: counted(client.create),
    remove: counted(client.remove),
    applyStatus: counted(client.applyStatus),
    apply: async (path, object, options) => {
      writes += 1;
      const answer = await client.apply(path, object, options);
      written.set(path, performance.now());
      return answer;
    },
    watch: (resource, options) => noteEvents(client.watch(resource, options), seen),
  };
  const operator = createOperator({
    ...{ client: observed, concurrency, rate, settings: defaultSettings, clock },
    leadership: leadingAlone(),
    // It changes a fifth of all policies on purpose, which the breaker would rightly stop.
    ...safetyOf(readConfig({ file: { breaker: { percent: 100 } }, environment: {}, flags: {} })),
    wallClock: () => Date.now(),
    random: () => Math.random(),
    log: pino({ level: 'info', base: null }, pino.destination('/dev/null')),
    metrics: createMetrics('bench'),
    instance: 'bench',
    hosts: noDns,
  });
  operator.start();
  return {
    ...{ operator, written, seen, writes: () => writes },
    stop: async () => {
      await operator.stop(10_000);
      await close();
    },
  };
}

async function* noteEvents(
  events: ReturnType<KubeClient['watch']>,
  seen: Map<string, number>,
): ReturnType<KubeClient['watch']> {
  for await (const event of events) {
    const { namespace, name } = event.object.metadata;
    if (event.type === 'MODIFIED') seen.set(`${namespace}/${name}`, performance.now());
    yield event;
  }
}

export const clock = {
  now: () => performance.now(),
  setTimer: (milliseconds: number, fire: () => void) => {
    const timer = setTimeout(fire, milliseconds);
    return () => clearTimeout(timer);
  },
};
