import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAllDocuments, parseDocument } from 'yaml';
import { splitYaml } from '../../src/cli/documents.ts';
import { readQuickly } from '../../src/cli/fast-yaml.ts';
import { Lines } from '../../src/cli/lines.ts';
import { readDocuments } from '../../src/cli/manifests.ts';
import { type FieldPath, type ParsedText, placeAt, placeOf } from '../../src/cli/places.ts';
import { slowOptions } from '../../src/cli/yaml-tags.ts';
import { runs, runsOf } from '../support/runs.ts';

/** What the parser that keeps places makes of a whole text. */
function readSlowly(text: string) {
  const lines = new Lines(text);
  const documents: { parsed: ParsedText; value: unknown }[] = [];
  const errors: string[] = [];
  for (const document of parseAllDocuments(text, { ...slowOptions, logLevel: 'silent' })) {
    const parsed = { file: 'stdin', text, start: 0, lines, document };
    const [error] = document.errors;
    if (error !== undefined) {
      errors.push(`${placeAt(parsed, error.pos[0])}: ${error.message.split(/ at line|\n/)[0]}`);
    } else documents.push({ parsed, value: worthOf(parsed, errors) });
  }
  return { documents, errors };
}

function worthOf({ document }: ParsedText, errors: string[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    errors.push(expect.stringContaining((error as Error).message) as unknown as string);
    return undefined;
  }
}

function pathsIn(value: unknown, above: FieldPath = []): FieldPath[] {
  if (typeof value !== 'object' || value === null || above.length > 8) return [above];
  const isList = Array.isArray(value);
  const inside = Object.entries(value).flatMap(([key, child]) =>
    pathsIn(child, [...above, isList ? Number(key) : key]),
  );
  return [above, ...inside];
}

const texts = [
  `apiVersion: v1
kind: ConfigMap
metadata:
  name: a-b
  labels: {app: web, "on": yes, 80: 1.5, x: [1, 2, 'q''r']}
data:
  script: |
    line one
      indented

    last
  folded: >-
    some text
    here

    more
  plain: some words
    continued # comment
  "quoted\\n": "a \\u0041 b
    folded"
  empty:
  ? explicit
  : value
spec:
- a: 1
  b:
  - x
  - - y
    - z
- "s"
- ~
-
  c: {}
  d: []
`,
  `# head
kind: List
items:
  - name: x
    value: "1"
  - {name: y, value: 0x1F}
  - "end"
text: |+
 keep

end: 'it''s'
`,
  'a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: *a\n',
  'a: !!str 80\nb: !other {c: 1}\n<<: {d: off}\n',
  '# nothing\n',
  '',
];

const insertions = [
  ...['\t', ' ', '  ', '\n', ':', ': ', '- ', '-', '#', ' #', '"', "'", '|', '>', '{', '}', '['],
  ...[']', ',', ',', '&a ', '*a', '!x ', '? ', '%', '@', '`', '\\', '\r\n', '<<: ', '---', '...'],
  ...[
    '1',
    'a',
    'é',
    '\u2028',
    '\u0085',
    '~',
    '=',
    '!!str ',
    '|2\n',
    '>+\n',
    '\\\n',
    '\n\n',
    '\uFEFF',
  ],
];

const change = fc.record({
  at: fc.nat(),
  removed: fc.constantFrom(0, 0, 1, 3, 40),
  added: fc.constantFrom('', ...insertions),
});

/** Documents as people write them, and with a few slips. */
const documents = fc
  .tuple(fc.constantFrom(...texts), fc.array(change, { maxLength: 2 }), fc.boolean())
  .map(([text, changes, isCrlf]) => {
    const changed = changes.reduce((before, { at, removed, added }) => {
      const position = at % (before.length + 1);
      return before.slice(0, position) + added + before.slice(position + removed);
    }, text);
    return isCrlf ? changed.replaceAll(/\r?\n/g, '\r\n') : changed;
  });

const separators = fc.constantFrom(
  ...[
    '---\n',
    '---\n',
    '--- # next\n',
    '---\r\n',
    '--- ',
    '...\n',
    '...\n---\n',
    '%YAML 1.2\n---\n',
  ],
);

const streams = fc
  .array(fc.tuple(documents, separators), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([text, separator]) => text + separator).join(''))
  .chain((text) => fc.constantFrom(text, `---\n${text}`, `# head\n---\n${text}`, text.trimEnd()));

const scalars = fc
  .array(fc.constantFrom(...'0123456789+-._xXoObBeEaAfF:yYnNtTrRuUsSlLiIkK~=<'), { maxLength: 7 })
  .map((characters) => characters.join(''));

describe('Both parsers of YAML read the same', () => {
  test('a scalar, and a scalar as a key', () => {
    let read = 0;
    fc.assert(
      fc.property(scalars, (text) => {
        for (const document of [`a: ${text}\n`, `? ${text}\n: b\n`, `[${text}, {a: ${text}}]\n`]) {
          const quick = readQuickly(document);
          if (quick === undefined) continue;
          read++;
          const slow = parseDocument(document, slowOptions);
          expect(slow.errors).toEqual([]);
          expect(quick.value).toEqual(slow.toJS());
        }
      }),
      runsOf(runs),
    );
    expect(read).toBeGreaterThan(runs);
  });

  test.each([
    ['a key beside an item', 'spec:\n- "s"b: 1\n'],
    ['an indented marker', ' --- []\n'],
    ['an anchor beside a mapping', 'a: &b c: 1\n'],
    ['a tab before a value', '? a\n \t: b\n'],
    ['a line that goes on after an empty one', 'a: "b\\\n \n c"\n'],
    ['a block with its indentation at the top', '|2\n   a\n'],
    ['a << of the mapping that it stands in', 'a: &a {x: 1}\nb: &a {<<: *a, y: 2}\nc: *a\n'],
  ])('what js-yaml reads in its own way: %s', (_what, text) => {
    const slow = readSlowly(text);
    const read = readDocuments(['-'], () => text);
    expect(read.problems.map(({ place, message }) => `${place}: ${message}`)).toEqual(slow.errors);
    expect(read.documents.map(({ value }) => value)).toEqual(
      slow.documents.map(({ value }) => value),
    );
  });

  test('a document with slips, where the fast one takes it', () => {
    let read = 0;
    fc.assert(
      fc.property(documents, (text) => {
        const quick = splitYaml(text)?.length === 1 ? readQuickly(text) : undefined;
        if (quick === undefined) return;
        read++;
        const slow = readSlowly(text);
        expect(slow.errors).toEqual([]);
        expect(slow.documents.map(({ value }) => value)).toEqual([quick.value]);
      }),
      runsOf(runs),
    );
    expect(read).toBeGreaterThan(runs / 20);
  });

  test('a stream: values, problems, and the place of every field', () => {
    fc.assert(
      fc.property(streams, (text) => {
        const slow = readSlowly(text);
        const read = readDocuments(['-'], () => text);
        const problems = read.problems.map(({ place, message }) => `${place}: ${message}`);
        expect(problems).toEqual(slow.errors);
        expect(read.documents.map(({ value }) => value)).toEqual(
          slow.documents.map(({ value }) => value),
        );
        for (const [index, { parsed, value }] of slow.documents.entries()) {
          for (const path of pathsIn(value).slice(0, 40)) {
            expect(read.documents[index]?.locate(path)).toBe(placeOf(parsed, path));
          }
        }
      }),
      runsOf(runs),
    );
  });
});
