import { eventually, untilStable } from './wait.ts';

/** The longest pause before the operator looks at a key again on its own, and a bit. */
const quietMilliseconds = 700;

/** What an operator answers on its health port, wherever it runs. */
export abstract class Health {
  protected abstract readonly healthPort: number;

  /** Asks /healthz, /readyz or /metrics. */
  async ask(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.healthPort}${path}`);
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
