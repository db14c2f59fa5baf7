import { describe, expect, test } from '@jest/globals';
import { createChecks } from '../checks.ts';
import { createPage, formatDuration, pageWidth } from '../page.ts';
import { renderTable } from '../table.ts';

function listenIn(): { lines: () => string[]; page: ReturnType<typeof createPage> } {
  let text = '';
  const page = createPage((more) => {
    text += more;
  });
  return { page, lines: () => text.split('\n') };
}

const columns = [
  { title: 'NAME', most: 10 },
  { title: 'FROM', most: 12 },
];

describe('a table', () => {
  test('breaks a cell between its items, and keeps the lines of a text', () => {
    expect(renderTable(columns, [['cart\n  app=cart', ['shop:7070', 'jobs:7070']]])).toEqual([
      'NAME        FROM',
      'cart        shop:7070,',
      '  app=cart  jobs:7070',
    ]);
  });

  test('puts as many items on a line as there is room for', () => {
    expect(renderTable(columns, [['a', ['b', 'c', 'defghijklm', 'n']]])).toEqual([
      'NAME  FROM',
      'a     b, c,',
      '      defghijklm,',
      '      n',
    ]);
  });
});

describe('a page', () => {
  test('never goes beyond its width', () => {
    const { page, lines } = listenIn();
    page.act('A title', 'some words '.repeat(40));
    page.held('a long sentence '.repeat(12), 12_345);
    page.note('more words '.repeat(40));
    expect(Math.max(...lines().map(({ length }) => length))).toBeLessThanOrEqual(pageWidth);
  });

  test('is silent once it is closed', () => {
    const { page, lines } = listenIn();
    page.close();
    page.note('too late');
    expect(lines()).toEqual(['']);
  });

  test.each([
    [undefined, ''],
    [0.4, '< 1 ms'],
    [999, '999 ms'],
    [6_130, '6.1 s'],
  ])('says %p as "%s"', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('checks', () => {
  const still = { nextChange: () => Promise.resolve() };

  test('that fail say what was expected and what was seen', () => {
    const { page, lines } = listenIn();
    const checks = createChecks(page, still);
    checks.equal('it holds', 1, 1);
    checks.equal('it does not', { port: 80 }, { port: 443 });
    const [expected, seen] = lines()
      .slice(-3)
      .map((line) => line.trim());
    expect([expected, seen]).toEqual(['expected: { port: 443 }', 'seen:     { port: 80 }']);
    expect(checks.summary()).toBe('demo: 1 of 2 checks failed');
    expect(checks.failed).toBe(1);
  });

  test('wait for a change to have its effect', async () => {
    const { page } = listenIn();
    const checks = createChecks(page, still);
    let looks = 0;
    await checks.becomes('it comes', 3, () => ++looks, performance.now());
    expect(checks.summary()).toBe('demo: 1 checks held');
  });
});
