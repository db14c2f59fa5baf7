import type { Allowed } from '../allow/allowed.ts';
import type { Edge } from '../model/edge.ts';
import { type Finding, finding } from '../model/finding.ts';
import { type Key, keyOf, type ObjectRef, partsOf, refOf } from '../model/identity.ts';
import { selectsEverything } from '../model/labels.ts';
import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import {
  declaredDeny,
  heldDirections,
  isAudited,
  matchedBy,
  modeOf,
  sharingPods,
  vetoOf,
  vetoOfResource,
} from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { auditedBy, inAudit, sharesPods } from './audit.ts';
import { edgesAllowed, edgesOf } from './edges.ts';
import { type Memory, memoryOfNamespace, memoryOfResource, memoryOfWorkload } from './memory.ts';
import { findNamespaceProblems, straysOn } from './namespace-findings.ts';
import { saidIn, targetOf } from './naming.ts';
import { findOtherDns } from './other-dns.ts';
import { findOverlaps, findOverlapsBy } from './overlap.ts';
import { defaultDenyOf, exemptOf, policiesOf } from './policy.ts';
import { open, resolveAll, type Word, wordOfResource, wordOfWorkload } from './word.ts';

/** Everything that one key compiles to. */
export interface Compiled {
  readonly key: Key;
  /** The policies wanted for this key; those that are live beside them are unwanted. */
  readonly policies: readonly NetworkPolicy[];
  /** In audit: the policies that would be wanted if it were enforced. */
  readonly wouldBe: readonly NetworkPolicy[];
  readonly edges: readonly Edge[];
  readonly findings: readonly Finding[];
}

/**
 * Compiles one key: a pure function of the world. A key that names nothing (any more) compiles to
 * nothing. Cannot fail: what is wrong with an object is a finding about it.
 */
export function compile(world: World, key: Key): Compiled {
  const state = world.state(partsOf(key).namespace);
  const compiled = compileIn(world, state, key);
  // Whoever deletes a namespace need not hear what is wrong in it.
  return state?.object?.record.terminating ? { ...compiled, findings: [] } : compiled;
}

function compileIn(world: World, state: NamespaceState | undefined, key: Key): Compiled {
  const workload = state?.workloads.get(key);
  const resource = state?.resources.get(key);
  // Its policy stays as it is until its pods are gone; it is a peer of others all the same.
  const drains = workload?.record.draining === true;
  if (state !== undefined && workload !== undefined && !drains) {
    return compileWorkload(world, state, workload);
  }
  if (state !== undefined && resource !== undefined) {
    return compileResource(world, state, resource);
  }
  return state?.key === key
    ? compileNamespace(world, state)
    : { key, policies: [], wouldBe: [], edges: [], findings: [] };
}

/** Compiles every key: the oracle of the incremental path, and what `render` prints. */
export function compileAll(world: World): Compiled[] {
  return [...world.keys()].map((key) => compile(world, key));
}

/** Every edge that is declared for a workload, by its own annotations and by resources about it. */
export function edgesAbout(world: World, state: NamespaceState, workload: Workload): Edge[] {
  return directions.flatMap((direction) => {
    const { said, veto } = wordOfWorkload(world, state, workload, direction);
    return edgesOf(said, [workload.key], veto).edges;
  });
}

/**
 * Every edge that a workload is allowed without being declared: DNS and itself among them. That its
 * replicas reach one another is one edge, whichever ends are isolated.
 */
export function edgesAllowedTo(world: World, state: NamespaceState, workload: Workload): Edge[] {
  const edges = directions.flatMap((direction) => {
    const { allowed } = wordOfWorkload(world, state, workload, direction);
    return edgesAllowed(allowed, workload.key, direction).edges;
  });
  const self = edges.find(({ allowance }) => allowance === 'self');
  return edges.filter((edge) => edge.allowance !== 'self' || edge === self);
}

/** DNS and itself need nobody, so that nobody is told of them unless they ask. */
function isAutomatic({ allowance }: Allowed): boolean {
  return allowance !== 'dns' && allowance !== 'self';
}

function compileWorkload(world: World, state: NamespaceState, workload: Workload): Compiled {
  const { key, record, intent } = workload;
  const wordIn = (direction: Direction) => wordOfWorkload(world, state, workload, direction);
  const words = { Ingress: wordIn('Ingress'), Egress: wordIn('Egress') };
  const types = directions.filter((direction) => words[direction].isolated);
  const isolated = types.length > 0;
  const findings = [...intent.findings, ...strayKeys(state, workload)];
  const edges: Edge[] = [];
  for (const direction of directions) {
    const { said, veto } = words[direction];
    const own = said.filter(({ declaration }) => intent.declarations.includes(declaration));
    const automatic = words[direction].allowed.filter(isAutomatic);
    for (const found of [edgesOf(own, [key], veto), edgesAllowed(automatic, key, direction)]) {
      edges.push(...found.edges);
      findings.push(...found.findings);
    }
  }
  const at = { path: ['spec', 'selector'] };
  const { dnsProblem } = words.Egress;
  if (dnsProblem) findings.push(finding(dnsProblem, record.ref, { path: [] }, {}));
  if (intent.declarations.length > 0) findings.push(...onHostNetwork(record.ref, [], workload));
  findings.push(...findOtherDns(world, workload, words.Egress));
  findings.push(...findOverlaps(state, workload, isolated));
  if (isolated && selectsEverything(record.selector)) {
    const data = { text: 'spec.selector', workload: key };
    findings.push(finding('NoSelectableLabels', record.ref, at, data));
    return { key, policies: [], wouldBe: [], edges, findings };
  }
  const remember = (audits: boolean) => memoryOfWorkload(world, state, workload, types, audits);
  const mostPeers = world.settings.peersPerPolicy;
  const wanted = (said: typeof words, memory: Memory) =>
    policiesOf(key, record.selector, said, { memory, mostPeers });
  const ofEnforced = remember(false);
  findings.push(...notKept(record.ref, ofEnforced));
  const enforced = wanted(words, ofEnforced);
  if (!isAudited(state, workload)) return { ...inForce(key, enforced), edges, findings };
  const held = heldDirections(state, workload);
  const memory = remember(intent.audits);
  if (held.size > 0 && sharingPods(state, key, record.selector).length > 0) {
    findings.push(...sharesPods(state, workload));
    const kept = wanted(restrictTo(held, words), memory);
    return { ...inForce(key, kept), wouldBe: enforced, edges, findings };
  }
  const exempt = exemptOf(key, record.selector, held, memory);
  const audited = inAudit(record.ref, auditedBy(state, workload), enforced, exempt);
  return { key, ...audited, edges, findings: [...findings, ...audited.findings] };
}

/** Words of a workload in audit that cannot be exempt: its own, only where others isolate its pods. */
function restrictTo(
  held: ReadonlySet<Direction>,
  { Ingress, Egress }: Readonly<Record<Direction, Word>>,
): Readonly<Record<Direction, Word>> {
  return {
    Ingress: held.has('Ingress') ? Ingress : open,
    Egress: held.has('Egress') ? Egress : open,
  };
}

function inForce(key: Key, policies: readonly NetworkPolicy[]) {
  return { key, policies, wouldBe: [] };
}

function compileResource(world: World, state: NamespaceState, resource: Resource): Compiled {
  const { key, intent } = resource;
  const { subject, declarations } = intent;
  const findings = [...intent.findings];
  const edges: Edge[] = [];
  const nothing = { key, policies: [], wouldBe: [], edges, findings };
  if (subject === undefined || subject.type === 'namespace') return nothing;
  const workload = targetOf(state, resource);
  const selected = subject.type === 'selector' ? matchedBy(state, resource) : [];
  if (subject.type === 'workload' && workload === undefined) {
    const missing = keyOf({ kind: subject.kind, namespace: state.name, name: subject.name });
    const at = { path: ['spec', 'workload'] };
    findings.push(finding('WorkloadNotFound', refOf(key), at, { workload: missing }));
  }
  findings.push(...onHostNetwork(refOf(key), ['spec', 'workload'], workload));
  const vetoIn = (direction: Direction) =>
    workload === undefined
      ? vetoOfResource(state, resource, direction)
      : vetoOf(state, workload, direction);
  const writer = { state, selected, ...(workload !== undefined && { workload }) };
  const subjects = workload === undefined ? selected.map((each) => each.key) : [workload.key];
  for (const direction of directions) {
    const said = resolveAll(world, writer, saidIn(declarations, direction));
    const found = edgesOf(said, subjects, vetoIn(direction));
    edges.push(...found.edges);
    findings.push(...found.findings);
  }
  if (subject.type !== 'selector') return nothing;
  findings.push(...findOverlapsBy(state, resource));
  const wordIn = (direction: Direction) => wordOfResource(world, state, resource, direction);
  const words = { Ingress: wordIn('Ingress'), Egress: wordIn('Egress') };
  const types = directions.filter((direction) => words[direction].isolated);
  const memory = memoryOfResource(world, state, resource, types);
  const policies = policiesOf(key, subject.selector, words, {
    memory,
    mostPeers: world.settings.peersPerPolicy,
  });
  if (modeOf(state) === 'enforce') return { ...inForce(key, policies), edges, findings };
  const audited = inAudit(refOf(key), auditedBy(state), policies);
  return { key, ...audited, edges, findings: [...findings, ...audited.findings] };
}

function compileNamespace(world: World, state: NamespaceState): Compiled {
  const { key } = state;
  const deny = defaultDenyOf(key, declaredDeny(state), memoryOfNamespace(state));
  const policies = deny === undefined ? [] : [deny];
  const findings = findNamespaceProblems(world, state);
  if (modeOf(state) === 'enforce') return { ...inForce(key, policies), edges: [], findings };
  const audited = inAudit(refOf(key), auditedBy(state), policies);
  return { key, ...audited, edges: [], findings: [...findings, ...audited.findings] };
}

/** What an object says of a workload whose pods no policy holds, also where it has no edges: none. */
function onHostNetwork(object: ObjectRef, path: string[], workload?: Workload): Finding[] {
  if (!workload?.record.hostNetwork) return [];
  return [finding('HostNetwork', object, { path }, { workload: workload.key })];
}

/** What a policy had no room to remember: should it become invalid, nothing stands in. */
function notKept(object: ObjectRef, { left }: Memory): Finding[] {
  const data = { resources: left.join(', ') };
  return left.length === 0 ? [] : [finding('NotRemembered', object, { path: [] }, data)];
}

function strayKeys(state: NamespaceState, { record }: Workload): Finding[] {
  return state.servicesReaching(record.labels).flatMap(straysOn);
}
