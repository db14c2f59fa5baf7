import { compile } from '../../../src/core/compile/compile.ts';
import { planKey } from '../../../src/core/plan/plan.ts';
import type { Stage } from '../stage.ts';

/** After all that, the cluster is what a fresh look at it would make it. */
export async function comeToRest({
  page,
  checks,
  operators,
  observer,
  world,
}: Stage): Promise<void> {
  page.act(
    'At rest',
    'Everything is compiled once more, from nothing, and held against what is live.',
  );
  await checks.becomes('there is nothing left to write, change or delete', [], () =>
    unsettled(world),
  );
  const logged = await Promise.all(operators.all.map((operator) => operator.errors()));
  checks.equal(
    'no replica logged an error, and the watches of this demo had none',
    [...logged.flat(), ...observer.problems],
    [],
  );
}

/** What the operator has still to write, change or delete, by the keys of what it is for. */
export function unsettled(world: Stage['world']): string[] {
  return [...world.keys()].filter((key) => {
    const { changes, held } = planKey(world, key, compile(world, key).policies);
    return changes.length > 0 || held;
  });
}
