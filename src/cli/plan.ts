import { World } from '../core/world/world.ts';
import { watchedKinds } from '../operator/watched-kinds.ts';
import { type Config, hostsOf, settingsOf } from '../settings.ts';
import { withCluster } from './connect.ts';
import type { ExitCode, Host } from './host.ts';
import { type PlanReport, planWorld } from './plan-report.ts';
import { formatPlanJson, formatPlanText } from './plan-text.ts';
import { readCluster, type UnreadableObject } from './read-cluster.ts';
import { recallAsOperator } from './recall.ts';

/**
 * Prints what `run` would write to the cluster, and which connections that opens and closes; writes
 * nothing. 0: nothing would change; 1: something would. Throws UsageError where not everything
 * may be read, and rejects with a KubeError where nothing can be.
 */
export async function plan(
  { config, output }: { readonly config: Config; readonly output: 'text' | 'json' },
  host: Host,
): Promise<ExitCode> {
  const report = await withCluster(config, host, async (client) => {
    const settings = settingsOf(config);
    const kinds = settings.workloadKinds;
    const { records, problems } = await readCluster(client, watchedKinds(kinds), host, kinds);
    const world = new World(settings);
    world.load(records);
    recallAsOperator(world, host, hostsOf(config).pace.grace);
    return withProblems(planWorld(world), problems);
  });
  host.print(output === 'json' ? formatPlanJson(report) : formatPlanText(report));
  return report.policies.length === 0 ? 0 : 1;
}

function withProblems(report: PlanReport, problems: readonly UnreadableObject[]): PlanReport {
  const unreadable = problems.map(
    (problem) => ({ severity: 'error', code: 'Unreadable', ...problem }) as const,
  );
  return { ...report, findings: [...unreadable, ...report.findings] };
}
