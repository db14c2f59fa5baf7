import { readStrays } from '../intent/annotations.ts';
import type { Edge } from '../model/edge.ts';
import { type Finding, finding } from '../model/finding.ts';
import { type Key, keyOf, type ObjectRef, partsOf, refOf } from '../model/identity.ts';
import { selectsEverything } from '../model/labels.ts';
import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import {
  declarationsOf,
  denyDirections,
  isResourceVetoed,
  isVetoed,
  matchedBy,
} from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { edgesOf } from './edges.ts';
import { type Memory, memoryOfNamespace, memoryOfResource, memoryOfWorkload } from './memory.ts';
import { findNamespaceProblems } from './namespace-findings.ts';
import { saidIn, targetOf } from './naming.ts';
import { defaultDenyOf, policyOf } from './policy.ts';
import { resolveAll, wordOfResource, wordOfWorkload } from './word.ts';

/** Everything that one key compiles to. */
export interface Compiled {
  readonly key: Key;
  /** The policies wanted for this key; those that are live beside them are unwanted. */
  readonly policies: readonly NetworkPolicy[];
  readonly edges: readonly Edge[];
  readonly findings: readonly Finding[];
}

/**
 * Compiles one key: a pure function of the world. A key that names nothing (any more) compiles to
 * nothing. Cannot fail: what is wrong with an object is a finding about it.
 */
export function compile(world: World, key: Key): Compiled {
  const { namespace } = partsOf(key);
  const state = world.state(namespace);
  const workload = state?.workloads.get(key);
  const resource = state?.resources.get(key);
  if (state !== undefined && workload !== undefined) {
    return compileWorkload(world, namespace, state, workload);
  }
  if (state !== undefined && resource !== undefined) {
    return compileResource(world, namespace, state, resource);
  }
  return state?.object?.key === key
    ? compileNamespace(world, namespace, state, key)
    : { key, policies: [], edges: [], findings: [] };
}

/** Compiles every key: the oracle of the incremental path, and what `render` prints. */
export function compileAll(world: World): Compiled[] {
  return [...world.keys()].map((key) => compile(world, key));
}

function compileWorkload(
  world: World,
  namespace: string,
  state: NamespaceState,
  workload: Workload,
): Compiled {
  const { key, record, intent } = workload;
  const wordIn = (direction: Direction) =>
    wordOfWorkload(world, namespace, state, workload, direction);
  const words = { Ingress: wordIn('Ingress'), Egress: wordIn('Egress') };
  const types = directions.filter((direction) => words[direction].isolated);
  const isolated = types.length > 0;
  const findings = [...intent.findings, ...strayKeys(state, workload)];
  const edges: Edge[] = [];
  for (const direction of directions) {
    const { said, veto } = words[direction];
    const own = said.filter(({ declaration }) => intent.declarations.includes(declaration));
    const found = edgesOf(own, [key], veto);
    edges.push(...found.edges);
    findings.push(...found.findings);
  }
  const at = { path: ['spec', 'selector'] };
  const { dnsProblem } = words.Egress;
  if (dnsProblem) findings.push(finding(dnsProblem, record.ref, { path: [] }, {}));
  const others = overlapping(state, workload, isolated);
  if (others.length > 0) {
    const data = { workload: key, others: others.join(', ') };
    findings.push(finding('SelectorOverlap', record.ref, at, data));
  }
  const nothing = { key, policies: [], edges, findings };
  if (!isolated) return nothing;
  if (selectsEverything(record.selector)) {
    const data = { text: 'spec.selector', workload: key };
    findings.push(finding('NoSelectableLabels', record.ref, at, data));
    return nothing;
  }
  const memory = memoryOfWorkload(state, workload, types);
  findings.push(...notKept(record.ref, memory));
  const policy = policyOf(key, record.selector, words, memory);
  return { ...nothing, policies: policy === undefined ? [] : [policy] };
}

function compileResource(
  world: World,
  namespace: string,
  state: NamespaceState,
  resource: Resource,
): Compiled {
  const { key, intent } = resource;
  const { subject, declarations } = intent;
  const findings = [...intent.findings];
  const edges: Edge[] = [];
  const nothing = { key, policies: [], edges, findings };
  if (subject === undefined || subject.type === 'namespace') return nothing;
  const workload = targetOf(state, resource);
  const selected = subject.type === 'selector' ? matchedBy(state, resource) : [];
  if (subject.type === 'workload' && workload === undefined) {
    const missing = keyOf({ kind: subject.kind, namespace, name: subject.name });
    const at = { path: ['spec', 'workload'] };
    findings.push(finding('WorkloadNotFound', refOf(key), at, { workload: missing }));
  }
  const vetoIn = (direction: Direction) =>
    workload === undefined
      ? isResourceVetoed(state, resource, direction)
      : isVetoed(state, workload, direction);
  const writer = { namespace, state, selected, ...(workload !== undefined && { workload }) };
  const subjects = workload === undefined ? selected.map((each) => each.key) : [workload.key];
  for (const direction of directions) {
    const said = resolveAll(world, writer, saidIn(declarations, direction));
    const found = edgesOf(said, subjects, vetoIn(direction));
    edges.push(...found.edges);
    findings.push(...found.findings);
  }
  if (subject.type !== 'selector') return nothing;
  const wordIn = (direction: Direction) =>
    wordOfResource(world, namespace, state, resource, direction);
  const words = { Ingress: wordIn('Ingress'), Egress: wordIn('Egress') };
  const types = directions.filter((direction) => words[direction].isolated);
  const memory = memoryOfResource(state, resource, types);
  const policy = policyOf(key, subject.selector, words, memory);
  return { ...nothing, policies: policy === undefined ? [] : [policy] };
}

function compileNamespace(world: World, name: string, state: NamespaceState, key: Key): Compiled {
  const policy = defaultDenyOf(key, denyDirections(state), memoryOfNamespace(state));
  const findings = findNamespaceProblems(world, name, state);
  return { key, policies: policy === undefined ? [] : [policy], edges: [], findings };
}

/** What a policy had no room to remember: should it become invalid, nothing stands in. */
function notKept(object: ObjectRef, { left }: Memory): Finding[] {
  const data = { resources: left.join(', ') };
  return left.length === 0 ? [] : [finding('NotRemembered', object, { path: [] }, data)];
}

/** The other subjects whose selector matches this workload's pods, if any of them is isolated. */
function overlapping(state: NamespaceState, workload: Workload, isolated: boolean): string[] {
  const others = state.selecting(workload.record.labels).filter((other) => other !== workload);
  const speaks = (other: Workload) =>
    directions.some((direction) => declarationsOf(state, other, direction).length > 0);
  if (!isolated && !others.some(speaks)) return [];
  return others.map(({ key }) => key).sort();
}

function strayKeys(state: NamespaceState, { record }: Workload): Finding[] {
  const services = state.servicesReaching(record.labels);
  return services.flatMap(({ namespace, name, strays }) =>
    readStrays({ group: '', kind: 'Service', namespace, name }, strays),
  );
}
