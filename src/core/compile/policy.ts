import { createHash } from 'node:crypto';
import { type Key, partsOf, refOf } from '../model/identity.ts';
import type { LabelSelector } from '../model/labels.ts';
import { defaultDenyName, identityAnnotation, managedBy, managedByLabel } from '../model/names.ts';
import { withChecksum } from '../model/ownership.ts';
import {
  type Direction,
  directions,
  type NetworkPolicy,
  type PolicySpec,
} from '../model/policy.ts';
import type { Memory } from './memory.ts';
import { groupTargets, type RuleBody } from './rules.ts';
import type { Word } from './word.ts';

const mostNameCharacters = 63;
const hashCharacters = 8;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The one policy of a subject; undefined when it is isolated in no direction. Both lists are always
 * there, empty or not: a list that server-side apply does not send would stay as somebody else left
 * it, for ever.
 */
export function policyOf(
  key: Key,
  selector: LabelSelector,
  words: Readonly<Record<Direction, Word>>,
  memory: Memory,
): NetworkPolicy | undefined {
  const isolated = directions.filter((direction) => words[direction].isolated);
  if (isolated.length === 0) return undefined;
  const { namespace } = partsOf(key);
  const rulesOf = (direction: Direction) => groupTargets(words[direction].targets, namespace);
  const spec: PolicySpec = {
    podSelector: selector,
    policyTypes: isolated,
    ingress: rulesOf('Ingress').map(({ peers, ports }) => ({ from: peers, ...portsField(ports) })),
    egress: rulesOf('Egress').map(({ peers, ports }) => ({ to: peers, ...portsField(ports) })),
  };
  return wrap(key, policyName(key, selector), spec, memory);
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

/**
 * The name of a subject's policy: `appconn-`, a readable part, and a hash of what it is for, at most
 * 63 characters. Another selector gives another name, so that the policy of the old pods stays
 * beside the new one for as long as they run.
 */
export function policyName(key: Key, selector: LabelSelector): string {
  const { group, kind, namespace, name } = refOf(key);
  const shard = [1, 0];
  const hash = hashOf(JSON.stringify([group, kind, namespace, name, selector, ...shard]));
  const prefix = 'appconn-';
  const room = mostNameCharacters - prefix.length - hashCharacters - 1;
  const readable = name
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, room)
    .replace(/-+$/, '');
  return `${prefix}${readable}-${hash}`;
}

function hashOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  return Array.from(digest.subarray(0, hashCharacters), (byte) => base32[byte & 31]).join('');
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
        'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
        'argocd.argoproj.io/sync-options': 'Prune=false',
        ...memory.annotations,
      },
    },
    spec,
  });
}
