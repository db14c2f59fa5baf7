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
  /** The value of a series of its metrics; undefined when it does not answer. */
  metric(series: string): Promise<number | undefined>;
  /** Whether it is the one replica that writes. */
  leads(): Promise<boolean>;
  /** Ends it, gracefully or at once; resolves when it is gone, with how it ended. Its log stays. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<string>;
  /** Lets it finish its writes, if it still runs; resolves when it and its log are gone. */
  stop(): Promise<void>;
}

/** Replicas of the operator, one installation. */
export interface Operators {
  /** In the order in which they were started, those that have ended too. */
  readonly all: readonly Operator[];
  /** The last that was started. */
  readonly latest: Operator;
  /** Starts one more, with a settings file, and resolves when it says that it is ready. */
  start(settings?: string): Promise<Operator>;
}

interface LogLine {
  readonly level?: number;
  readonly msg?: string;
  readonly error?: string;
  readonly healthPort?: number;
}

const errorLevel = 50;

/** Starts the first of the replicas, all with one kubeconfig. What is started goes into `onStop`. */
export async function startOperators(
  kubeconfig: string,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Operators> {
  const all: Operator[] = [];
  const start = async (settings?: string) => {
    const flags = settings === undefined ? [] : ['--config', settings];
    const operator = await startOperator(['--kubeconfig', kubeconfig, ...flags]);
    onStop(operator.stop);
    all.push(operator);
    return operator;
  };
  let latest = await start();
  return {
    all,
    get latest() {
      return latest;
    },
    start: async (settings) => {
      latest = await start(settings);
      return latest;
    },
  };
}

/** Runs the build of this repository with these flags, and resolves when it says that it is ready. */
export async function startOperator(own: readonly string[]): Promise<Operator> {
  // What the user's shell says to some other operator is not for this one.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('APPCONN_') || name === 'POD_NAMESPACE') delete process.env[name];
  }
  const supervisor = await startSupervisor();
  const program = pathOf('dist/main.js');
  const flags = ['run', ...own, '--health-port', '0', '--log-level', 'info'];
  const component = supervisor.start('operator', process.execPath, [program, ...flags]);
  const port = await waitUntilReady(component).catch(async (error: unknown) => {
    await supervisor.stop();
    throw error;
  });
  const metric = async (series: string) => readMetric(series, await ask(port, '/metrics'));
  return {
    logFile: join(supervisor.folder, 'operator.log'),
    errors: async () =>
      (await readLog(component))
        .filter(({ level = 0 }) => level >= errorLevel)
        .map(({ msg = '', error = '' }) => `${msg}: ${error}`),
    metric,
    leads: async () => (await metric(leadership)) === 1,
    end: async (signal) => {
      component.signal(signal);
      return component.ended;
    },
    stop: async () => {
      component.signal('SIGTERM');
      await Promise.race([component.ended, sleep(patience, undefined, { ref: false })]);
      await supervisor.stop();
    },
  };
}

const leadership = 'leader_election_master_status{name="appconnectivity"}';

async function waitUntilReady(component: Component): Promise<number> {
  const port = await waitFor(component, 'its health port', async () => findPort(component));
  const isReady = async () => (await ask(port, '/readyz')) !== undefined || undefined;
  await waitFor(component, '/readyz', isReady);
  return port;
}

async function findPort(component: Component): Promise<number | undefined> {
  const lines = await readLog(component);
  return lines.find(({ healthPort }) => healthPort !== undefined)?.healthPort;
}

/** What it answers, if it is fine. */
async function ask(port: number, path: string): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  return answer?.ok === true ? answer.text() : undefined;
}

function readMetric(series: string, metrics: string | undefined): number | undefined {
  const line = metrics?.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
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
