import { canonicalJson, isObject, readJsonObject } from '../model/canonical-json.ts';
import {
  autoAllowances,
  type Declaration,
  type SubjectRef,
  type Switches,
} from '../model/declaration.ts';
import { kindOfName } from '../model/kinds.ts';
import { compareText } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import { prefix } from './keys.ts';
import { formatSwitches } from './switches.ts';

/** The accepted texts of one object's annotations, by short key, such as `talks-to`. */
export type KeptTexts = Readonly<Record<string, string>>;

/** What was accepted of a resource: a spec that reads as just that. */
export type KeptSpec = Readonly<Record<string, unknown>>;

/** The field of a resource that lists a direction. */
export type ListField = 'talksTo' | 'acceptsFrom';

/** Everything that one policy remembers; resources by name. */
export interface Kept {
  /** Of the workload that the policy was written for. */
  readonly own: KeptTexts;
  readonly namespace: KeptTexts;
  readonly resources: Readonly<Record<string, KeptSpec>>;
}

/** What an object says that is accepted. */
interface Accepted {
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
  readonly monitorsFrom?: readonly string[];
  readonly audits?: boolean;
}

/**
 * Of an object's metadata at most 256 KiB are annotations, anyone's. What does not fit is left out:
 * a policy without a text is better than no policy.
 */
const mostCharacters = 128 * 1024;
const resourcePrefix = 'AppConnectivity/';

export function listFieldOf(direction: Direction): ListField {
  return direction === 'Egress' ? 'talksTo' : 'acceptsFrom';
}

/** A key of an annotation without our prefix. */
export function shortKey(key: string): string {
  return key.slice(prefix.length);
}

/**
 * The accepted annotations of an object in canonical form: entries sorted and each once, which is
 * never longer than they were written, so that reading them again meets no bound.
 */
export function keepTexts({
  declarations,
  switches,
  monitorsFrom = [],
  audits = false,
}: Accepted): KeptTexts {
  const said = declarations.map(({ direction, nobody, entries }) => {
    const texts = [...new Set(entries.map(({ text }) => text))].sort(compareText);
    const key = direction === 'Egress' ? 'talks-to' : 'accepts-from';
    return [key, nobody ? 'none' : texts.join(',')] as const;
  });
  const monitors =
    monitorsFrom.length === 0 ? [] : [['monitors-from', monitorsFrom.join(',')] as const];
  const mode = audits ? [['mode', 'audit'] as const] : [];
  return Object.fromEntries([...said, ...formatSwitches(switches), ...monitors, ...mode]);
}

/** What was accepted of a resource; undefined when no direction was. */
export function keepSpec(
  accepted: Accepted & { readonly subject?: SubjectRef },
): KeptSpec | undefined {
  const { subject, declarations, switches } = accepted;
  if (subject === undefined || declarations.length === 0) return undefined;
  const auto = autoAllowances.filter((each) => switches[each]);
  return {
    ...subjectSpec(subject),
    ...(switches.dns && { dns: 'Deny' }),
    ...(switches.self && { self: 'Deny' }),
    ...(auto.length > 0 && { auto: Object.fromEntries(auto.map((each) => [each, 'Deny'])) }),
    ...Object.fromEntries(declarations.map((each) => [listFieldOf(each.direction), listOf(each)])),
  };
}

/** The fields of a spec that say for whom it speaks. */
export function subjectSpec(subject: SubjectRef): KeptSpec {
  if (subject.type === 'selector') return { selector: subject.selector };
  if (subject.type === 'namespace') return {};
  return { workload: { kind: kindOfName(subject.kind).kind, name: subject.name } };
}

function listOf({ nobody, entries }: Declaration): unknown[] {
  if (nobody) return [{ nobody: true }];
  const texts = new Map(entries.map(({ written }) => [canonicalJson(written), written]));
  return [...texts].sort(([a], [b]) => compareText(a, b)).map(([, written]) => written);
}

/**
 * The text of the annotation: JSON with sorted keys; undefined when there is nothing to remember.
 * `left` names the resources that did not fit.
 */
export function formatKept({ own, namespace, resources }: Kept): {
  readonly text: string | undefined;
  readonly left: readonly string[];
} {
  const base = { ...own, ...(Object.keys(namespace).length > 0 && { Namespace: namespace }) };
  const all: Record<string, unknown> = { ...base };
  const left: string[] = [];
  const ofBase = canonicalJson(base);
  let { length } = ofBase;
  for (const name of Object.keys(resources).sort(compareText)) {
    const key = `${resourcePrefix}${name}`;
    const more = canonicalJson({ [key]: resources[name] }).length;
    if (length + more > mostCharacters) left.push(name);
    else {
      all[key] = resources[name];
      length += more;
    }
  }
  const fields = Object.keys(all).length;
  const text = fields === Object.keys(base).length ? ofBase : canonicalJson(all);
  return { text: fields === 0 ? undefined : text, left };
}

/** Reads the annotation. What has not the right shape was not written by us, and is nothing. */
export function readKept(text: string | undefined): Kept {
  const fields = Object.entries(readJsonObject(text));
  const resources = fields.flatMap(([key, spec]) =>
    key.startsWith(resourcePrefix) && isObject(spec)
      ? [[key.slice(resourcePrefix.length), spec] as const]
      : [],
  );
  const namespace = fields.find(([key]) => key === 'Namespace')?.[1];
  return {
    own: textsIn(fields),
    namespace: isObject(namespace) ? textsIn(Object.entries(namespace)) : {},
    resources: Object.fromEntries(resources),
  };
}

function textsIn(fields: readonly (readonly [string, unknown])[]): KeptTexts {
  return Object.fromEntries(
    fields.flatMap(([key, text]) =>
      typeof text === 'string' && /^[a-z-]+$/.test(key) ? [[key, text] as const] : [],
    ),
  );
}
