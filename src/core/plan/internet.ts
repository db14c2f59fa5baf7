import { directions, type NetworkPolicy, nameOfPolicy, type PolicyPeer } from '../model/policy.ts';
import { isVersion6, outermost } from '../model/range.ts';
import type { PolicyRecord } from '../model/records.ts';
import { type Change, policyOf } from './change.ts';
import { type Rules, rulesIn, withRules } from './grants.ts';

/*
 * What `@internet` leaves out is declared by nobody: it is what leads nowhere outside, be it by way of
 * NAT64, and the cluster's own ranges. So a Node that joins costs nobody anything that was said; and
 * what it brings is left out at once, whatever else waits, since until then whoever may reach the
 * internet may reach its pods.
 */

type Block = NonNullable<PolicyPeer['ipBlock']>;

/** The blocks that `@internet` is written as, and nothing else: no other entry means one of this size. */
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0/0', '::/0']);

/** A policy as far as somebody declared it: `@internet` without what it leaves out. */
export function asDeclared(policy: NetworkPolicy): NetworkPolicy {
  return withInternet(policy, ({ cidr }) => ({ cidr }));
}

/**
 * The changes with which every live policy of a key leaves out of `@internet` what is the cluster's
 * own now: also in what an update keeps, and in policies that wait, are withheld, or stay while their
 * pods drain. What is left out already stays so, so that no rule allows more than it did.
 */
export function leavingOut(
  { notInternet }: { readonly notInternet: readonly string[] },
  changes: readonly Change[],
  live: readonly PolicyRecord[],
): readonly Change[] {
  const narrow = (policy: NetworkPolicy) =>
    withInternet(policy, (block) => without(block, notInternet));
  const settled = changes.filter((change) => change.type !== 'delete' || !change.whenPodsAreGone);
  const written = new Set(settled.map((change) => nameOfPolicy(policyOf(change))));
  const narrowed = live.flatMap((record): Change[] => {
    if (written.has(nameOfPolicy(record.policy))) return [];
    const policy = narrow(record.policy);
    return policy === record.policy
      ? []
      : [{ type: 'update', policy, live: record, loses: 'nothing' }];
  });
  const kept = changes.map((change) =>
    change.type === 'update' ? { ...change, policy: narrow(change.policy) } : change,
  );
  return [...narrowed, ...kept];
}

function without(block: Block, ranges: readonly string[]): Block {
  const { cidr, except = [] } = block;
  const own = ranges.filter((range) => isVersion6(range) === isVersion6(cidr));
  // As it was compiled, which is what nearly all are: to look into thousands of ranges takes a while.
  if (isSame(own, except) && own.length === except.length) return block;
  const all = outermost([...except, ...own]);
  return all.join() === except.join() ? block : { cidr, except: all };
}

/** The very policy where nothing of it becomes another. */
function withInternet(policy: NetworkPolicy, change: (block: Block) => Block): NetworkPolicy {
  return directions.reduce((changed, direction) => {
    const rules = rulesIn(policy, direction);
    const now = rules.map((rule) => ruleWith(rule, change));
    return isSame(now, rules) ? changed : withRules(changed, direction, now);
  }, policy);
}

function ruleWith(rule: Rules[number], change: (block: Block) => Block): Rules[number] {
  const { from, to } = rule;
  const peers = from ?? to ?? [];
  const now = peers.map((peer) => peerWith(peer, change));
  if (isSame(now, peers)) return rule;
  return { ...rule, ...(from === undefined ? { to: now } : { from: now }) };
}

function peerWith(peer: PolicyPeer, change: (block: Block) => Block): PolicyPeer {
  const { ipBlock } = peer;
  if (ipBlock === undefined || !everywhere.has(ipBlock.cidr)) return peer;
  const now = change(ipBlock);
  return now === ipBlock ? peer : { ipBlock: now };
}

function isSame<T>(some: readonly T[], others: readonly T[]): boolean {
  return some.every((each, index) => each === others[index]);
}
