import { createKubeClient, type KubeClient } from '../kube/client.ts';
import { loadAccess } from '../kube/kubeconfig.ts';
import { createTransport } from '../kube/transport.ts';
import type { Config } from '../settings.ts';
import type { Host } from './host.ts';

/** Calls that a command makes at once. */
const connections = 16;

/**
 * Lets a command work with the cluster that the configuration names, as `run` would, and closes the
 * connections after it. Rejects with a KubeError where no cluster is to be found.
 */
export async function withCluster<T>(
  { kubeconfig, context }: Config,
  { environment, clock, version }: Host,
  work: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const access = loadAccess({
    environment,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
  const now = () => clock.now();
  const transport = createTransport(access, { now, version, connections });
  try {
    return await work(createKubeClient(transport, { now }));
  } finally {
    await transport.close();
  }
}
