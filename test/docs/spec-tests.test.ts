import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const page = readFileSync('docs/spec/tests.md', 'utf8');

interface Rule {
  readonly text: string;
  /** Files with the titles in them, from the outermost to the test's own. */
  readonly tests: readonly (readonly [file: string, titles: readonly string[]])[];
  /** Where it is written, in place of a test, or beside one. */
  readonly elsewhere: readonly string[];
}

const rule = /^(?:- |\d+\. )(?<text>.+)$/;
const named = /^ {2}- `(?<file>[^`]+)`: (?<titles>.+)$/;
const written = /^ {2}- (?<elsewhere>[^`].+)$/;

/** The rules of the page, each with what stands below it. */
function readRules(): readonly Rule[] {
  const rules: Rule[] = [];
  for (const line of page.split('\n')) {
    const text = rule.exec(line)?.groups?.text;
    if (text !== undefined) rules.push({ text, tests: [], elsewhere: [] });
    const last = rules.at(-1);
    if (last === undefined) continue;
    const { file, titles } = named.exec(line)?.groups ?? {};
    const { elsewhere } = written.exec(line)?.groups ?? {};
    const tests = file && titles ? [[file, titles.split(' › ')] as const] : [];
    rules[rules.length - 1] = {
      text: last.text,
      tests: [...last.tests, ...tests],
      elsewhere: [...last.elsewhere, ...(elsewhere === undefined ? [] : [elsewhere])],
    };
  }
  return rules;
}

/** The numbers of the items below a heading. */
function numbersUnder(heading: string): number[] {
  const [section = ''] = page.slice(page.indexOf(`\n## ${heading}\n`) + 1).split('\n## ');
  return [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
}

/** Whether a source has these titles, as they are written, one below the other. */
function hasTitles(source: string, titles: readonly string[]): boolean {
  let from = 0;
  for (const title of titles) {
    const places = ["'", '"', '`'].map((quote) =>
      source.indexOf(`${quote}${title}${quote},`, from),
    );
    const found = places.filter((place) => place >= 0);
    if (found.length === 0) return false;
    from = Math.min(...found) + title.length;
  }
  return true;
}

const rules = readRules();
const tests = rules.flatMap((each) => each.tests);

describe('docs/spec/tests.md', () => {
  test('names tests that there are', () => {
    const missing = tests.filter(
      ([file, titles]) => !(existsSync(file) && hasTitles(readFileSync(file, 'utf8'), titles)),
    );
    expect(missing).toEqual([]);
    expect(tests.length).toBeGreaterThan(200);
  });

  test('has a test for each rule, or says where it is written', () => {
    const bare = rules.filter((each) => each.tests.length + each.elsewhere.length === 0);
    expect(bare.map(({ text }) => text)).toEqual([]);
    const links = rules.flatMap(
      ({ elsewhere }) => elsewhere.join().match(/(?<=\]\()[^)#]+/g) ?? [],
    );
    expect(links.filter((link) => !existsSync(`docs/spec/${link}`))).toEqual([]);
  });

  test.each([
    ['Hard cases', 54],
    ['Wishes of other tools’ users', 30],
  ])('%s stand all, in order: 1 to %d', (heading, last) => {
    expect(numbersUnder(heading)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });
});
