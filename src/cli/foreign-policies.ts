import type { Manifest } from './manifests.ts';

/** Whether an object is a policy of another API than Kubernetes' own, in whatever version. */
export function isForeignPolicy({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>) {
  const own = ['networking.k8s.io', 'extensions', 'v1', 'networking'];
  return kind.endsWith('NetworkPolicy') && !own.includes(apiVersion.split('/')[0] ?? '');
}

/** What is said of policies that are there and not judged; undefined where there is none. */
export function foreignWarning(manifests: readonly Manifest[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { apiVersion, kind } of manifests.filter(isForeignPolicy)) {
    const name = kind === 'NetworkPolicy' ? `${kind} of ${apiVersion.split('/')[0]}` : kind;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  const listed = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  return `warning: policies of other APIs are not judged, only NetworkPolicies of networking.k8s.io/v1 are: ${listed}`;
}
