import type { Allowed } from '../allow/allowed.ts';
import { allowAutomatically } from '../allow/automatic.ts';
import { allowDns, type DnsAllowance, ofDns } from '../allow/dns.ts';
import { allowSelf } from '../allow/self.ts';
import { deniedFor, deniedForResource } from '../allow/switches.ts';
import type { Declaration, Entry, Switches } from '../model/declaration.ts';
import type { Direction } from '../model/policy.ts';
import { type Resolution, resolveEntry, type Target, type Writer } from '../resolve/entry.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import { declarationsOf, declaredDeny, matchedBy, vetoOfResource } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { derivedWord, saidIn } from './naming.ts';

/** An entry and what it means for the subject at hand. */
export interface ResolvedEntry extends Resolution {
  readonly declaration: Declaration;
  readonly entry: Entry;
}

/**
 * What a subject allows in one direction where it is enforced (docs/design/0002).
 *
 *   isolated   veto        targets
 *   no         -           none: no policy in this direction
 *   yes        a source    none: nobody
 *   yes        -           own entries or the neighbours' word, the namespace's, and what is allowed
 *                          without being declared: DNS, itself, routes, metrics, webhooks
 */
export interface Word {
  readonly isolated: boolean;
  readonly veto?: Declaration;
  readonly targets: readonly Target[];
  /** What is wrong with the cluster's DNS, where the subject was to be allowed it. */
  readonly dnsProblem: DnsAllowance['problem'];
  /** What of the targets nobody declared, by its causes. */
  readonly allowed: readonly Allowed[];
  /** Every entry that was declared for the subject, also under a veto. */
  readonly said: readonly ResolvedEntry[];
}

/** The word of a subject that is not isolated. */
export const open: Word = {
  ...{ isolated: false, targets: [], dnsProblem: undefined },
  ...{ allowed: [], said: [] },
};

/** The word of a workload in one direction. */
export function wordOfWorkload(
  world: World,
  state: NamespaceState,
  workload: Workload,
  direction: Direction,
): Word {
  const declared = declarationsOf(state, workload, direction);
  if (declared.length === 0 && !declaredDeny(state).has(direction)) return open;
  const writer: Writer = { state, workload };
  const said = resolveAll(world, writer, declared);
  const veto = declared.find(({ nobody }) => nobody);
  if (veto !== undefined) return { ...open, isolated: true, veto, said };
  const own =
    declared.length > 0
      ? said.flatMap(({ targets }) => targets)
      : derivedWord(world, state, workload, direction);
  const common = ofNamespace(world, writer, direction);
  const denied = deniedFor(world, state, workload);
  const talks = direction === 'Egress' && (declared.length > 0 || own.length + common.length > 0);
  const dns = talks && !denied.dns ? allowDns(world) : undefined;
  const allowed = [
    ...(dns === undefined ? [] : [ofDns(workload.record.ref, dns)]),
    ...(denied.self ? [] : [allowSelf(workload)]),
    ...(direction === 'Ingress' ? allowAutomatically(world, state, workload, denied) : []),
  ];
  const targets = [...own, ...common, ...allowed.flatMap((each) => each.targets)];
  return { isolated: true, targets, dnsProblem: dns?.problem, allowed, said };
}

/** The word of a selector resource's own policy: only in directions that it declares. */
export function wordOfResource(
  world: World,
  state: NamespaceState,
  resource: Resource,
  direction: Direction,
): Word {
  const declared = saidIn(resource.intent.declarations, direction);
  if (declared.length === 0) return open;
  const writer: Writer = { state, selected: matchedBy(state, resource) };
  const said = resolveAll(world, writer, declared);
  const veto = vetoOfResource(state, resource, direction);
  if (veto !== undefined) return { ...open, isolated: true, veto, said };
  const own = said.flatMap(({ targets }) => targets);
  const common = ofNamespace(world, writer, direction);
  const denied: Switches = deniedForResource(world, state, resource);
  const dns = direction === 'Egress' && !denied.dns ? allowDns(world) : undefined;
  const targets = [...own, ...common, ...(dns?.targets ?? [])];
  return { ...open, isolated: true, targets, dnsProblem: dns?.problem, said };
}

/** Resolves every entry of some declarations for one writer. */
export function resolveAll(
  world: World,
  writer: Writer,
  declarations: readonly Declaration[],
): ResolvedEntry[] {
  return declarations.flatMap((declaration) =>
    declaration.entries.map((entry) => ({
      ...resolveEntry(world, writer, declaration.direction, entry),
      declaration,
      entry,
    })),
  );
}

function ofNamespace(world: World, writer: Writer, direction: Direction): Target[] {
  const declarations = writer.state.object?.intent.declarations ?? [];
  const resolved = resolveAll(world, writer, saidIn(declarations, direction));
  return resolved.flatMap(({ targets }) => targets);
}
