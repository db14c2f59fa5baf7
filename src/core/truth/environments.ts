import type { EnvironmentSettings } from '../model/settings.ts';
import { labelsOfNamespace, type Voices } from './voices.ts';

/* "Environments" of 0010. */

/** Whether an entry that is written in one namespace may mean pods of the other. */
export function areTogether(voices: Voices, own: string, other: string): boolean {
  const { environments } = voices.world.settings;
  if (environments === undefined || own === other) return true;
  const { label, sharedNamespaces } = environments;
  if ([own, other].some((name) => sharedNamespaces.includes(name))) return true;
  // An empty value is none.
  const a = labelsOfNamespace(voices, own)[label] ?? '';
  const b = labelsOfNamespace(voices, other)[label] ?? '';
  return a !== '' && b !== '' && (a === b || isAllowed(environments, a, b));
}

function isAllowed({ allowed }: EnvironmentSettings, a: string, b: string): boolean {
  return allowed.some(([one, two]) => (one === a && two === b) || (one === b && two === a));
}
