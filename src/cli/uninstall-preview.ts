import { diffIsolation, type IsolationChange } from '../core/diff/isolation.ts';
import { livePolicies } from '../core/diff/replay.ts';
import { partsOf } from '../core/model/identity.ts';
import { identityAnnotation } from '../core/model/names.ts';
import { type Direction, nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import type { World } from '../core/world/world.ts';
import { isDefaultDeny } from './our-policies.ts';

const mostNames = 10;

/**
 * What removing these policies does, for whoever is asked: the policies, what opens (default-denies
 * that end, workloads that are isolated no more), and what closes: workloads that somebody else's
 * policies isolate as well, and that lose what ours allow them.
 */
export function previewUninstall(world: World, ours: readonly PolicyRecord[]): string {
  const names = new Set(ours.map(({ policy }) => nameOfPolicy(policy)));
  const before = livePolicies(world);
  const after = before.filter((policy) => !names.has(nameOfPolicy(policy)));
  const changes = diffIsolation(world, { before, after });
  const opens = changes.filter((change) => change.opens.length > 0);
  const closes = changes.filter((change) => change.narrows.length > 0);
  const denies = ours.filter(isDefaultDeny);
  return [
    `NetworkPolicies to be removed: ${ours.length}`,
    ...ours.map(({ policy }) => `  ${nameOfPolicy(policy)} for ${identityOf(policy)}`),
    ...section('What opens:', [
      ...denies.map(({ policy }) => {
        const directions = formatDirections(policy.spec.policyTypes ?? []);
        return `namespace ${policy.metadata.namespace}: the default-deny ends (${directions})`;
      }),
      ...perNamespace(opens, 'isolated no more', (change) => change.opens),
    ]),
    ...section(
      'What closes: policies that are not ours stay, and isolate these without what ours allow them:',
      perNamespace(closes, 'cut to what others allow', (change) => change.narrows),
    ),
    '',
  ].join('\n');
}

function identityOf({ metadata }: PolicyRecord['policy']): string {
  return metadata.annotations?.[identityAnnotation] ?? 'somebody unknown';
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function perNamespace(
  changes: readonly IsolationChange[],
  word: string,
  directionsOf: (change: IsolationChange) => readonly Direction[],
): string[] {
  const groups = Map.groupBy(changes, ({ workload }) => partsOf(workload).namespace);
  return [...groups].map(([namespace, members]) => {
    const names = members.map((change) => {
      const { kind, name } = partsOf(change.workload);
      return `${kind}/${name} (${formatDirections(directionsOf(change))})`;
    });
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
    const count = `${names.length} workload${names.length === 1 ? '' : 's'}`;
    return `namespace ${namespace}: ${count} ${word}: ${names.slice(0, mostNames).join(', ')}${more}`;
  });
}

function formatDirections(directions: readonly Direction[]): string {
  return directions.map((direction) => direction.toLowerCase()).join(' and ');
}
