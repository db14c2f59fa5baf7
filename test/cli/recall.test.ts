import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recallAsOperator } from '../../src/cli/recall.ts';
import { compileAll } from '../../src/core/compile/compile.ts';
import { addressesAnnotation } from '../../src/core/model/names.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { policyOf } from '../../src/core/plan/change.ts';
import { planKey } from '../../src/core/plan/plan.ts';
import { World } from '../../src/core/world/world.ts';
import { namespace, workload } from '../support/builders.ts';
import { apiServer } from '../support/outside-builders.ts';
import { applied } from '../support/writes.ts';
import { createWorkplace, deployment, type Workplace } from './command.ts';

const host = 'api.stripe.com';
const declared = { 'appconnectivity.dev/talks-to': `host/${host}:443` };
const hour = 3_600_000;

/** The policy of `web` as it was written while its host had these addresses, with their ends. */
function writtenWith(until: Readonly<Record<string, number>>, ...live: readonly string[]): string {
  const world = new World(defaultSettings);
  const addresses = [...live, ...Object.keys(until)].sort();
  world.load([
    namespace('shop'),
    workload('shop/web', { talksTo: `host/${host}:443` }),
    { kind: 'Addresses', of: host, addresses, until },
  ]);
  const policies = compileAll(world).flatMap((each) => each.policies);
  return policies.map((policy) => `${JSON.stringify(policy)}\n---\n`).join('');
}

describe('What a policy remembers of a host', () => {
  let place: Workplace;
  beforeAll(() => {
    place = createWorkplace();
  });
  afterAll(() => place.remove());

  function explained(policy: string): string {
    const file = place.write('shop.yaml', `${deployment('web', declared)}${policy}`);
    return place.appconn(['explain', 'shop/web', '-f', file, '-o', 'json']).stdout;
  }

  test('is what commands go by, without the addresses that have ended', () => {
    const [past, later] = [Date.now() - hour, Date.now() + hour];
    const fading = { '198.51.100.8': past, '198.51.100.9': later };
    const text = explained(writtenWith(fading, '198.51.100.7'));
    expect(text).toContain('198.51.100.7');
    expect(text).toContain('198.51.100.9');
    expect(text).not.toContain('198.51.100.8');
    expect(explained(writtenWith({ '198.51.100.8': past }))).toContain('HostNotResolved');
    expect(explained(writtenWith({ '198.51.100.8': later }))).not.toContain('HostNotResolved');
  });
});

describe('A plan, of what policies remember of the API server', () => {
  const records = [namespace('shop'), workload('shop/web', { talksTo: '@kube-apiserver' })];
  const host = { wallClock: () => Date.UTC(2026, 10, 29, 5), clock: { now: () => 0, setTimer } };
  function setTimer() {
    return () => {};
  }

  /** The annotation that is to be written where the API server was at some addresses and is at others. */
  function planned(before: readonly string[], after: readonly string[]): unknown {
    const [old, now] = [new World(defaultSettings), new World(defaultSettings)];
    old.load([...records, apiServer(before)]);
    const live = compileAll(old).flatMap(({ policies }) => policies);
    now.load([
      ...records,
      apiServer(after),
      ...live.map((policy): WorldRecord => ({ ...applied(policy), remembers: true })),
    ]);
    recallAsOperator(now, host, hour);
    const changes = compileAll(now).flatMap(
      ({ key, policies }) => planKey(now, key, policies).changes,
    );
    return changes.map((change) => policyOf(change).metadata.annotations?.[addressesAnnotation]);
  }

  test('shows the end that the operator would give addresses that are in its slices no more', () => {
    expect(planned(['192.0.2.1', '192.0.2.2'], ['192.0.2.2'])).toEqual([
      expect.stringContaining('"192.0.2.1":"2026-11-29T06:00:00Z","192.0.2.2":"live"'),
    ]);
    expect(planned(['192.0.2.2'], ['192.0.2.2'])).toEqual([]);
  });
});
