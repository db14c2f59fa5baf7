import { hash } from 'node:crypto';
import { type Key, partsOf, refOf } from '../model/identity.ts';
import type { LabelSelector } from '../model/labels.ts';
import {
  defaultDenyName,
  exemptAnnotation,
  exemptReason,
  identityAnnotation,
  managedBy,
  managedByLabel,
  policyPrefix,
  summaryAnnotation,
} from '../model/names.ts';
import { withChecksum } from '../model/ownership.ts';
import {
  type Direction,
  directions,
  type NetworkPolicy,
  type PolicySpec,
} from '../model/policy.ts';
import type { Memory } from './memory.ts';
import { groupPeers, type PeerPorts, peersOf, type RuleBody } from './rules.ts';
import { summaryOf } from './summary.ts';
import type { Word } from './word.ts';

const mostNameCharacters = 63;
const hashCharacters = 8;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The policies of a subject: none when it is isolated in no direction, one mostly, and shards when
 * it has too many peers for one object. Both lists are always there, empty or not: a list that
 * server-side apply does not send would stay as somebody else left it, for ever.
 */
export function policiesOf(
  key: Key,
  selector: LabelSelector,
  words: Readonly<Record<Direction, Word>>,
  { memory, mostPeers }: { memory: Memory; mostPeers: number },
): NetworkPolicy[] {
  const isolated = directions.filter((direction) => words[direction].isolated);
  if (isolated.length === 0) return [];
  const { namespace } = partsOf(key);
  const ingress = peersOf(words.Ingress.targets, namespace);
  const egress = peersOf(words.Egress.targets, namespace);
  const count = shardsFor(ingress.length + egress.length, mostPeers);
  return Array.from({ length: count }, (_, index) => {
    const mine = ({ text }: PeerPorts) => shardOf(text, count) === index;
    const ingressRules = groupPeers(ingress.filter(mine));
    const egressRules = groupPeers(egress.filter(mine));
    const spec: PolicySpec = {
      podSelector: selector,
      policyTypes: isolated,
      ingress: ingressRules.map(({ peers, ports }) => ({ from: peers, ...portsField(ports) })),
      egress: egressRules.map(({ peers, ports }) => ({ to: peers, ...portsField(ports) })),
    };
    return wrap(key, policyName(key, selector, { count, index }), spec, memory);
  });
}

/**
 * How many shards hold so many peers: a power of two, so that a growing workload changes its
 * generation seldom, with room for the unevenness of hashing.
 */
function shardsFor(peers: number, most: number): number {
  if (peers <= most) return 1;
  return 2 ** Math.ceil(Math.log2(peers / (most * 0.8)));
}

/** A peer's shard follows from the peer alone: it never moves within a generation. */
function shardOf(peer: string, count: number): number {
  if (count === 1) return 0;
  return Number.parseInt(hash('sha256', peer).slice(0, 8), 16) % count;
}

/**
 * The policy of a workload in audit whose pods others' policies isolate: it allows everything in
 * those directions, and says so, since NetworkPolicy cannot exempt. Its selector must require
 * something, or it would open the whole namespace.
 */
export function exemptOf(
  key: Key,
  selector: LabelSelector,
  held: ReadonlySet<Direction>,
  memory: Memory,
): NetworkPolicy | undefined {
  if (held.size === 0) return undefined;
  const spec: PolicySpec = {
    podSelector: selector,
    policyTypes: directions.filter((direction) => held.has(direction)),
    ingress: held.has('Ingress') ? [{}] : [],
    egress: held.has('Egress') ? [{}] : [],
  };
  const policy = wrap(key, policyName(key, selector), spec, memory);
  const annotations = { ...policy.metadata.annotations, [exemptAnnotation]: exemptReason };
  return { ...policy, metadata: { ...policy.metadata, annotations } };
}

/** The default-deny of a namespace: every pod, no rule. */
export function defaultDenyOf(
  key: Key,
  denied: ReadonlySet<Direction>,
  memory: Memory,
): NetworkPolicy | undefined {
  if (denied.size === 0) return undefined;
  const spec: PolicySpec = {
    podSelector: {},
    policyTypes: directions.filter((direction) => denied.has(direction)),
    ingress: [],
    egress: [],
  };
  return wrap(key, defaultDenyName, spec, memory);
}

/** Which of a subject's policies: the shard, and how many names before it are somebody else's. */
export interface PolicyPlace {
  readonly count: number;
  readonly index: number;
  readonly attempt?: number;
}

const onlyPlace: PolicyPlace = { count: 1, index: 0 };

/**
 * The name of a subject's policy: `appconn-`, a readable part, and a hash of what it is for, at most
 * 63 characters. Another selector or number of shards gives another name, so that the policies of
 * the old pods, or of the old generation, stay beside the new for as long as they are needed.
 */
export function policyName(
  key: Key,
  selector: LabelSelector,
  { count, index, attempt = 0 }: PolicyPlace = onlyPlace,
): string {
  const { group, kind, namespace, name } = refOf(key);
  const place = attempt === 0 ? [count, index] : [count, index, attempt];
  const unique = hashOf(JSON.stringify([group, kind, namespace, name, selector, ...place]));
  const room = mostNameCharacters - policyPrefix.length - hashCharacters - 1;
  const readable = name
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, room)
    .replace(/-+$/, '');
  return `${policyPrefix}${readable}-${unique}`;
}

/** The name of a namespace's default-deny, where so many names before it are somebody else's. */
export function denyName(namespace: string, attempt: number): string {
  if (attempt === 0) return defaultDenyName;
  return `${defaultDenyName}-${hashOf(JSON.stringify([namespace, attempt]))}`;
}

function hashOf(text: string): string {
  const bytes = hash('sha256', text, 'binary');
  let characters = '';
  for (let at = 0; at < hashCharacters; at++) characters += base32[bytes.charCodeAt(at) & 31];
  return characters;
}

function portsField(ports: RuleBody['ports']) {
  return ports === undefined ? {} : { ports };
}

/**
 * Nothing of users' objects is copied but their accepted texts, or a GitOps tool would adopt the
 * policy and prune it.
 */
function wrap(key: Key, name: string, spec: PolicySpec, memory: Memory): NetworkPolicy {
  const { kind, namespace, name: of } = partsOf(key);
  return withChecksum({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name,
      namespace,
      labels: { [managedByLabel]: managedBy },
      annotations: {
        [identityAnnotation]: `${kind}/${of}`,
        [summaryAnnotation]: summaryOf(key, spec),
        'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
        'argocd.argoproj.io/sync-options': 'Prune=false',
        ...memory.annotations,
      },
    },
    spec,
  });
}
