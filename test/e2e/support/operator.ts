import { type Running, run } from '../../../src/cli/run.ts';
import type { Clock } from '../../../src/operator/clock.ts';
import { readConfig } from '../../../src/settings.ts';
import type { Cluster } from './cluster.ts';
import { eventually, untilStable } from './wait.ts';

/** What the operator logged, with its fields. */
export interface LogLine extends Record<string, unknown> {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** The longest pause before the operator looks at a key again on its own, and a bit. */
const quietMilliseconds = 700;

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
export class TestOperator {
  readonly logs: readonly LogLine[];
  readonly #running: Running;

  /**
   * Runs as the operator's own service account, with the rules that the cluster has for it; `file`
   * is what its configuration file says.
   */
  static async start(cluster: Cluster, speed = 1, file: object = {}): Promise<TestOperator> {
    const logs: LogLine[] = [];
    const logAt = (level: LogLine['level']) => (fields: object, message: string) => {
      logs.push({ ...fields, level, message });
    };
    const flags = { kubeconfig: await cluster.operatorKubeconfig(), healthPort: 0 };
    const running = await run({
      // It is alone, and its time may run faster than the Lease's.
      config: readConfig({
        file: { election: { enabled: false }, ...file },
        environment: {},
        flags,
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
    this.#running = running;
    this.logs = logs;
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  /** Asks /healthz, /readyz or /metrics. */
  async ask(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#running.healthPort}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async whenReady(): Promise<void> {
    await eventually(async () => {
      const { status, text } = await this.ask('/readyz');
      if (status !== 200) throw new Error(`not ready: ${text}`);
    });
  }

  /** The sum of all series of a metric whose labels contain `labels`. */
  async metric(name: string, labels = ''): Promise<number> {
    const { text } = await this.ask('/metrics');
    return sumOf(text, name, labels);
  }

  /** Waits until the operator has had nothing to do for longer than any pause but a drain's. */
  async quiet(): Promise<void> {
    await untilStable(async () => {
      const { text } = await this.ask('/metrics');
      const waiting = sumOf(text, 'workqueue_depth');
      const running = sumOf(text, 'workqueue_longest_running_processor_seconds');
      const idle = waiting === 0 && running === 0;
      return `${sumOf(text, 'appconnectivity_reconcile_total')} ${idle || performance.now()}`;
    }, quietMilliseconds);
  }
}

function sumOf(text: string, name: string, labels = ''): number {
  const lines = text.split('\n').filter((line) => /^[a-z]/.test(line));
  const values = lines
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(labels))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  return values.reduce((sum, value) => sum + value, 0);
}
