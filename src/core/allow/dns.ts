import type { ObjectRef } from '../model/identity.ts';
import { blockOf } from '../model/range.ts';
import { findDns } from '../resolve/dns.ts';
import type { Target } from '../resolve/entry.ts';
import type { World } from '../world/world.ts';
import type { Allowed } from './allowed.ts';

export interface DnsAllowance {
  readonly targets: readonly Target[];
  /** No DNS Service is known, so that the usual labels were taken; or nobody is reached through it. */
  readonly problem?: 'DNSServiceNotFound' | 'DNSNotCovered';
}

/** Whom an app must reach to resolve names. */
export function allowDns(world: World): DnsAllowance {
  const { services, isGke, targets } = findDns(world);
  if (services.length === 0) {
    return { targets, ...(!isGke && { problem: 'DNSServiceNotFound' }) };
  }
  const fronts = new Set(services.flatMap(({ clusterIPs }) => clusterIPs.map(blockOf)));
  const answers = ({ peer: { ipBlock } }: Target) => !fronts.has(ipBlock?.cidr ?? '');
  return { targets, ...(!targets.some(answers) && { problem: 'DNSNotCovered' }) };
}

/** The same as what a workload is allowed: whoever reaches anybody is the cause of it. */
export function ofDns(cause: ObjectRef, { targets }: DnsAllowance): Allowed {
  return { allowance: 'dns', cause, text: "the cluster's DNS", targets };
}
