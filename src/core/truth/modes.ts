import { keyOf, keyOfIdentity } from '../model/identity.ts';
import { type Labels, selects, selectsEverything } from '../model/labels.ts';
import { exemptAnnotation } from '../model/names.ts';
import type { Direction } from '../model/policy.ts';
import type { WorkloadRecord } from '../model/records.ts';
import type { DenyRule } from '../model/settings.ts';
import {
  annotationsOf,
  labelsOfNamespace,
  type NamespaceVoice,
  resourcesMatching,
  type Voices,
} from './voices.ts';

const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'];

/** Whether the policies of a namespace are in force, and not only told of ("Modes"). */
export function isEnforced(voices: Voices, namespace: string): boolean {
  const { settings } = voices.world;
  const cluster = settings.mode === 'enforce';
  const voice = voiceOf(voices, namespace);
  if (!settings.labels.mode || voice === undefined || voice.mode === 'absent') return cluster;
  if (voice.mode === 'enforce') return true;
  if (voice.mode === 'invalid') return cluster || showsEnforced(voices, namespace);
  // A floor is what no label lifts.
  const floor = (['Ingress', 'Egress'] as const).some((one) =>
    isConfigured(voices, voice, one, 'floor'),
  );
  return floor && cluster;
}

/** Whether a namespace is default-deny in a direction. */
export function isDefaultDeny(voices: Voices, namespace: string, direction: Direction): boolean {
  const voice = voiceOf(voices, namespace);
  return (
    voice !== undefined && isEnforced(voices, namespace) && isToBeDenied(voices, voice, direction)
  );
}

/** Whether a workload is in audit, so that its own word is not in force. */
export function isInAudit(voices: Voices, workload: WorkloadRecord): boolean {
  return !isEnforced(voices, workload.ref.namespace) || audits(voices, workload);
}

/**
 * Whether a workload in audit can be exempt from what isolates its pods: its selector must not match
 * the template of another one of its namespace that is not annotated so.
 */
export function canBeExempt(voices: Voices, workload: WorkloadRecord): boolean {
  return voices.world.workloads.every(
    (other) =>
      other === workload ||
      other.ref.namespace !== workload.ref.namespace ||
      audits(voices, other) ||
      selectsEverything(workload.selector) ||
      !selects(workload.selector, other.labels),
  );
}

function audits(voices: Voices, workload: WorkloadRecord): boolean {
  return annotationsOf(voices, workload).some((voice) => voice.audits);
}

/** Whether somebody else's word would isolate a workload's pods: the deny, or a selector resource. */
export function isHeld(voices: Voices, workload: WorkloadRecord, direction: Direction): boolean {
  const { namespace } = workload.ref;
  if (!isEnforced(voices, namespace)) return false;
  return (
    isDefaultDeny(voices, namespace, direction) ||
    resourcesMatching(voices, workload).some(({ declarations }) =>
      declarations.some((declaration) => declaration.direction === direction),
    )
  );
}

/** Label and configuration, or the memory of what was, whatever the mode. */
function isToBeDenied(voices: Voices, voice: NamespaceVoice, direction: Direction): boolean {
  if (isConfigured(voices, voice, direction, 'floor')) return true;
  const remembered = rememberedDeny(voices, voice.name);
  if (voice.deny === 'invalid' && remembered !== undefined) return remembered.has(direction);
  if (voice.deny === 'invalid' || voice.deny === 'absent') {
    return isConfigured(voices, voice, direction, 'default');
  }
  return voice.deny.has(direction);
}

function isConfigured(
  voices: Voices,
  { name }: NamespaceVoice,
  direction: Direction,
  strength: DenyRule['strength'],
): boolean {
  const { defaultDeny, operatorNamespace } = voices.world.settings;
  const spared = [...systemNamespaces, operatorNamespace, ...defaultDeny.exclude];
  const labels: Labels = labelsOfNamespace(voices, name);
  return (
    !spared.includes(name) &&
    defaultDeny.rules.some(
      (rule) =>
        rule.strength === strength &&
        rule.directions.includes(direction) &&
        selects(rule.selector, labels),
    )
  );
}

/** Whether a policy of ours is live that is there only while the namespace is enforced. */
function showsEnforced({ world }: Voices, namespace: string): boolean {
  return world.policies.some(
    ({ policy, applied }) =>
      applied &&
      policy.metadata.namespace === namespace &&
      policy.metadata.annotations?.[exemptAnnotation] === undefined,
  );
}

/** The directions of our live default-deny; undefined where there is none. */
function rememberedDeny({ world }: Voices, namespace: string): Set<Direction> | undefined {
  const key = keyOf({ kind: 'Namespace', namespace: '', name: namespace });
  const ours = world.policies.filter(
    ({ policy, applied }) =>
      applied && policy.metadata.namespace === namespace && keyOfIdentity(policy) === key,
  );
  if (ours.length === 0) return undefined;
  return new Set(ours.flatMap(({ policy }) => policy.spec.policyTypes ?? []));
}

function voiceOf({ namespaces }: Voices, name: string): NamespaceVoice | undefined {
  return namespaces.find((voice) => voice.name === name);
}
