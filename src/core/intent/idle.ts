import { canonicalJson } from '../model/canonical-json.ts';
import type { Declaration, PeerRef, SubjectRef } from '../model/declaration.ts';
import { type Finding, finding, locate } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { selectsNothing } from '../model/selects-nothing.ts';

/** Notices about entries that were read and add nothing: somebody may have meant another one. */
export function findIdle(declaration: Declaration): Finding[] {
  return [...findRepeated(declaration), ...findEmpty(declaration)];
}

/** The entries that are there already. */
function findRepeated({ source, entries }: Declaration): Finding[] {
  const seen = new Set<string>();
  return entries.flatMap(({ text, written, at }) => {
    const whole = written === undefined ? text : canonicalJson(written);
    const size = seen.size;
    if (seen.add(whole).size > size) return [];
    return locate({ code: 'RepeatedEntry', data: { text } }, source, at);
  });
}

/** The entries by labels that no pod, or no namespace, can have. */
function findEmpty({ source, entries }: Declaration): Finding[] {
  return entries
    .filter(({ peer }) => selectorsOf(peer).some(selectsNothing))
    .map(({ text, at }) => locate({ code: 'SelectsNothing', data: { text } }, source, at));
}

function selectorsOf(peer: PeerRef) {
  if (peer.type === 'namespaces') return [peer.selector];
  if (peer.type !== 'pods') return [];
  const { selector, namespaceSelector = {} } = peer;
  return [selector, namespaceSelector];
}

/** Of a resource that speaks for pods that there cannot be. */
export function findEmptySubject(subject: SubjectRef, source: ObjectRef): Finding[] {
  if (subject.type !== 'selector' || !selectsNothing(subject.selector)) return [];
  const path = ['spec', 'selector'];
  return [finding('SelectsNothing', source, { path }, { text: path.join('.') })];
}
