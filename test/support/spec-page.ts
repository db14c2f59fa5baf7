import { readFileSync } from 'node:fs';

const page = readFileSync('docs/spec/entries.md', 'utf8');

/** The cells of the table under a heading, row by row, without its head. */
export function rowsUnder(heading: string): string[][] {
  const [section = ''] = page.slice(page.indexOf(`\n## ${heading}\n`) + 1).split('\n## ');
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The code spans of a cell. */
export function textsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** Every entry that docs/spec/entries.md says is refused, with its reason. */
export function refusedEntries(): (readonly [text: string, reason: string])[] {
  return rowsUnder('What is refused').flatMap(([texts = '', reason = '']) =>
    textsIn(texts).map((text) => [text, textsIn(reason)[0] ?? ''] as const),
  );
}
