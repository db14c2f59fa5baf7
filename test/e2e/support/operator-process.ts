import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Health } from './health.ts';
import type { LogLine } from './operator.ts';
import { eventually } from './wait.ts';

/** What a process holds: handles and timers by type, open files and sockets, bytes of heap. */
export interface Measure {
  readonly resources: Readonly<Record<string, number>>;
  readonly files: number;
  readonly heap: number;
}

export type ToChild = 'measure' | 'stop';

export interface FromChild {
  readonly line?: LogLine;
  readonly measure?: Measure;
  readonly healthPort?: number;
}

export interface ProcessOptions {
  readonly kubeconfig: string;
  /** Time is so many times as fast for the operator. */
  readonly speed: number;
  /** Of its jitter. */
  readonly seed: number;
}

const program = fileURLToPath(new URL('./operator-child.ts', import.meta.url));

/**
 * The operator in a process of its own, as a pod would run it: an error that nobody handles ends
 * it, and what it holds can be measured.
 */
export class OperatorProcess extends Health {
  readonly logs: LogLine[] = [];
  /** Answers of /healthz that were none of 200, and what became of the process, if it ended. */
  readonly complaints: string[] = [];
  protected healthPort = 0;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #watchdog: NodeJS.Timeout;
  #stopping = false;

  static async start({ kubeconfig, speed, seed }: ProcessOptions): Promise<OperatorProcess> {
    const child = fork(program, [kubeconfig, `${speed}`, `${seed}`], {
      execArgv: ['--expose-gc'],
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const started = new OperatorProcess(child);
    await eventually(() => {
      if (started.healthPort === 0) throw new Error(started.complaints.join('\n'));
    }, 60);
    return started;
  }

  private constructor(child: ChildProcess) {
    super();
    this.#child = child;
    this.#closed = once(child, 'close');
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.complaints.push(text));
    child.on('message', ({ line, healthPort }: FromChild) => {
      if (line !== undefined) this.logs.push(line);
      if (healthPort !== undefined) this.healthPort = healthPort;
    });
    child.on('exit', (code, signal) => {
      if (!this.#stopping || code !== 0) this.complaints.push(`it ended with ${code ?? signal}`);
    });
    this.#watchdog = setInterval(() => void this.#checkHealth(), 200);
  }

  async measure(): Promise<Measure> {
    const { promise, resolve } = Promise.withResolvers<Measure>();
    const take = ({ measure }: FromChild) => measure !== undefined && resolve(measure);
    this.#child.on('message', take);
    this.#child.send('measure' satisfies ToChild);
    try {
      return await promise;
    } finally {
      this.#child.off('message', take);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watchdog);
    if (this.#child.connected) this.#child.send('stop' satisfies ToChild);
    await this.#closed;
  }

  async #checkHealth(): Promise<void> {
    if (this.healthPort === 0) return;
    try {
      const { status } = await this.ask('/healthz');
      if (status !== 200) this.complaints.push(`/healthz answered ${status}`);
    } catch (error) {
      if (!this.#stopping) this.complaints.push(`/healthz: ${String(error)}`);
    }
  }
}
