import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../hack/control-plane/run.ts';
import { bareEnvironment } from './support/cli.ts';
import { Cluster, MINUTE, repository } from './support/cluster.ts';
import { namespace, workload } from './support/objects.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

interface Started {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[];
  readonly ended: Promise<number | null>;
  ask(path: string): Promise<{ status: number; text: string }>;
}

let folder: string;
let cluster: Cluster;
let kubeconfig: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appconn-e2e-'));
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
  kubeconfig = await cluster.operatorKubeconfig();
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts `appconn run` as a process of its own and waits until it says that it has started. */
async function startProcess(config: string): Promise<Started> {
  // The first writer of a cluster waits for one Lease, and so does who follows one that was killed.
  const lease = ['--lease-duration', '2', '--renew-deadline', '1.5', '--retry-period', '0.5'];
  const args = ['src/main.ts', 'run', '--kubeconfig', config, '--health-port', '0', ...lease];
  const child = spawn(process.execPath, args, { cwd: repository, env: bareEnvironment });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const whole = text.split('\n');
    text = whole.pop() ?? '';
    lines.push(...whole.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const port = await eventually(() => {
    const line = lines.find(({ healthPort }) => healthPort !== undefined);
    if (line === undefined) throw new Error('not started');
    return Number(line.healthPort);
  });
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return { child, lines, ended, ask };
}

async function whenReady({ ask }: Started): Promise<void> {
  await eventually(async () => expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok\n' }));
}

/** The exit code after a signal; the test fails unless it comes within seconds. */
async function codeAfter({ child, ended }: Started, signal: NodeJS.Signals) {
  const began = performance.now();
  child.kill(signal);
  const code = await ended;
  expect(performance.now() - began).toBeLessThan(8_000);
  return code;
}

describe('the operator as a process', () => {
  test('answers /healthz, /readyz and /metrics, and says what else there is', async () => {
    const started = await startProcess(kubeconfig);
    await whenReady(started);
    expect(await started.ask('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect((await started.ask('/other')).status).toBe(404);
    await cluster.apply(namespace('metrics'), workload('metrics/web', { acceptsFrom: 'none' }));
    await eventually(async () => {
      const { text } = await started.ask('/metrics');
      expect(text).toMatch(/^appconnectivity_policy_changes_total\{change="create"\} 1$/m);
    });
    const { text } = await started.ask('/metrics');
    expect(text).toMatch(
      /^rest_client_requests_total\{verb="apply",resource="networkpolicies",code="201"\} 1$/m,
    );
    for (const name of [
      'appconnectivity_reconcile_total',
      'appconnectivity_watch_events_total',
      'rest_client_request_duration_seconds_bucket',
      'workqueue_depth',
    ]) {
      expect(text).toContain(`\n${name}`);
    }
    expect(await codeAfter(started, 'SIGTERM')).toBe(0);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends well and within seconds on %s',
    async (signal) => {
      const started = await startProcess(kubeconfig);
      await whenReady(started);
      expect(await codeAfter(started, signal)).toBe(0);
      expect(started.lines.at(-1)).toMatchObject({
        drained: true,
        msg: 'the operator has stopped',
      });
    },
  );

  test('ends well in the middle of work, and the next one does the rest', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `busy/web-${index}`);
    await cluster.apply(namespace('busy'));
    await Promise.all(names.map((path) => cluster.apply(workload(path, { acceptsFrom: 'none' }))));
    const started = await startProcess(kubeconfig);
    await eventually(async () => expect(await cluster.policies('busy')).not.toEqual([]));
    expect(await codeAfter(started, 'SIGTERM')).toBe(0);
    const next = await startProcess(kubeconfig);
    await eventually(async () => expect(await cluster.policies('busy')).toHaveLength(150));
    expect(await codeAfter(next, 'SIGTERM')).toBe(0);
  });

  test('waits for an API server that does not answer, and says so', async () => {
    const config = JSON.parse(await cluster.kubectl(['config', 'view', '--raw', '-o', 'json']));
    config.clusters[0].cluster.server = 'https://127.0.0.1:1';
    const file = join(folder, 'unreachable');
    await writeFile(file, JSON.stringify(config));
    const started = await startProcess(file);
    expect((await started.ask('/healthz')).status).toBe(200);
    await eventually(async () => {
      const { status, text } = await started.ask('/readyz');
      expect(status).toBe(503);
      expect(text).toMatch(/not known whole: deployments \(.*ECONNREFUSED.*\)/);
    });
    expect(await codeAfter(started, 'SIGTERM')).toBe(0);
  });
});

describe('appconn run that cannot start', () => {
  async function failing(...args: string[]) {
    const command = ['src/main.ts', 'run', ...args];
    return run(process.execPath, command, { cwd: repository, env: bareEnvironment });
  }

  test('without any kubeconfig says in one sentence what to do, and exits with 2', async () => {
    expect(await failing()).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: no cluster is configured: name a kubeconfig (--kubeconfig or KUBECONFIG) or run in a pod\n',
    });
  });

  test.each([
    ['that is not there', undefined, /not-there/],
    ['that is no YAML', 'a: [', /kubeconfig/],
    ['that is empty', '', /kubeconfig/],
    ['of another kind', 'kind: Pod', /kubeconfig/],
  ])('with a kubeconfig %s says so in one sentence, and exits with 2', async (_, text, names) => {
    const file = join(folder, text === undefined ? 'not-there' : 'kubeconfig');
    if (text !== undefined) await writeFile(file, text);
    const { code, stdout, stderr } = await failing('--kubeconfig', file);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(names);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('with a context that the kubeconfig lacks names it, and exits with 2', async () => {
    const { code, stderr } = await failing('--kubeconfig', kubeconfig, '--context', 'nowhere');
    expect(stderr).toMatch(/^error: [^\n]*nowhere[^\n]*\n$/);
    expect(code).toBe(2);
  });

  test('with wrong flags names them, and exits with 2', async () => {
    const { code, stderr } = await failing('--health-port', 'http', '--rate', '0');
    expect(stderr).toMatch(/^error: healthPort: .*\nerror: rate: .*\n$/);
    expect(code).toBe(2);
    expect(await failing('--no-such-flag')).toMatchObject({ code: 2, stdout: '' });
  });

  test('with a health port that is taken says so', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, () => resolve((taken.address() as { port: number }).port));
    });
    const flags = ['--kubeconfig', kubeconfig, '--health-port', `${port}`];
    const { code, stderr } = await failing(...flags);
    taken.close();
    expect(stderr).toMatch(new RegExp(`^error: [^\\n]*address already in use[^\\n]*${port}\\n$`));
    expect(code).toBe(2);
  });
});
