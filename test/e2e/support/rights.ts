import { expect } from '@jest/globals';
import { type Cluster, operatorAccount } from './cluster.ts';
import { eventually } from './wait.ts';

const role = 'config/rbac/cluster-role.yaml';

/** The shipped rules without those about a resource. */
export async function forbid(cluster: Cluster, resource: string): Promise<void> {
  const text = await cluster.kubectl(['create', '--dry-run=client', '-o', 'json', '-f', role]);
  const { rules, ...rest } = JSON.parse(text) as { rules: { resources: string[] }[] };
  const kept = rules.map((rule) => ({
    ...rule,
    resources: rule.resources.filter((each) => each !== resource),
  }));
  const some = kept.filter(({ resources }) => resources.length > 0);
  await cluster.kubectl(['replace', '-f', '-'], JSON.stringify({ ...rest, rules: some }));
  await eventually(async () => expect(await mayList(cluster, resource)).toBe(false));
}

/** The shipped rules, all of them; waits until they hold for this resource. */
export async function allow(cluster: Cluster, resource: string): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', role]);
  await eventually(async () => expect(await mayList(cluster, resource)).toBe(true));
}

async function mayList(cluster: Cluster, resource: string): Promise<boolean> {
  const { namespace: place, name } = operatorAccount;
  const as = `--as=system:serviceaccount:${place}:${name}`;
  const { stdout } = await cluster.tryKubectl(['auth', 'can-i', 'list', resource, '-A', as]);
  return stdout.trim() === 'yes';
}
