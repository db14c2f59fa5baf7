import { listPorts } from '../core/reach/port-text.ts';
import { type ConnectionsList, groupConnections } from './changes.ts';
import type { PlannedPolicy, PlanReport } from './plan-report.ts';

/** More lines of connections than this are not read by anyone. */
const mostLines = 200;

/** The version of the JSON form: a reader may rely on its fields until this number changes. */
const formatVersion = 1;

/** The plan as JSON, in the shape that docs/cli.md describes. */
export function formatPlanJson({ policies, gained, lost, findings }: PlanReport): string {
  const formatAll = ({ total, listed }: ConnectionsList) => ({
    total,
    listed: listed.map(({ from, to, ports }) => ({ from, to, ports: listPorts(ports) })),
  });
  const connections = { gained: formatAll(gained), lost: formatAll(lost) };
  return `${JSON.stringify({ version: formatVersion, policies, connections, findings }, null, 2)}\n`;
}

/** The plan for people: what is written, what closes, what opens, and what needs somebody. */
export function formatPlanText(report: PlanReport): string {
  const { policies, gained, lost, findings } = report;
  const lines = [
    ...formatPolicies(policies),
    ...(policies.length === 0 ? [] : formatConnections('lost', lost)),
    ...(policies.length === 0 ? [] : formatConnections('gained', gained)),
    ...(findings.length === 0 ? [] : ['', 'Needs somebody:']),
    ...findings.map(({ object, severity, message }) => `  ${object}: ${severity}: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

function formatPolicies(policies: readonly PlannedPolicy[]): string[] {
  if (policies.length === 0)
    return ['Nothing would change: the live policies are the wanted ones.'];
  const count = (wanted: PlannedPolicy['action']) =>
    policies.filter(({ action }) => action === wanted).length;
  return [
    `NetworkPolicies: ${count('create')} would be created, ${count('update')} updated, ${count('delete')} deleted.`,
    ...policies.map(({ action, namespace, name, for: whom, change, writes }) => {
      const steps = writes > 1 ? ` (in ${writes} writes)` : '';
      return `  ${action} ${namespace}/${name} for ${whom}: ${change}${steps}`;
    }),
  ];
}

function formatConnections(word: string, { total, listed }: ConnectionsList): string[] {
  if (total === 0) return ['', `No connection would be ${word}.`];
  const groups = groupConnections(listed);
  const cut = groups.length > mostLines || total > listed.length;
  return [
    '',
    `Connections that would be ${word}: ${total}${cut ? ', of which these are the first' : ''}.`,
    ...groups.slice(0, mostLines).map((line) => `  ${line}`),
  ];
}
