import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { noFaults } from '../../support/faults.ts';
import { Cluster } from './cluster.ts';
import { OperatorProcess } from './operator-process.ts';

/** A real control plane, the operator as a process, and the proxy between the two. */
export class FaultyCluster {
  readonly cluster: Cluster;
  readonly proxy: FaultProxy;
  readonly operator: OperatorProcess;

  /** Time is `speed` times as fast for the operator; `seed` is that of its jitter. */
  static async start(speed: number, seed: number): Promise<FaultyCluster> {
    const cluster = await Cluster.start({ controllerManager: false });
    await cluster.install();
    const proxy = await FaultProxy.start(cluster.plane);
    const kubeconfig = join(cluster.plane.folder, 'kubeconfig.proxy');
    await proxy.writeKubeconfig(kubeconfig, { token: await mintToken(cluster) });
    const operator = await OperatorProcess.start({ kubeconfig, speed, seed });
    await operator.whenReady();
    return new FaultyCluster(cluster, proxy, operator);
  }

  private constructor(cluster: Cluster, proxy: FaultProxy, operator: OperatorProcess) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.operator = operator;
  }

  async stop(): Promise<void> {
    this.proxy.script = noFaults;
    await this.operator.stop();
    await this.proxy.close();
    await this.cluster.stop();
  }
}

/** A new token of the operator's own account. */
export async function mintToken(cluster: Cluster): Promise<string> {
  const config = JSON.parse(await readFile(await cluster.operatorKubeconfig(), 'utf8'));
  return config.users[0].user.token;
}
