import { outside } from '../../../hack/enforcement/addresses.ts';
import { type EngineName, engineNames } from '../../../hack/enforcement/engine.ts';
import { type Rig, startRig } from '../../../hack/enforcement/rig.ts';
import { resources } from '../../../src/kube/resources.ts';
import { Cluster } from '../../e2e/support/cluster.ts';
import { kubeDns, workload } from '../../e2e/support/objects.ts';
import { TestOperator } from '../../e2e/support/operator.ts';
import { eventually } from '../../e2e/support/wait.ts';
import { outsidePorts } from './attempts.ts';

/** A rig with the operator at work. */
export interface Stage {
  readonly rig: Rig;
  readonly cluster: Cluster;
  startOperator(): Promise<void>;
  stopOperator(): Promise<void>;
  stop(): Promise<void>;
}

/** The engine under which this process judges packets. */
export const engine: EngineName = engineNamed(process.env.PACKETS_ENGINE ?? engineNames[0]);

function engineNamed(name: string): EngineName {
  const engine = engineNames.find((each) => each === name);
  if (engine === undefined) throw new Error(`PACKETS_ENGINE is one of ${engineNames.join(', ')}`);
  return engine;
}

/** Starts one; where that fails nothing stays. */
export async function startStage(): Promise<Stage> {
  const rig = await startRig(engine);
  const cluster = Cluster.over(rig.plane);
  let operator: TestOperator | undefined;
  const startOperator = async () => {
    operator = await TestOperator.start(cluster);
    await operator.whenReady();
  };
  const stopOperator = async () => {
    await operator?.stop();
    operator = undefined;
  };
  const stop = async () => {
    try {
      await stopOperator();
      await cluster.close();
    } finally {
      await rig.stop();
    }
  };
  try {
    for (const port of outsidePorts) await rig.agent.listen(outside.pod, 'TCP', port);
    await cluster.install();
    const ports = [{ containerPort: 53, protocol: 'UDP' }];
    const labels = { 'k8s-app': 'kube-dns' };
    await cluster.apply(kubeDns, workload('kube-system/coredns', { labels, ports, replicas: 1 }));
    await startOperator();
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return { rig, cluster, startOperator, stopOperator, stop };
}

/** The pods of namespaces, by `namespace/name`, once all that are wanted are on the network. */
export async function podsOf(
  { rig, cluster }: Stage,
  namespaces: readonly string[],
): Promise<string[]> {
  return eventually(async () => {
    const wanted = await cluster.client.list(resources.deployments, { limit: 0 });
    const pods = [...rig.node.pods.keys()].filter((name) =>
      namespaces.includes(name.split('/')[0] ?? ''),
    );
    const replicas = wanted.items
      .filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ''))
      .map(({ spec }) => (spec as { replicas?: number }).replicas ?? 1);
    const count = replicas.reduce((sum, each) => sum + each, 0);
    if (rig.node.failure !== undefined) throw rig.node.failure;
    if (pods.length < count) throw new Error(`${pods.length} of ${count} pods are on the network`);
    return pods.sort();
  }, 60);
}
