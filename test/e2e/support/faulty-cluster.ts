import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultKinds } from '../../../src/core/model/kinds.ts';
import { watchedKinds } from '../../../src/operator/watched-kinds.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { noFaults } from '../../support/faults.ts';
import { Cluster } from './cluster.ts';
import { OperatorProcess } from './operator-process.ts';
import { otherKinds, serve } from './other-kinds.ts';

/** What the operator watches in such a cluster. */
export const allKinds = watchedKinds(defaultKinds);

/** A real control plane, the operator as a process, and the proxy between the two. */
export class FaultyCluster {
  readonly cluster: Cluster;
  readonly proxy: FaultProxy;
  readonly #pace: { readonly speed: number; readonly seed: number };
  #operator: OperatorProcess | undefined;

  /** Time is `speed` times as fast for the operator; `seed` is that of its jitter. */
  static async start(speed: number, seed: number): Promise<FaultyCluster> {
    const cluster = await Cluster.start({ controllerManager: false });
    await cluster.install();
    // Then every watch is open, and nothing is looked for that is not there.
    await serve(cluster, otherKinds);
    const proxy = await FaultProxy.start(cluster.plane);
    const world = new FaultyCluster(cluster, proxy, { speed, seed });
    await world.rotateToken(await mintToken(cluster));
    await proxy.writeKubeconfig(world.#kubeconfig, { tokenFile: world.#tokenFile });
    await world.startOperator();
    await world.operator.whenReady();
    return world;
  }

  private constructor(
    cluster: Cluster,
    proxy: FaultProxy,
    pace: { readonly speed: number; readonly seed: number },
  ) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.#pace = pace;
  }

  get operator(): OperatorProcess {
    if (this.#operator === undefined) throw new Error('the operator has not been started');
    return this.#operator;
  }

  async startOperator(): Promise<void> {
    const kubeconfig = this.#kubeconfig;
    this.#operator = await OperatorProcess.start({ kubeconfig, ...this.#pace });
  }

  /** Replaces the token on the operator's disk, as the kubelet does: at once. */
  async rotateToken(token: string): Promise<void> {
    const next = `${this.#tokenFile}.next`;
    await writeFile(next, token, { mode: 0o600 });
    await rename(next, this.#tokenFile);
  }

  get #kubeconfig(): string {
    return join(this.cluster.plane.folder, 'kubeconfig.proxy');
  }

  get #tokenFile(): string {
    return join(this.cluster.plane.folder, 'token.proxy');
  }

  async stop(): Promise<void> {
    this.proxy.script = noFaults;
    await this.#operator?.stop();
    await this.proxy.close();
    await this.cluster.stop();
  }
}

/** A new token of the operator's own account. */
export async function mintToken(cluster: Cluster): Promise<string> {
  const config = JSON.parse(await readFile(await cluster.operatorKubeconfig(), 'utf8'));
  return config.users[0].user.token;
}
