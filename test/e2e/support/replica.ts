import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bareEnvironment } from './cli.ts';
import { type Cluster, repository } from './cluster.ts';
import { eventually } from './wait.ts';

/** Seconds. Short, and still long enough for a machine that is busy. */
export const lease = { duration: 5, deadline: 4, retry: 0.5 };

let started = 0;

/** `appconn run` as a process of its own, with a token of its own: the audit log tells them apart. */
export class Replica {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  readonly credential: string;
  readonly ended: Promise<number | null>;
  #port = 0;

  static start(cluster: Cluster, ...flags: readonly string[]): Promise<Replica> {
    return Replica.startIn({}, cluster, ...flags);
  }

  /** The same, with these variables. */
  static async startIn(
    variables: Readonly<Record<string, string>>,
    cluster: Cluster,
    ...flags: readonly string[]
  ): Promise<Replica> {
    started += 1;
    const kubeconfig = join(cluster.plane.folder, `replica-${started}`);
    await copyFile(await cluster.operatorKubeconfig(), kubeconfig);
    const { users } = parse(await readFile(kubeconfig, 'utf8'));
    const replica = new Replica(kubeconfig, credentialOf(users[0].user.token), {
      ...{ flags, variables },
    });
    await replica.#whenStarted();
    return replica;
  }

  private constructor(
    kubeconfig: string,
    credential: string,
    { flags, variables }: { flags: readonly string[]; variables: Readonly<Record<string, string>> },
  ) {
    this.credential = credential;
    const election = ['--lease-duration', `${lease.duration}`, '--renew-deadline'];
    const pace = [...election, `${lease.deadline}`, '--retry-period', `${lease.retry}`];
    const args = ['src/main.ts', 'run', '--kubeconfig', kubeconfig, '--health-port', '0', ...pace];
    const env = { ...bareEnvironment, ...variables };
    const child = spawn(process.execPath, [...args, ...flags], { cwd: repository, env });
    this.child = child;
    this.ended = new Promise((resolve) => child.once('close', resolve));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const whole = text.split('\n');
      text = whole.pop() ?? '';
      this.lines.push(...whole.map((line) => JSON.parse(line) as Record<string, unknown>));
    });
  }

  async ask(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async metric(series: string): Promise<number> {
    const { text } = await this.ask('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    if (line === undefined) throw new Error(`no series ${series}`);
    return Number(line.slice(series.length));
  }

  async leads(): Promise<boolean> {
    return (await this.metric('leader_election_master_status{name="appconnectivity"}')) === 1;
  }

  async whenLeading(seconds = 30): Promise<void> {
    await eventually(async () => {
      if (!(await this.leads())) throw new Error('it does not lead');
    }, seconds);
  }

  async whenReady(): Promise<void> {
    await eventually(async () => {
      const { status, text } = await this.ask('/readyz');
      if (status !== 200) throw new Error(`not ready: ${text}`);
    });
  }

  said(message: string): Record<string, unknown>[] {
    return this.lines.filter(({ msg }) => String(msg).includes(message));
  }

  async #whenStarted(): Promise<void> {
    this.#port = await eventually(() => {
      const line = this.lines.find(({ healthPort }) => healthPort !== undefined);
      if (line === undefined) throw new Error('not started');
      return Number(line.healthPort);
    }, 60);
  }
}

/** How the API server's audit log names a service account's token. */
function credentialOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return `JTI=${(JSON.parse(payload) as { jti: string }).jti}`;
}
