import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Texts } from '../model/records.ts';
import { monitorsFrom } from './keys.ts';

/** What the API server takes as the name of a namespace (RFC 1123 label). */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * The namespaces whose monitors count in this one: names, separated by commas or newlines. What is no
 * name opens nothing, and takes nothing from the others.
 */
export function readMonitorsFrom(
  source: ObjectRef,
  texts: Texts,
): { readonly names: readonly string[]; readonly findings: readonly Finding[] } {
  const text = texts[monitorsFrom];
  if (text === undefined) return { names: [], findings: [] };
  const words = text.split(/[,\n]/).map((word) => word.trim());
  const names = words.filter((word) => label.test(word));
  const wrong = words.find((word) => word !== '' && !label.test(word));
  const value = wrong ?? (names.length === 0 ? text : undefined);
  if (value === undefined) return { names, findings: [] };
  const data = { key: monitorsFrom, value, allowed: 'names of namespaces, separated by commas' };
  const at = { path: ['metadata', 'annotations', monitorsFrom] };
  return { names, findings: [finding('InvalidValue', source, at, data)] };
}
