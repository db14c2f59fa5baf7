import { dnsNamespace, dnsServices } from './cluster-dns.ts';
import type { World } from './world.ts';

/**
 * The namespace of the cluster's DNS that was found there and serves every environment without being
 * shared: what is narrowed there would cut all others from it. That `kube-system` is shared the
 * settings see to.
 */
export function unsharedParty(world: World): string | undefined {
  const { environments } = world.settings;
  if (environments === undefined) return undefined;
  const namespaces = dnsServices(world).map(({ namespace }) => namespace);
  return namespaces.find(
    (each) => each !== dnsNamespace && !environments.sharedNamespaces.includes(each),
  );
}
