import type { Declaration } from '../model/declaration.ts';
import type { Direction } from '../model/policy.ts';
import type { WorkloadRecord } from '../model/records.ts';
import { automaticRules } from './automatic.ts';
import {
  declarationsOf,
  inDirection,
  isDenied,
  isIsolated,
  isResourceDenied,
  isResourceVetoed,
  isVetoed,
  workloadsMatching,
} from './declared.ts';
import { dnsRules } from './dns.ts';
import { type Reading, rulesOfEntry } from './entry.ts';
import { canBeExempt, isEnforced, isHeld, isInAudit } from './modes.ts';
import { derivedRules } from './naming.ts';
import { type Peer, podsOf, type Rule } from './rule.ts';
import { type SelectorResource, type Voices, voicesOfNamespace } from './voices.ts';

/** What one subject says in one direction; rules mean something only where it is isolated. */
export interface Word {
  readonly isolated: boolean;
  readonly rules: readonly Rule[];
}

const nothingSaid: Word = { isolated: false, rules: [] };

const everyone: Peer = { hasPod: () => true, hasAddress: () => true };

const allowsEverything: Word = { isolated: true, rules: [{ peer: everyone, ports: 'all' }] };

/** The word of a workload ("Words"); in audit it has none, or allows everything ("Modes"). */
export function wordOfWorkload(
  voices: Voices,
  workload: WorkloadRecord,
  direction: Direction,
): Word {
  if (isInAudit(voices, workload)) {
    if (!isHeld(voices, workload, direction)) return nothingSaid;
    if (canBeExempt(voices, workload)) return allowsEverything;
  }
  if (!isIsolated(voices, workload, direction)) return nothingSaid;
  if (isVetoed(voices, workload, direction)) return { isolated: true, rules: [] };
  const { namespace } = workload.ref;
  const reading: Reading = { direction, namespace, own: [workload] };
  const declarations = declarationsOf(voices, workload, direction);
  const declared = declarations.length > 0;
  const rules = [
    ...(declared
      ? rulesOfAll(voices, declarations, reading)
      : derivedRules(voices, workload, direction)),
    ...namespaceRules(voices, reading),
  ];
  const takesDns =
    direction === 'Egress' && !isDenied(voices, workload, 'dns') && (declared || rules.length > 0);
  if (takesDns) rules.push(...dnsRules(voices.world));
  if (direction === 'Ingress') rules.push(...automaticRules(voices, workload));
  if (!isDenied(voices, workload, 'self')) rules.push({ peer: podsOf(workload), ports: 'all' });
  return { isolated: true, rules };
}

/** The word of a selector resource; it is a subject only where it declares something. */
export function wordOfResource(
  voices: Voices,
  resource: SelectorResource,
  direction: Direction,
): Word {
  const declarations = inDirection(resource, direction);
  if (declarations.length === 0 || !isEnforced(voices, resource.namespace)) return nothingSaid;
  if (isResourceVetoed(voices, resource, direction)) return { isolated: true, rules: [] };
  const { namespace } = resource;
  const reading: Reading = { direction, namespace, own: workloadsMatching(voices, resource) };
  const rules = [...rulesOfAll(voices, declarations, reading), ...namespaceRules(voices, reading)];
  const takesDns = direction === 'Egress' && !isResourceDenied(voices, resource, 'dns');
  if (takesDns) rules.push(...dnsRules(voices.world));
  return { isolated: true, rules };
}

/** The entries of the namespace's annotation, read as if the subject had written them. */
function namespaceRules(voices: Voices, reading: Reading): Rule[] {
  return voicesOfNamespace(voices, reading.namespace).flatMap((voice) =>
    rulesOfAll(voices, inDirection(voice, reading.direction), reading),
  );
}

function rulesOfAll(
  voices: Voices,
  declarations: readonly Declaration[],
  reading: Reading,
): Rule[] {
  return declarations
    .flatMap(({ entries }) => entries)
    .flatMap((entry) => rulesOfEntry(voices, entry, reading));
}
