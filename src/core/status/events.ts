import type { Finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { messageWithFate } from './fate.ts';
import { severityOf } from './messages.ts';
import { shorten } from './text.ts';

/** An Event for a person, as data (events.k8s.io/v1: note at most 1 kB, reason in CamelCase). */
export interface EventNote {
  readonly regarding: ObjectRef;
  readonly reason: string;
  readonly note: string;
}

const mostCharacters = 900;

/** The Events of some findings: one for each that means that something written has no effect. */
export function eventsOf(findings: readonly Finding[]): EventNote[] {
  return findings
    .filter(({ code }) => severityOf(code) === 'error')
    .map((finding) => ({
      regarding: finding.object,
      reason: finding.code,
      note: shorten(`${placeOf(finding)}: ${messageWithFate(finding, findings)}`, mostCharacters),
    }));
}

function placeOf({ at }: Finding): string {
  const field = at.path.join('.');
  return at.offset === undefined ? field : `${field}, character ${at.offset + 1}`;
}
