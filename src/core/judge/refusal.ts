import type { EdgeState } from '../model/edge-state.ts';
import type { Problem } from '../model/finding.ts';
import { keyOf } from '../model/identity.ts';
import { opposite } from '../model/policy.ts';
import type { DirectionVerdict } from '../reach/judge.ts';
import { noneOfWorkload, runtimeOverlapsOf } from '../world/runtime-overlaps.ts';
import { declarationsOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { decide, type Ends, type Flow, farOf, nearOf, otherEndAllowsSome } from './flow.ts';
import { describe, entriesWithPorts, entryFor, hintFor, keyOfOtherEnd } from './hint.ts';
import { isOurs, type PolicyName, type Subject } from './parties.ts';
import { notWritten, single } from './state.ts';

const mostNamed = 3;

/**
 * Why a flow is not allowed, or not by us: asked of the policies as they will be once ours are
 * written, so that what only waits for a write is never taken for somebody's decision.
 */
export function refusedState(world: World, flow: Flow, wanted: Ends): EdgeState {
  const { direction } = flow;
  const verdict = decide(wanted, flow, ({ allowed }) => allowed);
  if (verdict === undefined || verdict.allowed) return single('Pending', notWritten);
  const [near, far] = [nearOf(verdict, direction), farOf(verdict, direction)];
  const foreign = foreignAmong(world, flow.subject, near.allowed ? far : near);
  if (foreign !== undefined) {
    return single('Blocked', { code: 'ForeignPolicy', data: { policy: foreign } });
  }
  return near.allowed ? otherEndRefuses(world, flow, wanted) : single('Pending', notWritten);
}

function otherEndRefuses(world: World, flow: Flow, wanted: Ends): EdgeState {
  const { direction, subject, target, edge } = flow;
  const { namespace = '', workload } = target;
  const declared = declaredRefusal(world, flow, wanted);
  if (declared !== undefined) return single('Refused', declared);
  const other = workload === undefined ? undefined : world.workload(workload);
  const unknown = edge.problems.find(({ code }) => code === 'NoWorkloadBehind');
  if (other === undefined && unknown !== undefined) return single('Pending', unknown);
  if (namespace !== subject.pod.namespace) {
    const hint = hintFor(world, direction, subject, target);
    return single('Pending', { code: 'ConsentRequired', data: { namespace, ...hint } });
  }
  return single(
    'Pending',
    other === undefined ? { code: 'NobodyThere', data: { namespace } } : notWritten,
  );
}

/** What an other end that declares something decided; undefined for a silent one. */
function declaredRefusal(world: World, flow: Flow, wanted: Ends): Problem | undefined {
  const { direction, subject, target } = flow;
  const there = world.state(target.namespace ?? '');
  const other = target.workload === undefined ? undefined : there?.workloads.get(target.workload);
  if (there === undefined || other === undefined) return undefined;
  const said = declarationsOf(there, other, opposite(direction));
  if (said.length === 0) return undefined;
  const key = keyOfOtherEnd(direction);
  const veto = said.find(({ nobody }) => nobody);
  if (veto !== undefined) {
    const source = describe({ key: keyOf(veto.source) });
    const setAside = runtimeOverlapsOf(there, other).filter((each) =>
      noneOfWorkload(there, each).includes(opposite(direction)),
    );
    const others = namesOf(setAside.map(({ resource }) => describe(resource)));
    const keys = [...new Set(setAside.flatMap((each) => each.keys))].join(', ');
    return { code: 'NobodyAccepted', data: { source, key, others, keys } };
  }
  const data = { other: describe(other), key };
  return otherEndAllowsSome(wanted, flow)
    ? {
        code: 'PortMismatch',
        data: { ...data, entry: entriesWithPorts(world, direction, subject, target) },
      }
    : { code: 'NotAccepted', data: { ...data, entry: entryFor(subject, target) } };
}

/** The names of the policies that isolate an end, where none of them is ours to change. */
function foreignAmong(
  world: World,
  subject: Subject,
  { isolated, by }: DirectionVerdict,
): string | undefined {
  // What is wanted and not live yet is ours as well.
  const isForeign = (each: PolicyName) => isLive(world, each) && !isOurs(world, subject, each);
  if (!isolated || !by.every(isForeign)) return undefined;
  return namesOf(by.map(({ namespace, name }) => `${namespace}/${name}`));
}

function namesOf(all: readonly string[]): string {
  const more = all.length - mostNamed;
  return `${all.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function isLive(world: World, { namespace, name }: PolicyName): boolean {
  return world.state(namespace)?.policies.has(name) === true;
}
