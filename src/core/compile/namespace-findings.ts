import { readStrays } from '../intent/annotations.ts';
import { defaultDeny, mode } from '../intent/keys.ts';
import type { Declaration, Entry, Position } from '../model/declaration.ts';
import { type Finding, finding, findingKey, locate, type Problem } from '../model/finding.ts';
import { refOf } from '../model/identity.ts';
import { byName } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import type { ServiceRecord } from '../model/records.ts';
import { resolveEntry } from '../resolve/entry.ts';
import { configuredDeny, floorOf } from '../world/configured-deny.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { declarationsOf, declaredDeny, modeLabel } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { inWords } from './audit.ts';

/** A namespace, and its workloads that are isolated in the direction at hand. */
interface Place {
  readonly state: NamespaceState;
  readonly isolated: readonly Workload[];
}

/**
 * What is to be said about a Namespace's own labels and annotations: entries that mean nobody or a
 * port that nobody has, and declarations that reach no workload because none is isolated in their
 * direction. Each is said once. And of keys on Services that no workload is behind, to be told of them.
 */
export function findNamespaceProblems(world: World, state: NamespaceState): Finding[] {
  const { intent } = state.object ?? {};
  const findings = [...(intent?.findings ?? []), ...findLabelProblems(state)];
  for (const declaration of intent?.declarations ?? []) {
    const { direction, entries, source, at } = declaration;
    const isolated = isolatedIn(state, direction);
    for (const entry of entries) {
      const problems = problemsOf(world, { state, isolated }, declaration, entry);
      findings.push(...problems.map((problem) => locate(problem, source, entry.at)));
    }
    if (isolated.length === 0 && !declaredDeny(state).has(direction)) {
      const data = { key: String(at.path.at(-1)) };
      findings.push(finding('NamespaceWordWithoutEffect', source, at, data));
    }
  }
  // There may be many, and only the first of all findings become Events.
  findings.push(...findStrayKeys(state));
  return [...new Map(findings.map((each) => [findingKey(each), each])).values()];
}

/** Keys of ours on a Service, which nothing reads. */
export function straysOn({ namespace, name, strays }: ServiceRecord): Finding[] {
  return readStrays({ group: '', kind: 'Service', namespace, name }, strays);
}

/** A workload tells of the Services that lead to it, unless it is gone and only drains. */
function findStrayKeys(state: NamespaceState): Finding[] {
  const services = [...state.strayServices.values()].filter((service) =>
    state.reachedBy(service).workloads.every(({ record }) => record.draining),
  );
  return byName(services).flatMap(straysOn);
}

/** Labels that the configuration does not let count, or not as far as they say. */
function findLabelProblems(state: NamespaceState): Finding[] {
  const { object, settings } = state;
  if (object === undefined) return [];
  const { record, intent, key } = object;
  const findings: Finding[] = [];
  const { floors } = configuredDeny(state);
  const denies = typeof intent.deny === 'string' ? floors : intent.deny;
  const open = [...floors].filter((direction) => !denies.has(direction));
  if (open.length > 0) findings.push(...floorHolds(state, defaultDeny, open));
  if (modeLabel(state) === 'audit' && settings.mode === 'enforce' && floors.size > 0) {
    findings.push(...floorHolds(state, mode, [...floors]));
  }
  if (!settings.labels.mode && record.labels[mode] !== undefined) {
    const data = { key: mode, setting: 'labels.mode' };
    findings.push(finding('LabelDoesNotCount', refOf(key), labelAt(mode), data));
  }
  return findings;
}

/** The floor that keeps these directions denied, whatever the label says. */
function floorHolds(state: NamespaceState, label: string, held: readonly Direction[]): Finding[] {
  const [first = 'Ingress'] = held;
  const floor = floorOf(state, first);
  const { object } = state;
  if (object === undefined || floor === undefined) return [];
  const value = object.record.labels[label] ?? '';
  const data = { key: label, value, floor, holds: inWords(held) };
  return [finding('FloorHolds', refOf(object.key), labelAt(label), data)];
}

function labelAt(label: string): Position {
  return { path: ['metadata', 'labels', label] };
}

/** The workloads to which a Namespace's entries in this direction are added. */
function isolatedIn(state: NamespaceState, direction: Direction): Workload[] {
  const all = state.matching({});
  if (declaredDeny(state).has(direction)) return all;
  return all.filter((workload) => declarationsOf(state, workload, direction).length > 0);
}

/**
 * `accepts-from` means each workload's own ports, so a port is missing when no isolated workload has
 * it; that some of them do not declare it is how such an entry is meant.
 */
function problemsOf(
  world: World,
  { state, isolated }: Place,
  { direction }: Declaration,
  entry: Entry,
): readonly Problem[] {
  const writer = { state, selected: isolated };
  const { problems } = resolveEntry(world, writer, direction, entry);
  if (direction === 'Egress') return problems;
  return problems.filter(({ code }) => code !== 'PortNotDeclared');
}
