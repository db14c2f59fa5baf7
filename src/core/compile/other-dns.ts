import { formatEntry } from '../intent/format.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Protocol } from '../model/policy.ts';
import { blockOf, contains, isCovered } from '../model/range.ts';
import type { Target } from '../resolve/entry.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import type { Word } from './word.ts';

/** Stands for the servers of a node, which nobody knows here (RFC 5737). */
const someServer = '192.0.2.53';
const dnsProtocols: readonly Protocol[] = ['UDP', 'TCP'];

/**
 * Pods that are allowed the cluster's DNS and ask other servers (`dnsPolicy`), to which their word does
 * not let them. Told as far as it is certain:
 *
 *   pods ask                 told unless the word has
 *   the servers listed       a block around each of them with port 53/udp; or a UDP port of pods, since
 *                            a server of the cluster's own may be behind it
 *   those of their node      any block with port 53/udp, but the addresses of the cluster's DNS. Google's
 *                            nodes ask the address that GKE's pods are allowed
 */
export function findOtherDns(world: World, { record }: Workload, word: Word): Finding[] {
  if (record.dns === undefined) return [];
  const usual = word.allowed.find(({ allowance }) => allowance === 'dns')?.targets;
  if (usual === undefined) return [];
  const own = new Set(usual.map(peerText));
  const declared = word.targets.filter((target) => !own.has(peerText(target)));
  const { servers } = record.dns;
  const missing =
    servers === undefined
      ? missingOfNode(world, declared)
      : servers.filter((server) => !reaches([...declared, ...usual], server));
  const [first] = missing;
  if (first === undefined || (servers !== undefined && declared.some(mayLeadToServer))) return [];
  const data = {
    servers: servers === undefined ? '' : missing.join(', '),
    example: entriesFor(first),
    where: word.said.length > 0 ? 'its talks-to' : 'the talks-to of its Namespace',
  };
  const path = [...templateOf(world, record.ref), 'spec', 'dnsPolicy'];
  return [finding('OtherDNS', record.ref, { path }, data)];
}

function missingOfNode({ rangeSources }: World, declared: readonly Target[]): string[] {
  const asks = (target: Target) => target.peer.ipBlock !== undefined && isOnDnsPort(target);
  return rangeSources.isGke || declared.some(asks) ? [] : [someServer];
}

function reaches(targets: readonly Target[], server: string): boolean {
  const address = blockOf(server);
  return targets.some((target) => {
    const { cidr = '', except = [] } = target.peer.ipBlock ?? {};
    return contains(cidr, address) && !isCovered(address, except) && isOnDnsPort(target);
  });
}

function isOnDnsPort({ ports }: Target): boolean {
  if (ports === 'all') return true;
  return ports.some(
    ({ protocol, port = 53, endPort = port }) =>
      protocol === 'UDP' && Number(port) <= 53 && Number(endPort) >= 53,
  );
}

function mayLeadToServer({ peer, ports }: Target): boolean {
  return (
    peer.ipBlock === undefined &&
    ports !== 'all' &&
    ports.some(({ protocol }) => protocol === 'UDP')
  );
}

function peerText({ peer }: Target): string {
  return JSON.stringify(peer);
}

/** The entries for one server: names are asked for by UDP, and by TCP where an answer is long. */
function entriesFor(server: string): string {
  const peer = { type: 'block', cidr: server, except: [] } as const;
  const entries = dnsProtocols.map((protocol) => formatEntry(peer, [{ port: 53, protocol }]));
  return entries.join(' and ');
}

function templateOf({ settings }: World, { group, kind }: ObjectRef): readonly string[] {
  const read = settings.workloadKinds.find((each) => each.group === group && each.kind === kind);
  return read?.template ?? [];
}
