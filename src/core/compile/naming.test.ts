import { expect, test } from '@jest/globals';
import { namespace, resource, workload } from '../../../test/support/builders.ts';
import { letsIn, worldFrom } from '../../../test/support/outside.ts';
import { defaultSettings } from '../model/settings.ts';
import { compileAll } from './compile.ts';

test('a resource about a workload of a kind outside Kubernetes speaks for it', () => {
  const cart = { kind: 'Deployment', name: 'cart' };
  const world = worldFrom(
    defaultSettings,
    namespace('shop', { deny: 'ingress' }),
    ...[workload('shop/cart'), workload('shop/web', { kind: 'Rollout.argoproj.io' })],
    resource('shop/web', {
      workload: { kind: 'Rollout', name: 'web' },
      talksTo: [{ workload: cart }],
    }),
  );
  const found = compileAll(world).flatMap(({ findings }) => findings.map(({ code }) => code));
  expect(found).not.toContain('WorkloadNotFound');
  const web = { namespace: 'shop', labels: { app: 'web' } };
  expect(letsIn(world, web, 'shop/cart', 80)).toBe(true);
});
