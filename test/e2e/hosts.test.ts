import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { addresses, type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { appconn } from './support/cli.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity } from './support/policies.ts';
import { eventually, untilStable } from './support/wait.ts';

jest.setTimeout(3 * MINUTE);

const host = 'api.stripe.com';
const hosts = { minimumTTL: 1, maximumTTL: 1, grace: 6 };

let cluster: Cluster;
let dns: DnsServer;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true });
  await cluster.install();
});
beforeEach(async () => {
  dns = await startDnsServer();
});
afterEach(async () => {
  await stop();
  await dns.stop();
});
afterAll(() => cluster?.stop());

async function start(more: object = {}): Promise<TestOperator> {
  const servers = [dns.address];
  operator = await TestOperator.start(cluster, 1, { hosts: { ...hosts, servers, ...more } });
  await operator.whenReady();
  return operator;
}

async function stop(): Promise<void> {
  await operator?.stop();
  operator = undefined;
}

/** From now on DNS answers so. */
function answer(...data: readonly string[]): void {
  dns.zones.set(host, { answers: addresses(host, 60, ...data) });
}

/** The blocks that the policy of Deployment `web` lets it talk to. */
async function blocks(place: string): Promise<readonly string[]> {
  const policy = byIdentity(await cluster.policies(place)).get('Deployment/web');
  const peers = (policy?.spec.egress ?? []).flatMap(({ to }) => to ?? []);
  return peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []);
}

function whenBlocks(place: string, ...wanted: readonly string[]): Promise<void> {
  return eventually(async () => expect(await blocks(place)).toEqual(wanted));
}

async function rememberedIn(place: string): Promise<string | undefined> {
  const policy = byIdentity(await cluster.policies(place)).get('Deployment/web');
  return policy?.metadata.annotations?.['appconnectivity.dev/addresses'];
}

async function declare(place: string): Promise<void> {
  await cluster.apply(namespace(place), workload(`${place}/web`, { talksTo: `host/${host}:443` }));
}

test('The policy follows DNS: a new address at once, one that is gone once its grace is over', async () => {
  answer('198.51.100.7', '2001:db8::7');
  await start();
  await declare('follow');
  await whenBlocks('follow', '198.51.100.7/32', '2001:db8::7/128');
  answer('198.51.100.8', '2001:db8::7');
  await whenBlocks('follow', '198.51.100.7/32', '198.51.100.8/32', '2001:db8::7/128');
  await eventually(async () => {
    const { [host]: known } = JSON.parse((await rememberedIn('follow')) ?? '{}');
    expect(known).toEqual({
      '198.51.100.7': expect.stringMatching(/^20\d\d-/),
      '198.51.100.8': 'live',
      '2001:db8::7': 'live',
    });
  });
  await whenBlocks('follow', '198.51.100.8/32', '2001:db8::7/128');
});

test('Without DNS a restart loses no address and writes nothing; when the grace is over, they go', async () => {
  answer('198.51.100.7');
  await start();
  await declare('outage');
  await whenBlocks('outage', '198.51.100.7/32');
  await untilStable(async () => JSON.stringify(await cluster.policies('outage')), 1_000);
  await stop();
  const before = JSON.stringify(await cluster.policies('outage'));
  dns.zones.set(host, { silent: true });
  await start({ grace: 60, maximumTTL: 5 });
  await untilStable(async () => JSON.stringify(await cluster.policies('outage')), 1_000);
  expect(JSON.stringify(await cluster.policies('outage'))).toBe(before);
  await stop();
  await start();
  await eventually(async () => expect(await blocks('outage')).toEqual([]), 30);
});

test('A calm host writes nothing, however often it is asked for', async () => {
  answer('198.51.100.7');
  await start();
  await declare('calm');
  await whenBlocks('calm', '198.51.100.7/32');
  const seen = dns.asked.length;
  const mark = await cluster.auditMark();
  await untilStable(async () => String((await cluster.auditedSince(mark)).length), 1_500);
  const calm = await cluster.auditMark();
  await eventually(() => expect(dns.asked.length).toBeGreaterThan(seen + 6));
  expect((await cluster.writesSince(calm)).filter((write) => /\bcalm\//.test(write))).toEqual([]);
});

test('A plan changes nothing and explain knows the addresses, although neither asks DNS', async () => {
  answer('198.51.100.7');
  await start();
  await declare('planned');
  await whenBlocks('planned', '198.51.100.7/32');
  await untilStable(async () => JSON.stringify(await cluster.policies('planned')), 1_000);
  await stop();
  const args = ['run', '--plan', '-o', 'json', '--kubeconfig', cluster.plane.kubeconfig];
  const { stdout } = await appconn(args);
  const { policies } = JSON.parse(stdout) as { policies: readonly unknown[] };
  expect(policies.filter((each) => JSON.stringify(each).includes('planned'))).toEqual([]);
  const asked = ['explain', 'planned/deployment/web', '--kubeconfig', cluster.plane.kubeconfig];
  expect((await appconn(asked)).stdout).toContain('\n      at 198.51.100.7\n');
});

test('A name that leads into the cluster opens nothing, and the policy says why', async () => {
  answer('10.96.0.1', '198.51.100.7');
  await start();
  await declare('inside');
  await whenBlocks('inside', '198.51.100.7/32');
  await eventually(async () => {
    const policy = byIdentity(await cluster.policies('inside')).get('Deployment/web');
    expect(policy?.metadata.annotations?.['appconnectivity.dev/attention']).toContain('10.96.0.1');
  });
});

test('A DNS server that says nothing keeps those who need none waiting for seconds at most', async () => {
  dns.zones.set(host, { silent: true });
  await declare('mute');
  await cluster.apply(workload('mute/other', { talksTo: '203.0.113.7' }));
  await start();
  const whenWritten = async () => {
    expect(byIdentity(await cluster.policies('mute')).has('Deployment/other')).toBe(true);
  };
  await eventually(whenWritten, 10);
  await eventually(async () => {
    const policy = byIdentity(await cluster.policies('mute')).get('Deployment/web');
    const said = policy?.metadata.annotations?.['appconnectivity.dev/attention'];
    expect(said).toContain('no DNS server has answered');
  });
});
