import { networkInterfaces } from 'node:os';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { loadAccess } from '../../src/kube/kubeconfig.ts';
import { createTransport } from '../../src/kube/transport.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { startSupervisor } from '../control-plane/supervise.ts';
import { apiServerAddress, serviceBlocks } from './addresses.ts';
import { Agent } from './agent.ts';
import { findEnforcement } from './binaries.ts';
import {
  type EngineName,
  explainEngine,
  makesRoutes,
  prepareEngine,
  startEngine,
  startKubeProxy,
} from './engine.ts';
import { Node } from './node.ts';

/** A cluster of one node whose packets are real and whose containers are not. */
export interface Rig {
  readonly plane: ControlPlane;
  /** As an administrator. */
  readonly client: KubeClient;
  readonly agent: Agent;
  readonly node: Node;
  /** What the engine itself has to say about some pods (`namespace/name`): its rules, or its log. */
  explain(pods: readonly string[]): Promise<string>;
  /** Kills the engine; resolves when it is gone. Its rules stay. */
  killEngine(): Promise<void>;
  /** Starts the engine again; resolves when it is ready. */
  restartEngine(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a control plane, an engine, kube-proxy and a node. Has to run in a network namespace of its
 * own (private.sh). Throws, with nothing left behind, where a part does not start.
 */
export async function startRig(engine: EngineName): Promise<Rig> {
  refuseSharedNetwork();
  const binaries = await findEnforcement();
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    const failed: unknown[] = [];
    for (const each of stops.splice(0).reverse()) {
      await each().catch((error: unknown) => failed.push(error));
    }
    if (failed.length > 0) throw failed[0];
  };
  try {
    const plane = await startControlPlane({
      apiServerFlags: [
        `--service-cluster-ip-range=${serviceBlocks}`,
        `--advertise-address=${apiServerAddress}`,
      ],
    });
    stops.push(plane.stop);
    const access = loadAccess({ kubeconfig: plane.kubeconfig, environment: {} });
    const now = () => performance.now();
    const transport = createTransport(access, { now, version: 'rig', connections: 16 });
    stops.push(() => transport.close());
    const client = createKubeClient(transport, { now });
    const agent = new Agent(binaries.agent);
    stops.push(() => agent.stop());
    const node = new Node(client, agent, { routed: !makesRoutes(engine) });
    await node.start();
    stops.push(() => node.stop());
    const supervisor = await startSupervisor();
    stops.push(supervisor.stop);
    const home = { supervisor, binaries, plane };
    await prepareEngine(engine, home);
    let enforcer = await startEngine(engine, home);
    await startKubeProxy(home);
    const killEngine = async () => {
      enforcer?.signal('SIGKILL');
      await enforcer?.ended;
    };
    const restartEngine = async () => {
      enforcer = await startEngine(engine, home);
    };
    const explain = (pods: readonly string[]) => explainEngine(engine, enforcer, pods);
    return { plane, client, agent, node, explain, killEngine, restartEngine, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** Rules and routes of the machine's own network are nobody's to change here. */
function refuseSharedNetwork(): void {
  const links = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (links.length === 0) return;
  throw new Error(
    `this network has ${links.join(', ')}: a node needs one of its own, so run it by hack/enforcement/private.sh`,
  );
}
