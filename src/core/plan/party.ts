import { compile } from '../compile/compile.ts';
import { type Finding, finding } from '../model/finding.ts';
import { type Key, partsOf, refOf } from '../model/identity.ts';
import { selects } from '../model/labels.ts';
import { type NetworkPolicy, rulesOf } from '../model/policy.ts';
import { firstOutside } from '../model/range.ts';
import { judge } from '../reach/judge.ts';
import type { Party } from '../reach/party.ts';
import { policySet } from '../reach/policy-set.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { type Change, policyOf } from './change.ts';
import { podOf, type Served, servedIn } from './served.ts';

/**
 * Whether these writes would cut off what the cluster relies on: DNS, the way in from outside, or an
 * admission webhook, whose port answers anyone today, and nobody who needs it after them. Held until
 * the workload, or its namespace, says that this is meant. What is broken already is no reason to hold
 * anything.
 */
export function wouldBreakParty(
  world: World,
  key: Key,
  changes: readonly Change[],
): Finding | undefined {
  const { namespace } = partsOf(key);
  const state = world.state(namespace);
  if (state === undefined || changes.length === 0 || state.object?.intent.confirms)
    return undefined;
  const served = servedIn(world, state).filter(({ workload }) => !workload.intent.confirms);
  if (served.length === 0) return undefined;
  const before = [...state.policies.values()].map(({ policy }) => policy);
  const after = policiesAfter(before, changes);
  // A default-deny goes in once what is wanted for its workloads is live.
  const isDeny = partsOf(key).kind === 'Namespace';
  const then = ({ workload }: Served) =>
    isDeny ? withWanted(world, state, workload, after) : after;
  const broken = served.find((each) => isServed(before, each) && !isServed(then(each), each));
  if (broken === undefined) return undefined;
  const { workload, port, protocol, told } = broken;
  const { kind, name } = workload.record.ref;
  const data = {
    ...told,
    ports: `${port}/${protocol.toLowerCase()}`,
    where: `${kind} ${name} or Namespace ${namespace}`,
  };
  return finding('WouldBreakParty', refOf(key), { path: [] }, data);
}

function withWanted(
  world: World,
  state: NamespaceState,
  { key, record }: Workload,
  policies: readonly NetworkPolicy[],
): NetworkPolicy[] {
  const keys = [key, ...state.resourcesSelecting(record.labels).map((resource) => resource.key)];
  const wanted = keys.flatMap((each) => compile(world, each).policies);
  const all = [...policies, ...wanted].map((policy) => [policy.metadata.name, policy] as const);
  return [...new Map(all).values()];
}

function isServed(policies: readonly NetworkPolicy[], served: Served): boolean {
  const { workload, port, protocol, callers, addresses } = served;
  const pod = podOf(workload);
  const about = policies.filter(({ spec }) => selects(spec.podSelector ?? {}, pod.labels));
  const source = policySet(new Map(), about);
  const all = addresses ? [...callers, ...addressesIn(about)] : callers;
  return all.some((from) => judge(source, from, pod, port, protocol).ingress.allowed);
}

/** An address of each block that a rule names. */
function addressesIn(policies: readonly NetworkPolicy[]): Party[] {
  const blocks = policies.flatMap((policy) =>
    rulesOf(policy).flatMap(({ peers }) => peers.flatMap(({ ipBlock }) => ipBlock ?? [])),
  );
  return blocks.flatMap(({ cidr, except = [] }) => {
    const address = firstOutside(cidr, except);
    return address === undefined ? [] : [{ address }];
  });
}

function policiesAfter(
  before: readonly NetworkPolicy[],
  changes: readonly Change[],
): NetworkPolicy[] {
  const after = new Map(before.map((policy) => [policy.metadata.name, policy]));
  for (const change of changes) {
    const policy = policyOf(change);
    if (change.type !== 'delete') after.set(policy.metadata.name, policy);
    else if (!change.whenPodsAreGone) after.delete(policy.metadata.name);
  }
  return [...after.values()];
}
