import { outside } from '../../../hack/enforcement/addresses.ts';
import { type EngineName, engineNames } from '../../../hack/enforcement/engine.ts';
import { type Rig, startRig } from '../../../hack/enforcement/rig.ts';
import type { Settings } from '../../../src/core/model/settings.ts';
import { readConfig, settingsOf } from '../../../src/settings.ts';
import { Cluster } from '../../e2e/support/cluster.ts';
import { kubeDns, workload } from '../../e2e/support/objects.ts';
import { TestOperator } from '../../e2e/support/operator.ts';
import { whenLiveIsRendered } from '../../e2e/support/render.ts';
import { eventually } from '../../e2e/support/wait.ts';
import { outsidePorts } from './attempts.ts';
import type { Example } from './examples.ts';
import { definedKinds, defineKinds } from './served.ts';
import { actForOthers } from './stand-ins.ts';
import { wantedPods } from './wanted.ts';

/** A rig with the operator at work. */
export interface Stage {
  readonly rig: Rig;
  readonly cluster: Cluster;
  readonly settings: Settings;
  /** Applies what they hold. */
  play(examples: readonly Example[]): Promise<void>;
  /** Waits until the live policies are those that these settings make of what is there. */
  settled(): Promise<void>;
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

/** Starts one, whose operator's configuration file says this; where that fails nothing stays. */
export async function startStage(file: object = {}): Promise<Stage> {
  const rig = await startRig(engine);
  const cluster = Cluster.over(rig.plane);
  let operator: TestOperator | undefined;
  const startOperator = async () => {
    operator = await TestOperator.start(cluster, 1, file);
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
  const play = async (examples: readonly Example[]) => {
    const items = examples.flatMap(({ objects }) => objects);
    const list = { apiVersion: 'v1', kind: 'List', items };
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(list));
    await actForOthers(cluster, items);
  };
  const settled = async () => {
    await whenLiveIsRendered(cluster, { more: definedKinds, file });
  };
  try {
    const apiPort = Number(new URL(rig.plane.server).port);
    for (const port of [...outsidePorts, apiPort]) await rig.agent.listen(outside.pod, 'TCP', port);
    await cluster.install();
    await defineKinds(cluster);
    const ports = [{ containerPort: 53, protocol: 'UDP' }];
    const labels = { 'k8s-app': 'kube-dns' };
    await cluster.apply(kubeDns, workload('kube-system/coredns', { labels, ports, replicas: 1 }));
    await startOperator();
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  const settings = settingsOf(readConfig({ file, environment: {}, flags: {} }));
  return { rig, cluster, settings, play, settled, startOperator, stopOperator, stop };
}

/** The pods of namespaces, by `namespace/name`, once all that are wanted are on the network. */
export async function podsOf(
  { rig, cluster }: Stage,
  namespaces: readonly string[],
): Promise<string[]> {
  return eventually(async () => {
    const count = await wantedPods(cluster, namespaces);
    const pods = [...rig.node.pods.keys()].filter((name) =>
      namespaces.includes(name.split('/')[0] ?? ''),
    );
    if (rig.node.failure !== undefined) throw rig.node.failure;
    if (pods.length < count) {
      const [of, why] = [namespaces.join(' and '), rig.node.problems.join('; ')];
      throw new Error(`${pods.length} of ${count} pods of ${of} are on the network: ${why}`);
    }
    return pods.sort();
  }, 60);
}
