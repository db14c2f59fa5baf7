import { z } from 'zod';
import { otherKinds } from '../core/intent/entry.ts';
import { quote } from '../core/intent/explain.ts';
import { kindName } from '../core/intent/fields.ts';
import { defaultKinds, type KindOfWorkload, optionalKinds } from '../core/model/kinds.ts';
import { domain } from './fields.ts';

/** A name in small letters: of an API version, of a resource, or before the slash of an entry. */
const word = z
  .string()
  .max(63)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, {
    error: ({ input }) =>
      `${quote(input)} has other characters than lower-case letters, digits and "-", or does not begin with a letter`,
  });

const fieldPath = z
  .string()
  .max(253)
  .regex(/^spec(\.[a-z][A-Za-z0-9]*)+$/, {
    error: ({ input }) => `${quote(input)} is no path of fields below spec, such as spec.template`,
  });

const customKind = z.strictObject({
  group: domain,
  version: word,
  kind: kindName,
  plural: word,
  /** What entries call it; unless given the kind in lower case, and the plural. */
  words: z.array(word).min(1).optional(),
  template: fieldPath.default('spec.template'),
  /** `none`: the labels of the template select. */
  selector: z.union([z.literal('none'), fieldPath]).default('spec.selector'),
});

type CustomKind = z.infer<typeof customKind>;

/** Kinds of workload besides those that are always read (docs/design/0010, *Kinds of workload*). */
export const workloadsSchema = z
  .strictObject({
    kinds: z.array(z.enum(optionalKinds.map(({ kind }) => kind))).default([]),
    custom: z.array(customKind).default([]).superRefine(refuseTaken),
  })
  .default({ kinds: [], custom: [] });

export function workloadKindsOf({ kinds, custom }: z.infer<typeof workloadsSchema>) {
  const asked = optionalKinds.filter(({ kind }) => kinds.includes(kind));
  return [...defaultKinds, ...asked, ...custom.map(kindOf)];
}

function kindOf(custom: CustomKind): KindOfWorkload {
  const { group, version, kind, plural, template, selector } = custom;
  return {
    ...{ group, version, kind, plural },
    words: wordsOf(custom),
    template: template.split('.'),
    ...(selector !== 'none' && { selector: selector.split('.') }),
  };
}

function wordsOf({ kind, plural, words }: CustomKind): readonly string[] {
  return words ?? [...new Set([kind.toLowerCase(), plural])];
}

/** Entries and resources name a kind by its name alone, so that it must not be another's as well. */
function refuseTaken(custom: readonly CustomKind[], context: z.RefinementCtx): void {
  const known = [...defaultKinds, ...optionalKinds];
  const kinds = new Set([
    'Service',
    'Namespace',
    'AppConnectivity',
    ...known.map(({ kind }) => kind),
  ]);
  const words = new Set([...Object.keys(otherKinds), ...known.flatMap((each) => each.words)]);
  custom.forEach((each, index) => {
    const { kind } = each;
    const complain = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [index, field], message });
    if (kinds.has(kind)) {
      complain('kind', `there is a kind ${kind} already, and entries could not tell the two apart`);
    }
    kinds.add(kind);
    const taken = wordsOf(each).filter((one) => words.has(one));
    if (taken.length > 0) {
      complain(
        'words',
        `${taken.join(', ')} means another kind already; give ${kind} words of its own`,
      );
    }
    for (const one of wordsOf(each)) words.add(one);
  });
}
