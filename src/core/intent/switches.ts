import {
  type Allowance,
  type AutoAllowance,
  autoAllowances,
  nothingDenied,
  type Switches,
  switchesWhere,
} from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Texts } from '../model/records.ts';
import { auto, dns, self } from './keys.ts';

/** The text that was accepted last of a short key; asked only where the present one is invalid. */
export type LastText = (key: string) => string | undefined;

/** The allowances that a text denies; undefined for a text that is none of this switch. */
type ReadSwitch = (text: string) => readonly Allowance[] | undefined;

/** An annotation that switches allowances off, and what it may say. */
interface Switch {
  readonly key: string;
  readonly short: string;
  readonly read: ReadSwitch;
  readonly allowed: string;
}

const all: readonly Switch[] = [
  { key: dns, short: 'dns', read: readOne('dns'), allowed: 'deny or allow' },
  { key: self, short: 'self', read: readOne('self'), allowed: 'deny or allow' },
  {
    ...{ key: auto, short: 'auto', read: readAuto },
    allowed: `deny, allow, or those that stay: ${autoAllowances.join(', ')}`,
  },
];

/**
 * What the annotations of an object switch off. One that cannot be read stays what it was accepted as;
 * without that, it denies nothing.
 */
export function readSwitches(
  source: ObjectRef,
  texts: Texts,
  last: LastText,
): { readonly read: Switches; readonly findings: readonly Finding[] } {
  const given = all.filter(({ key }) => texts[key] !== undefined);
  if (given.length === 0) return { read: nothingDenied, findings: [] };
  const denied = new Set<Allowance>();
  const findings: Finding[] = [];
  for (const each of given) {
    const value = texts[each.key] ?? '';
    const said = each.read(value);
    const kept = said === undefined ? last(each.short) : undefined;
    const stands = said ?? each.read(kept ?? 'allow') ?? [];
    for (const allowance of stands) denied.add(allowance);
    if (said === undefined) findings.push(...refused(source, each, value, stands, kept));
  }
  return { read: switchesWhere((each) => denied.has(each)), findings };
}

/** What is wrong with a switch, and whether what was accepted of it last stands. */
function refused(
  source: ObjectRef,
  { key, allowed }: Switch,
  value: string,
  stands: readonly Allowance[],
  text = '',
): Finding[] {
  const at = { path: ['metadata', 'annotations', key] };
  const wrong = finding('InvalidValue', source, at, { key, value, allowed });
  const kept = finding('LastAcceptedStands', source, at, { key, text });
  return stands.length === 0 ? [wrong] : [wrong, kept];
}

/** The annotations that say the same, by their short keys; none where nothing is denied. */
export function formatSwitches(switches: Switches): readonly (readonly [string, string])[] {
  const stays = autoAllowances.filter((each) => !switches[each]);
  return [
    ...(switches.dns ? [['dns', 'deny'] as const] : []),
    ...(switches.self ? [['self', 'deny'] as const] : []),
    ...(stays.length < autoAllowances.length
      ? [['auto', stays.length === 0 ? 'deny' : stays.join(',')] as const]
      : []),
  ];
}

function readOne(allowance: Allowance): ReadSwitch {
  return (text) => (text === 'deny' ? [allowance] : text === 'allow' ? [] : undefined);
}

/** `deny`, `allow`, or a list of what stays. */
function readAuto(text: string): readonly AutoAllowance[] | undefined {
  if (text === 'deny') return autoAllowances;
  if (text === 'allow') return [];
  const stay = text.split(',').map((word) => word.trim());
  const known = stay.every((word) => autoAllowances.some((each) => each === word));
  return known ? autoAllowances.filter((each) => !stay.includes(each)) : undefined;
}
