import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Component, startSupervisor } from '../control-plane/supervise.ts';
import { waitFor } from '../control-plane/wait.ts';
import { pathOf } from './repository.ts';

/** How long the operator may take to stop by itself (milliseconds). */
const patience = 10_000;

/** The operator, in a process of its own that is gone when this one is. */
export interface Operator {
  readonly logFile: string;
  /** The messages that it logged as an error or worse. */
  errors(): Promise<string[]>;
  /** Lets it finish its writes; resolves when it is gone. */
  stop(): Promise<void>;
}

interface LogLine {
  readonly level?: number;
  readonly msg?: string;
  readonly error?: string;
  readonly healthPort?: number;
}

const errorLevel = 50;

/** Runs the build of this repository with a kubeconfig, and resolves when it says that it is ready. */
export async function startOperator(kubeconfig: string): Promise<Operator> {
  // What the user's shell says to some other operator is not for this one.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('APPCONN_')) delete process.env[name];
  }
  const supervisor = await startSupervisor();
  const program = pathOf('dist/main.js');
  const flags = ['run', '--kubeconfig', kubeconfig, '--health-port', '0', '--log-level', 'info'];
  const component = supervisor.start('operator', process.execPath, [program, ...flags]);
  try {
    const port = await waitFor(component, 'its health port', async () => findPort(component));
    await waitFor(component, '/readyz', async () => (await isReady(port)) || undefined);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return {
    logFile: join(supervisor.folder, 'operator.log'),
    errors: async () =>
      (await readLog(component))
        .filter(({ level = 0 }) => level >= errorLevel)
        .map(({ msg = '', error = '' }) => `${msg}: ${error}`),
    stop: async () => {
      component.signal('SIGTERM');
      await Promise.race([component.ended, sleep(patience, undefined, { ref: false })]);
      await supervisor.stop();
    },
  };
}

async function findPort(component: Component): Promise<number | undefined> {
  const lines = await readLog(component);
  return lines.find(({ healthPort }) => healthPort !== undefined)?.healthPort;
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  return answer?.ok === true;
}

async function readLog(component: Component): Promise<LogLine[]> {
  const text = await component.readLog();
  return text.split('\n').flatMap(readLine);
}

/** The last line may be there in part only. */
function readLine(line: string): LogLine[] {
  try {
    return [JSON.parse(line) as LogLine];
  } catch {
    return [];
  }
}
