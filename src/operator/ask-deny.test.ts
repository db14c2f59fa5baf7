import { expect, test } from '@jest/globals';
import { compile } from '../core/compile/compile.ts';
import { acceptsFrom } from '../core/intent/keys.ts';
import { keyOf } from '../core/model/identity.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { World } from '../core/world/world.ts';
import { askDeny } from './ask-deny.ts';
import {
  createReconciler,
  live,
  namespace,
  namespaceKey,
  signal,
  web,
  webKey,
  workload,
} from './fixtures/reconciler.ts';
import { look } from './look.ts';

/** A world in which a default-deny is wanted for web and its client. */
function createWorld(): World {
  const world = new World(defaultSettings);
  for (const record of [namespace('true'), web, workload('client')]) world.put(record);
  for (const policy of compile(world, keyOf(workload('client').ref)).policies)
    world.put(live(policy));
  return world;
}

test('a default-deny does not wait for a workload that was given up, and says that it cuts it', async () => {
  const { reconciler, memory } = createReconciler(createWorld());
  memory.givenUp.add(webKey);
  const answer = await askDeny(reconciler, look(reconciler, namespaceKey), signal);
  expect(answer.wait).toBeUndefined();
  expect(answer.findings).toMatchObject([{ code: 'DenyWithout', data: { behind: webKey } }]);
});

test('a default-deny neither waits for what only loses, nor says that it cuts it', async () => {
  const world = createWorld();
  world.put(workload('web', { [acceptsFrom]: 'client' }));
  for (const policy of compile(world, webKey).policies) world.put(live(policy));
  world.put(web);
  const { reconciler } = createReconciler(world, { starting: true });
  expect(look(reconciler, webKey).plan.withheld).toHaveLength(1);
  const answer = await askDeny(reconciler, look(reconciler, namespaceKey), signal);
  expect(answer).toEqual({ findings: [], unmanaged: [] });
});
