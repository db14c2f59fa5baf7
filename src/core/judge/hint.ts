import { namedBy } from '../compile/naming.ts';
import type { EdgeTarget } from '../model/edge.ts';
import { partsOf } from '../model/identity.ts';
import { type Direction, opposite } from '../model/policy.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';

/** What the owner of the other end would have to write, and where. */
export interface Hint {
  readonly line: string;
  readonly where: string;
  /** Those who have access today only because the other end is silent, and would lose it. */
  readonly others: string;
}

/**
 * The line with which the other end agrees. A silent workload that declares anything ends what its
 * silence gave its neighbours, so the line lists them as well: it must never cut anyone off when it
 * is taken at its word.
 */
export function hintFor(
  world: World,
  direction: Direction,
  subject: Workload,
  { namespace = '', workload }: EdgeTarget,
): Hint {
  const key = direction === 'Egress' ? 'accepts-from' : 'talks-to';
  const { ref } = subject.record;
  const name = ref.namespace === namespace ? ref.name : `${ref.name}.${ref.namespace}`;
  const there = world.state(namespace);
  const other = workload === undefined ? undefined : there?.workloads.get(workload);
  if (there === undefined || other === undefined) {
    const line = `appconnectivity.dev/${key}: ${name}`;
    return { line, where: `the workloads of ${namespace}`, others: '' };
  }
  const named = namedBy(world, namespace, there, other, opposite(direction));
  const names = named.flatMap(({ workload: from }) =>
    from === undefined || from === other ? [] : [from.record.ref.name],
  );
  const others = [...new Set(names)].filter((each) => each !== name).sort();
  const { kind, name: of } = partsOf(other.key);
  return {
    line: `appconnectivity.dev/${key}: ${[name, ...others].join(', ')}`,
    where: `${kind} ${of} in namespace ${namespace}`,
    others: others.join(', '),
  };
}
