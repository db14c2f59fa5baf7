import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileAll } from '../../src/core/compile/compile.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { World } from '../../src/core/world/world.ts';
import { namespace, workload } from '../support/builders.ts';
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
