import { type Running, run } from '../../../src/cli/run.ts';
import type { Clock } from '../../../src/operator/clock.ts';
import { readConfig } from '../../../src/settings.ts';
import { unlimited } from './breaker.ts';
import type { Cluster } from './cluster.ts';
import { Health } from './health.ts';

/** What the operator logged, with its fields. */
export interface LogLine extends Record<string, unknown> {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** Time, so many times as fast for the operator as for us: its long pauses need not be waited for. */
export function clockOf(speed: number): Clock {
  return {
    now: () => performance.now() * speed,
    setTimer: (milliseconds, fire) => {
      const timer = setTimeout(fire, milliseconds / speed);
      return () => clearTimeout(timer);
    },
  };
}

/** The operator, all of it, in this process: the same as `appconn run`, but for its log. */
export class TestOperator extends Health {
  readonly logs: readonly LogLine[];
  protected readonly healthPort: number;
  readonly #running: Running;

  /**
   * Runs as the operator's own service account, with the rules that the cluster has for it; `file`
   * is what its configuration file says, which may name another kubeconfig.
   */
  static async start(cluster: Cluster, speed = 1, file: object = {}): Promise<TestOperator> {
    const logs: LogLine[] = [];
    const logAt = (level: LogLine['level']) => (fields: object, message: string) => {
      logs.push({ ...fields, level, message });
    };
    const kubeconfig = await cluster.operatorKubeconfig();
    const running = await run({
      // It is alone, and its time may run faster than the Lease's.
      config: readConfig({
        file: { kubeconfig, election: { enabled: false }, breaker: unlimited, ...file },
        environment: {},
        flags: { healthPort: 0 },
      }),
      environment: {},
      clock: clockOf(speed),
      wallClock: () => Date.now(),
      random: () => Math.random(),
      log: {
        debug: logAt('debug'),
        info: logAt('info'),
        warn: logAt('warn'),
        error: logAt('error'),
      },
      version: 'e2e',
      instance: 'e2e',
      identity: 'e2e',
    });
    return new TestOperator(running, logs);
  }

  private constructor(running: Running, logs: readonly LogLine[]) {
    super();
    this.healthPort = running.healthPort;
    this.#running = running;
    this.logs = logs;
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }
}
