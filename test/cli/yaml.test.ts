import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readDocuments, readManifests, readSources } from '../../src/cli/manifests.ts';

function worthOf(text: string): unknown {
  const { documents, problems } = readDocuments(['-'], () => text);
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  return documents[0]?.value;
}

function namesIn(paths: readonly string[], text = '') {
  const { manifests, problems } = readManifests(paths, () => text);
  const lines = problems.map(({ place, message }) => `${place}: ${message}`);
  return { names: manifests.map(({ value }) => value.metadata), lines, manifests };
}

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
const json = (name: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** What sigs.k8s.io/yaml 1.6.0, with which kubectl reads, makes of them. */
const scalars: readonly (readonly [text: string, value: unknown])[] = [
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((text) => [text, true] as const),
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((text) => [text, false] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
  ...['yEs', 'tRUE', 'nULL', 't', 'f', 'o', 'nope', '~a'].map((text) => [text, text] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['010', 8],
    ['-010', -8],
    ['+010', 8],
  ] as const),
  ...([
    ['08', 8],
    ['09.5', 9.5],
    ['0o17', 15],
    ['0O17', 15],
    ['-0o17', -15],
  ] as const),
  ...([
    ['0x1F', 31],
    ['0X1f', 31],
    ['-0x1F', -31],
    ['0xG', '0xG'],
    ['0x', '0x'],
  ] as const),
  ...([
    ['0b11', 3],
    ['0B11', 3],
    ['-0b11', -3],
    ['0b2', '0b2'],
  ] as const),
  ...([
    ['1_000', 1000],
    ['1__0', 10],
    ['1_', 1],
    ['_1', '_1'],
    ['0x_f', 15],
  ] as const),
  ...([
    ['+1', 1],
    ['+', '+'],
    ['+-1', '+-1'],
    ['0-1', '0-1'],
  ] as const),
  ...([
    ['1.5', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['+.5', 0.5],
    ['.', '.'],
    ['1.2.3', '1.2.3'],
  ] as const),
  ...([
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['.5e3', 500],
    ['1e', '1e'],
    ['12e03', 12_000],
  ] as const),
  ...([
    ['.5_0', 0.5],
    ['._5', '._5'],
    ['1e400', '1e400'],
    ['0x1p3', '0x1p3'],
  ] as const),
  ...([
    ['1:30', '1:30'],
    ['190:20:30', '190:20:30'],
    ['=', '='],
    ['<<', '<<'],
  ] as const),
  ...([
    ['2001-01-01', '2001-01-01'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['80/TCP', '80/TCP'],
  ] as const),
  ...([
    ['18446744073709551616', 2 ** 64],
    ['0x10000000000000000', '0x10000000000000000'],
  ] as const),
  ...([
    ['02000000000000000000000', 2e21],
    ['-0x8000000000000001', '-0x8000000000000001'],
  ] as const),
];

describe('YAML is read as kubectl reads it', () => {
  test.each(scalars)('%s', (text, value) => {
    expect(worthOf(`a: ${text}\n`)).toEqual({ a: value });
    // By the other parser.
    expect(worthOf(`a: &a ${text}\n`)).toEqual({ a: value });
    expect(worthOf(`a: "${text}"\n`)).toEqual({ a: text });
  });

  test('numbers without end', () => {
    const infinite = { a: Number.POSITIVE_INFINITY, b: Number.NEGATIVE_INFINITY, c: Number.NaN };
    expect(worthOf('a: .inf\nb: -.Inf\nc: .nan\n')).toEqual(infinite);
  });

  test('keys are texts', () => {
    const keys = { 80: 'a', true: 'b', 8: 'c', 1.5: 'd', '1.10': 'e' };
    const text = '80: a\non: b\n010: c\n1.5: d\n"1.10": e\n';
    expect(worthOf(text)).toEqual(keys);
    expect(worthOf(`${text}x: &x z\n`)).toEqual({ ...keys, x: 'z' });
  });

  test.each([
    ['!!str 80', '80'],
    ['!!int "010"', 8],
    ['!!bool "yes"', true],
    ['!!float 1', 1],
    ['!!null ""', null],
    ['!!binary aGk=', 'hi'],
    ['!!timestamp 2001-01-01', '2001-01-01'],
    ['!other 80', '80'],
    ['!other {b: off}', { b: false }],
    ['!!set {b}', { b: null }],
  ])('with a tag: %s', (text, value) => {
    expect(worthOf(`a: ${text}\n`)).toEqual({ a: value });
  });

  test('a field by a key that is no text has its place', () => {
    const { documents } = readDocuments(['-'], () => 'a:\n  on: x\n  80: y\n');
    expect(documents[0]?.locate(['a', 'true'])).toBe('stdin:2:7');
    expect(documents[0]?.locate(['a', '80'])).toBe('stdin:3:7');
  });
});

test('A place in a later document is one in the file', () => {
  const { manifests } = namesIn(['-'], `# head\n---\n${namespace('a')}---\r\n${namespace('b')}`);
  expect(manifests.map(({ locate }) => locate(['metadata', 'name']))).toEqual([
    'stdin:5:18',
    'stdin:9:18',
  ]);
});

test('A document that does not parse stops no other, and one with an alias neither', () => {
  const alias = `${namespace('b')}x: &x 1\ny: *x\n`;
  const text = `${namespace('a')}---\na: 1\n\tb: 2\n---\n${alias}---\n${namespace('c')}`;
  const { names, lines } = namesIn(['-'], text);
  expect(names).toEqual([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  expect(lines).toEqual(['stdin:6:1: Tabs are not allowed as indentation']);
});

describe('Several values of JSON in one text', () => {
  test.each([
    ['one a line', `${json('a')}\n${json('b')}\n`],
    ['without anything between them', json('a') + json('b')],
    ['on many lines', `${JSON.stringify(JSON.parse(json('a')), null, 2)}\r\n\n${json('b')}`],
  ])('are all read: %s', (_what, text) => {
    const { names, lines } = namesIn(['-'], text);
    expect(lines).toEqual([]);
    expect(names).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('have their places in the file', () => {
    const { manifests } = namesIn(['-'], `${json('a')}\n${json('b}"{')} ${json('c')}\n`);
    expect(manifests.map(({ locate }) => locate(['metadata', 'name']))).toEqual([
      'stdin:1:58',
      'stdin:2:58',
      'stdin:2:125',
    ]);
  });

  test('with one that is cut off are told as YAML is', () => {
    const { lines } = namesIn(['-'], `${json('a')}\n{"kind":`);
    expect(lines).toEqual([expect.stringMatching(/^stdin:\d:\d+: /)]);
  });
});

describe('The encoding of a file', () => {
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');
  const files: Readonly<Record<string, Buffer>> = {
    'UTF-8 with its mark': Buffer.from(`\uFEFF${namespace('a')}`),
    'JSON with its mark': Buffer.from(`\uFEFF${json('a')}`),
    'UTF-16LE with its mark': utf16(`\uFEFF${namespace('a')}`),
    'UTF-16BE with its mark': utf16(`\uFEFF${namespace('a')}`).swap16(),
  };
  const readFile = (bytes: Buffer) => {
    const folder = mkdtempSync(join(tmpdir(), 'appconn-encoding-'));
    try {
      writeFileSync(join(folder, 'a.yaml'), bytes);
      return namesIn([folder]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test.each(Object.keys(files))('%s', (name) => {
    const { names, lines, manifests } = readFile(files[name] ?? Buffer.of());
    expect(lines).toEqual([]);
    expect(names).toEqual([{ name: 'a' }]);
    expect(manifests[0]?.locate(['apiVersion'])).toMatch(/a\.yaml:1:1[35]$/);
  });

  test.each([
    ['LE', utf16(namespace('a'))],
    ['BE', utf16(namespace('a')).swap16()],
  ])('UTF-16%s without its mark is told', (_order, bytes) => {
    expect(readFile(bytes).lines).toEqual([
      expect.stringMatching(/a\.yaml:1:1: this looks like UTF-16 without a byte order mark; save/),
    ]);
  });

  test('a << behind a key that it brings is an error, since kubectl lets the later one win', () => {
    const said = (labels: string) =>
      readSources([
        {
          file: 'a.yaml',
          text: `apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: ${labels}}\n`,
        },
      ]);
    expect(said('{app: other, <<: {app: db}}').problems).toEqual([
      {
        place: 'a.yaml:3:42',
        message:
          'this << brings a key that stands before it, and kubectl would let it win; write << first',
      },
    ]);
    for (const labels of [
      '{<<: {app: db}, app: other}',
      '{other: x, <<: {app: db}}',
      '{"<<": x}',
    ]) {
      expect(said(labels)).toMatchObject({ problems: [], manifests: [{ kind: 'Pod' }] });
    }
  });

  test('JSON that is nested without an end stops no other file', () => {
    const deep = `{"apiVersion": "v1", "kind": "ConfigMap", "data": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const files = [
      { file: 'deep.json', text: deep },
      { file: 'b.yaml', text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n' },
    ];
    const { manifests, problems } = readSources(files);
    expect(manifests).toMatchObject([{ kind: 'Pod' }]);
    expect(problems).toEqual([
      {
        place: expect.stringMatching(/^deep\.json:/),
        message: 'it is nested too deeply to be read',
      },
    ]);
  });
});
