import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readAssertions, type WrittenAssertion } from '../../src/cli/check-file.ts';
import { formatReport, type Result } from '../../src/cli/check-report.ts';
import { appconn } from './appconn.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'appconn-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Names of files as they are in the folder. */
function ask(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = appconn(args, input);
  const short = (text: string) => text.replaceAll(`${folder}/`, '');
  return { status, stdout: short(stdout), stderr: short(stderr) };
}

const boutique = [
  ...['-f', 'examples/online-boutique/kubernetes-manifests.yaml'],
  ...['-f', 'examples/online-boutique/upstream-network-policies'],
];

describe('The example of docs/cli.md', () => {
  const section = readFileSync('docs/cli.md', 'utf8').split('\n## ');
  const own = section.find((text) => text.startsWith('`appconn check`')) ?? '';
  const [tests = '', shown = '', json = ''] = [...own.matchAll(/```\w*\n([\s\S]*?)```/g)].map(
    ([, text = '']) => text,
  );
  const [command = '', ...printed] = shown.split('\n');

  test('prints what it shows there, and exits with 1', () => {
    expect(command).toBe(`$ appconn check network-tests.yaml ${boutique.join(' ')}`);
    const { stdout, status } = ask(['check', write('network-tests.yaml', tests), ...boutique]);
    expect(stdout).toBe(printed.join('\n'));
    expect(status).toBe(1);
  });

  test('has the JSON form that it shows there', () => {
    const path = write('network-tests.yaml', tests);
    const { stdout } = ask(['check', path, ...boutique, '-o', 'json']);
    const whole = JSON.parse(stdout.replaceAll(`${folder}/`, ''));
    const documented = JSON.parse(json);
    const [listed] = documented.results[0].counterexamples.listed;
    const [first] = whole.results[2].counterexamples.listed;
    expect({ ...first, reasons: [] }).toEqual(listed);
    expect(first.reasons.map(({ direction }: { direction: string }) => direction)).toEqual([
      'egress',
      'ingress',
    ]);
    expect(whole).toMatchObject({
      ...documented,
      results: [
        { ok: true, line: 2, kind: 'allow', counterexamples: { total: 0, listed: [] } },
        { ok: true, line: 7, kind: 'deny' },
        {
          ...documented.results[0],
          counterexamples: { total: 2, listed: [{ to: 'Deployment/default/frontend' }, {}] },
        },
      ],
    });
  });
});

describe('appconn check', () => {
  test('exits with 0 when all hold, of several files and stdin', () => {
    const tests = `allow: [{from: deploy/frontend, to: svc/cartservice, ports: [7070]}]
---
deny: [{from: deploy/adservice, to: deploy/redis-cart}]
`;
    const other = write('other.yaml', 'deny:\n- {from: outside, to: svc/cartservice}\n');
    const { stdout, status } = ask(['check', '-', other, ...boutique], tests);
    expect(stdout).toBe(`ok    allow deploy/frontend to svc/cartservice on 7070 (stdin:1)
ok    deny deploy/adservice to deploy/redis-cart (stdin:3)
ok    deny outside to svc/cartservice (other.yaml:2)

3 of 3 assertions hold.
`);
    expect(status).toBe(0);
  });

  test('exits with 2 for a party that is not known, and still judges the others', () => {
    const tests = `deny:
- {from: deploy/frontend, to: deploy/adservice}
- {from: defualt/*/*, to: deploy/adservice}
`;
    const { stdout, status } = ask(['check', '-', ...boutique], tests);
    expect(stdout).toContain('FAIL  deny deploy/frontend to deploy/adservice (stdin:2)\n');
    expect(stdout).toContain(`error deny defualt/*/* to deploy/adservice (stdin:3)
      "defualt/*/*" matches nobody in the input; did you mean default/*/*?

0 of 2 assertions hold, 1 fails, 1 cannot be judged.
`);
    expect(status).toBe(2);
  });

  test('exits with 2 for an input that cannot be read whole, and tells what holds in the rest', () => {
    const broken = write('broken.yaml', 'kind: [\n');
    const tests = write('tests.yaml', 'allow: [{from: deploy/frontend, to: svc/adservice}]');
    const { stdout, stderr, status } = ask(['check', tests, '-f', broken, ...boutique]);
    expect(stdout).toContain('1 of 1 assertions hold.\n');
    expect(stderr).toContain('broken.yaml:2:1: error: ');
    expect(status).toBe(2);
  });

  test('judges nothing where a tests file is wrong, and says where and how', () => {
    const path = write('wrong.yaml', 'deny:\n  - form: a\n    from: a\n    to: b\n');
    const { stdout, stderr, status } = ask(['check', path, ...boutique]);
    expect(stderr).toBe(
      'wrong.yaml:2:11: error: deny: there is no field "form"; did you mean from?\n',
    );
    expect([stdout, status]).toEqual(['', 2]);
  });

  test.each([
    ['no tests file', [], '', "missing required argument 'tests'"],
    ['stdin twice', ['-', '-f', '-'], '', 'stdin cannot be both the manifests and the assertions'],
    ['no assertion', ['-', '-f', 'x'], 'deny: []', 'there is no assertion in stdin; list some'],
    ['no such file', ['gone.yaml', '-f', 'x'], '', 'cannot read gone.yaml (ENOENT)'],
  ])('exits with 2 for wrong usage: %s', (_case, args, input, message) => {
    const { stdout, stderr, status } = ask(['check', ...args], input);
    expect(stderr).toContain(message);
    expect([stdout, status]).toEqual(['', 2]);
  });
});

describe('A tests file', () => {
  test.each([
    ['from: */*/*', '2:9: a pattern that begins with a star needs quotes; write "*/*/*"'],
    ['from: [a, 3]\n  to: b', '2:13: deny.from: 3 must be a string; write "3", with the quotes'],
    ['from: a\n  to: []', '3:7: deny.to: it is empty; name a party, such as shop/deployment/web'],
    ['from: a', '2:3: deny.to: it is missing; it must be a string'],
    [
      'from: a\n  to: b\n  ports: [80, true]',
      '4:15: deny.ports: a port is 80, 443/TCP, http or 8000-8100/UDP',
    ],
    [
      'from: a\n  to: b\n  ports: 99999',
      '4:10: deny.ports: "99999" is no port; ports are 1 to 65535',
    ],
    ['from: a\n  to: b\n  ports: []', '4:10: deny.ports: it is empty; leave it out for every port'],
    ['from: a\n  from: b', '3:3: Map keys must be unique'],
  ])('%j is told at its place', (text, expected) => {
    const { problems, assertions } = readAssertions(['-'], () => `deny:\n- ${text}\n`);
    expect(problems.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      `stdin:${expected}`,
    ]);
    expect(assertions).toEqual([]);
  });
});

describe('Formats for machines', () => {
  const hostile = 'a "<b>" & \'c\' # skip \\ \u0007';
  const assertion: WrittenAssertion = {
    ...{ kind: 'deny', from: [], except: [], to: [], ports: [] },
    ...{ name: hostile, file: 'a&b.yaml', line: 3 },
  };
  const results: Result[] = [
    { assertion: { ...assertion, name: 'fine' }, outcome: { ok: true, total: 0, listed: [] } },
    { assertion, outcome: { error: `${hostile} is nobody` } },
    {
      assertion: { ...assertion, file: 'other.yaml' },
      outcome: {
        ...{ ok: false, total: 12 },
        listed: [
          {
            ...{ from: hostile, to: 'x', ports: ['80/TCP'] },
            answer: { error: 'first: reason\nof two "lines"' },
          },
        ],
      },
    },
  ];
  const format = (name: 'tap' | 'junit') =>
    formatReport(
      results,
      name,
      () => undefined,
      (_yes, text) => text,
    );

  test('TAP 14 has one point for each assertion, and a YAML block where it does not hold', () => {
    const lines = format('tap').split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'TAP version 14',
      '1..3',
      'ok 1 - fine',
      `not ok 2 - ${hostile.replace('#', '\\#').replace('\\ \u0007', '\\\\ \u0007')}`,
    ]);
    const blocks = format('tap').split(/^ {2}---\n|^ {2}\.\.\.\n/m);
    expect([blocks[1], blocks[3]].map((text) => parse(text ?? ''))).toEqual([
      {
        ...{ message: `${hostile} is nobody`, severity: 'error' },
        at: { file: 'a&b.yaml', line: 3 },
      },
      {
        message: `${hostile} may open connections to x on 80/TCP, and so it is for 11 more pairs. first: reason\nof two "lines"`,
        ...{ severity: 'fail', at: { file: 'other.yaml', line: 3 } },
      },
    ]);
  });

  test('JUnit XML is well-formed, with a suite for each file and a case for each assertion', () => {
    const xml = format('junit');
    const open: string[] = [];
    const seen: string[] = [];
    const rest = xml
      .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
      .replaceAll(
        /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g,
        (_tag, closes: string, name: string, _attributes: string, empty: string) => {
          if (closes) expect(open.pop()).toBe(name);
          else {
            seen.push([...open, name].join('/'));
            if (!empty) open.push(name);
          }
          return '';
        },
      );
    expect(open).toEqual([]);
    expect(rest).not.toMatch(/[<>]/);
    expect(xml).not.toContain('\u0007');
    expect(xml.match(/&(?!(amp|lt|gt|quot);)/)).toBeNull();
    const suite = 'testsuites/testsuite';
    expect(seen).toEqual([
      ...['testsuites', suite, `${suite}/testcase`, `${suite}/testcase`, `${suite}/testcase/error`],
      ...[suite, `${suite}/testcase`, `${suite}/testcase/failure`],
    ]);
    expect(xml).toContain('<testsuites name="appconn check" tests="3" failures="1" errors="1">');
    expect(xml).toContain('<testsuite name="a&amp;b.yaml" tests="2" failures="0" errors="1">');
    expect(xml).toContain('name="a &quot;&lt;b&gt;&quot; &amp; \'c\' # skip \\ "');
  });
});
