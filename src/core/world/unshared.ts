import type { World } from './world.ts';

/** The cluster's DNS as OpenShift has it; that of `kube-system` is seen to by the settings. */
const openshiftDns = { namespace: 'openshift-dns', name: 'dns-default' } as const;

/**
 * The namespace of a party that was found in the cluster and that serves every environment without
 * being shared: what is narrowed there would cut all others from it.
 */
export function unsharedParty(world: World): string | undefined {
  const { environments } = world.settings;
  const { namespace, name } = openshiftDns;
  if (environments === undefined || environments.sharedNamespaces.includes(namespace)) {
    return undefined;
  }
  const service = world.state(namespace)?.services.get(name);
  return service === undefined || service.headless ? undefined : namespace;
}
