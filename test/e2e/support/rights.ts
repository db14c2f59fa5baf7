import { expect } from '@jest/globals';
import { type Cluster, operatorAccount } from './cluster.ts';
import { eventually } from './wait.ts';

const role = 'config/rbac/cluster-role.yaml';

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The shipped rules, but that this resource may not be read; waits until they hold. */
export async function forbid(cluster: Cluster, resource: string): Promise<void> {
  const text = await cluster.kubectl(['create', '--dry-run=client', '-o', 'json', '-f', role]);
  const { rules, ...rest } = JSON.parse(text) as { rules: Rule[] };
  const some = rules.flatMap((rule) => withoutReading(rule, resource));
  await cluster.kubectl(['replace', '-f', '-'], JSON.stringify({ ...rest, rules: some }));
  await eventually(async () => expect(await mayList(cluster, resource)).toBe(false));
}

function withoutReading(rule: Rule, resource: string): Rule[] {
  const others = rule.resources.filter((each) => each !== resource);
  const verbs = rule.verbs.filter((verb) => verb !== 'list' && verb !== 'watch');
  const apart = [
    { ...rule, resources: others },
    { ...rule, resources: rule.resources.includes(resource) ? [resource] : [], verbs },
  ];
  return apart.filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0);
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
