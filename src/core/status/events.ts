import type { Finding, FindingCode } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { messageWithFate } from './fate.ts';
import { severityOf } from './messages.ts';
import { shorten } from './text.ts';

/** An Event for a person, as data (events.k8s.io/v1: note at most 1 kB, reason in CamelCase). */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly regarding: ObjectRef;
  readonly reason: string;
  readonly note: string;
}

const mostCharacters = 900;
/** So many Events of one key; the rest is counted in the last one. */
const mostEvents = 10;

/**
 * What deserves an Event although it is no error: nothing else that people look at would tell them.
 * A Namespace has no status, and no policy of its own when its entries have no effect; which servers
 * pods ask is in no entry.
 */
const alsoEvents: ReadonlySet<FindingCode> = new Set<FindingCode>([
  ...(['NamespaceWordWithoutEffect', 'OtherDNS'] as const),
  // What isolates nobody: there may be no edge of it, and no policy.
  ...(['HostNetwork', 'NoSelectableLabels'] as const),
  // What is about writes is told of nowhere else where there are annotations only.
  ...(['NameConflict', 'Adopted', 'WouldBreakParty', 'EndsAccess'] as const),
  ...(['Unmanaged', 'PaceStopped', 'DenyWithout'] as const),
  ...(['BreakerTripped', 'BreakerClosed', 'OperatorPaused'] as const),
]);

/**
 * The Events of some findings: one for each that means that something written has no effect, and
 * for those that are listed above. A notice is good news, and Normal.
 */
export function eventsOf(findings: readonly Finding[]): EventNote[] {
  const told = findings.filter(
    (each) => severityOf(each.code) === 'error' || alsoEvents.has(each.code) || setsNoneAside(each),
  );
  const more = told.length - mostEvents;
  return told.slice(0, mostEvents).map((finding, index) => {
    const place = placeOf(finding);
    const sentence = messageWithFate(finding, findings);
    const text = place === '' ? sentence : `${place}: ${sentence}`;
    const last = index === mostEvents - 1 && more > 0;
    return {
      type: severityOf(finding.code) === 'notice' ? 'Normal' : 'Warning',
      regarding: finding.object,
      reason: finding.code,
      note: `${shorten(text, mostCharacters)}${last ? ` (and ${more} more)` : ''}`,
    };
  });
}

/** Whether a none is said that does not hold for all pods: no edge would tell whoever said it. */
export function setsNoneAside(found: Finding): boolean {
  if (found.code !== 'SelectorOverlap') return false;
  return found.data.noneOfWorkload !== '' || found.data.noneOfOthers !== '';
}

/** Where in its object a finding is. */
export function placeOf({ at }: Pick<Finding, 'at'>): string {
  const field = at.path.join('.');
  return at.offset === undefined ? field : `${field}, character ${at.offset + 1}`;
}
