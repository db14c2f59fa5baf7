import { describe, expect, test } from '@jest/globals';
import { compile } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import type { NetworkPolicy, PolicyPeer } from '../model/policy.ts';
import { rulesOf } from '../model/policy.ts';
import type { RangeRecord, WorldRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { isLoss, policyOf } from './change.ts';
import type { Hold } from './hold.ts';
import { planKey } from './plan.ts';

const key = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const shop: WorldRecord = {
  ...{ kind: 'Namespace', name: 'shop', uid: '1', labels: {}, texts: {}, terminating: false },
};

/** The workload, with what it says; with nothing said nobody is isolated. */
function web(talksTo?: string): WorldRecord {
  const said = talksTo === undefined ? {} : { 'appconnectivity.dev/talks-to': talksTo };
  return {
    ...{ kind: 'Workload', uid: '1', hostNetwork: false, ports: [], strays: [] },
    ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    selector: { matchLabels: { app: 'web' } },
    labels: { app: 'web' },
    texts: { ...said, 'appconnectivity.dev/dns': 'deny' },
  };
}

const node = (name: string, ...ranges: string[]): RangeRecord => ({
  ...{ kind: 'ClusterRange', source: `Node/${name}`, ranges },
});

const asLive = (policy: NetworkPolicy): WorldRecord => ({
  ...{ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1' },
  ...{ applied: true, remembers: true },
});

/** What is written in the second world over what the first one has live. */
function changesFrom(before: readonly WorldRecord[], after: readonly WorldRecord[], hold?: Hold) {
  const first = new World(defaultSettings);
  first.load([shop, ...before]);
  const world = new World(defaultSettings);
  world.load([shop, ...after, ...compile(first, key).policies.map(asLive)]);
  const plan = () => planKey(world, key, compile(world, key).policies, hold).changes;
  const changes = plan();
  for (const change of changes) if (change.type === 'update') world.put(asLive(change.policy));
  const again = plan().filter(({ type }) => type === 'update');
  expect(again).toEqual([]);
  return changes;
}

/** The blocks of some changes, of IPv4, with those of what they leave out that are public. */
function blocksOf(changes: ReturnType<typeof changesFrom>): string[] {
  const rules = changes.flatMap((each) => rulesOf(policyOf(each)));
  return rules.flatMap(({ peers }) => peers.flatMap(textOf));
}

function textOf({ ipBlock }: PolicyPeer): string[] {
  if (ipBlock === undefined || ipBlock.cidr === '::/0') return [];
  const left = ipBlock.except?.filter((range) => /^(198\.51|203)\./.test(range)) ?? [];
  return [[ipBlock.cidr, ...left].join(' but ')];
}

const [one, another] = [node('one', '198.51.100.0/25'), node('two', '198.51.100.128/25')];

describe('A policy of before @internet left out what NAT64 leads to', () => {
  test.each([undefined, { losses: true }])(
    'is written once, as no loss, also while nothing may be lost: %j',
    (hold) => {
      const world = new World(defaultSettings);
      world.load([shop, web('@internet'), one]);
      const [wanted] = compile(world, key).policies;
      const older = JSON.stringify(wanted).replaceAll(/"64:ff9b::[^"]*",/g, '');
      world.put(asLive(JSON.parse(older)));
      const plan = () => planKey(world, key, compile(world, key).policies, hold).changes;
      const changes = plan();
      expect(changes.map((each) => [each.type, isLoss(each)])).toEqual([['update', false]]);
      expect(changes.map((each) => policyOf(each).spec)).toEqual([wanted?.spec]);
      for (const change of changes) world.put(asLive(policyOf(change)));
      expect(plan()).toEqual([]);
    },
  );
});

describe('A Node with a public pod range that joins', () => {
  test('is left out of @internet, and nobody loses by it what they declared', () => {
    const changes = changesFrom([web('@internet'), one], [web('@internet'), one, another]);
    expect(changes.map((each) => [each.type, isLoss(each)])).toEqual([['update', false]]);
    expect(blocksOf(changes)).toEqual(['0.0.0.0/0 but 198.51.100.0/25 but 198.51.100.128/25']);
  });

  test('and one that goes is none either', () => {
    const changes = changesFrom([web('@internet'), one, another], [web('@internet'), another]);
    expect(changes.map((each) => [each.type, isLoss(each)])).toEqual([['update', false]]);
    expect(blocksOf(changes)).toEqual(['0.0.0.0/0 but 198.51.100.128/25']);
  });

  test('is no excuse: an entry that goes meanwhile, or the port of @internet, is lost', () => {
    for (const [before, after] of [
      ['@internet, 203.0.113.9', '@internet'],
      ['@internet', '@internet:443'],
      ['@internet', 'none'],
      ['198.51.100.128/25', '198.51.100.128/25'],
    ] as const) {
      const changes = changesFrom([web(before), one], [web(after), one, another]);
      expect(changes.map(isLoss)).toEqual([true]);
    }
  });

  test('while nothing may be lost is left out at once, in what is kept and in what is added', () => {
    const hold: Hold = { losses: true };
    const from = (before: string, after?: string) =>
      blocksOf(changesFrom([web(before), one], [web(after), one, another], hold));
    const narrow = '0.0.0.0/0 but 198.51.100.0/25 but 198.51.100.128/25';
    expect(from('@internet', '@internet')).toEqual([narrow]);
    expect(from('@internet:443', '@internet:80')).toEqual([narrow, narrow]);
    expect(from('@internet, 203.0.113.9', '@internet')).toEqual([narrow, narrow, '203.0.113.9/32']);
    expect(from('@internet', '203.0.113.9')).toEqual(['203.0.113.9/32', narrow]);
    expect(from('@internet', 'none')).toEqual([narrow]);
    expect(from('@internet')).toEqual([narrow]);
  });

  test('is left out of what is kept through NAT64 as well', () => {
    const changes = changesFrom([web('@internet'), one], [web('none'), one, another], {
      losses: true,
    });
    const left = changes.flatMap((each) => rulesOf(policyOf(each))).flatMap(({ peers }) => peers);
    const version6 = left.find(({ ipBlock }) => ipBlock?.cidr === '::/0')?.ipBlock?.except;
    expect(version6).toEqual(
      expect.arrayContaining(['64:ff9b::c633:6400/121', '64:ff9b::c633:6480/121']),
    );
  });

  test('opens nothing to what was left out before, in rules that are kept', () => {
    const before = [web('@internet:443'), one];
    expect(blocksOf(changesFrom(before, [web('@internet:80'), another], { losses: true }))).toEqual(
      ['0.0.0.0/0 but 198.51.100.128/25', '0.0.0.0/0 but 198.51.100.0/25 but 198.51.100.128/25'],
    );
  });

  test('changes nothing while everything is held', () => {
    const after = [web('@internet'), one, another];
    expect(changesFrom([web('@internet'), one], after, { all: true })).toEqual([]);
  });
});
