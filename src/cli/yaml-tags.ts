import {
  defineMappingTag,
  defineScalarTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  Schema,
  seqTag,
  strTag,
} from 'js-yaml';
import type { ScalarTag } from 'yaml';
import { firstOfPlain, readPlain } from './scalars.ts';

// Both parsers have one and the same tags, so that it makes no difference which of them reads.

const core = 'tag:yaml.org,2002:';

/** Keys are texts, as in JSON; what has no text as a key is left to the other parser. */
const { create, has, keys, get, identify, addPair } = mapTag;
const keyed = defineMappingTag(mapTag.tagName, {
  ...{ create, has, keys, get, identify },
  addPair: (object, key, value) => (key === null ? 'no key' : addPair(object, key, value)),
});

const plain = defineScalarTag<unknown>('plain', {
  implicit: true,
  implicitFirstChars: firstOfPlain,
  identify: () => false,
  resolve: (text, isExplicit) => {
    const value = isExplicit ? text : readPlain(text);
    return typeof value === 'string' ? NOT_RESOLVED : value;
  },
});

/** For js-yaml: written tags but `!!str`, `!!map` and `!!seq` are unknown, and so refused. */
export const fastSchema = new Schema([strTag, seqTag, keyed, plain, mergeTag]);

const given = (
  type: string,
  isOfType: (value: unknown) => boolean,
): Pick<ScalarTag, 'tag' | 'resolve'> => ({
  tag: `${core}${type}`,
  resolve: (text, onError) => {
    const value = readPlain(text);
    if (!isOfType(value)) onError(`this is no ${type}`);
    return value;
  },
});

const tags: (ScalarTag | 'merge')[] = [
  'merge',
  { tag: 'plain', default: true, test: /^/, resolve: readPlain },
  given('null', (value) => value === null),
  given('bool', (value) => typeof value === 'boolean'),
  given('int', Number.isInteger),
  given('float', (value) => typeof value === 'number'),
  { tag: `${core}binary`, resolve: (text) => Buffer.from(text, 'base64').toString('utf8') },
];

/** For yaml. Tags that it does not know, kubectl does not either: it takes what stands after them. */
export const slowOptions = {
  ...{ strict: true, merge: true, schema: 'failsafe', resolveKnownTags: false },
  customTags: tags,
} as const;
