import { type Finding, finding, locate, type Problem } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import { compareText } from '../model/labels.ts';
import type { Texts } from '../model/records.ts';
import { shortKey } from './accepted.ts';
import { monitorsFrom } from './keys.ts';
import type { LastText } from './switches.ts';
import { mostCharacters } from './text.ts';

/** What the API server takes as the name of a namespace (RFC 1123 label). */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * The namespaces whose monitors count in this one, sorted: names, separated by commas or newlines. With
 * a word that is no name nothing of the text is accepted, and what was accepted last stands in.
 */
export function readMonitorsFrom(
  source: ObjectRef,
  texts: Texts,
  last: LastText = () => undefined,
): { readonly names: readonly string[]; readonly findings: readonly Finding[] } {
  const text = texts[monitorsFrom];
  if (text === undefined) return { names: [], findings: [] };
  const read = namesIn(text);
  if (!('code' in read)) return { names: read, findings: [] };
  const kept = last(shortKey(monitorsFrom));
  const stands = namesIn(kept ?? '');
  const names = 'code' in stands ? [] : stands;
  const at = { path: ['metadata', 'annotations', monitorsFrom] };
  const key = monitorsFrom;
  const fate =
    names.length === 0
      ? finding('NothingAccepted', source, at, { key })
      : finding('LastAcceptedStands', source, at, { key, text: names.join(', ') });
  return { names, findings: [locate(read, source, at), fate] };
}

function namesIn(text: string): readonly string[] | Problem {
  if (text.length > mostCharacters) {
    return { code: 'TextTooLong', data: { length: text.length, most: mostCharacters } };
  }
  const words = text.split(/[,\r\n]/).map((word) => word.trim());
  const names = [...new Set(words)].filter((word) => word !== '').sort(compareText);
  const wrong = names.length === 0 ? text : names.find((word) => !label.test(word));
  if (wrong === undefined) return names;
  const allowed = 'names of namespaces, separated by commas';
  return { code: 'InvalidValue', data: { key: monitorsFrom, value: wrong, allowed } };
}
