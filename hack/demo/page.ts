import { inspect, stripVTControlCharacters, styleText } from 'node:util';

export const pageWidth = 100;
const indent = '    ';

type Style = Parameters<typeof styleText>[0];

/** What the demo prints, at most `pageWidth` columns wide, until it is closed. */
export interface Page {
  /** Begins a numbered act. */
  act(title: string, explanation: string): void;
  /** A paragraph in plain words. */
  note(text: string): void;
  /** Lines as they are. */
  lines(lines: readonly string[]): void;
  /** A check that held, and how long the change took to have its effect. */
  held(sentence: string, milliseconds?: number): void;
  failed(sentence: string, expected: unknown, seen: unknown): void;
  /** The last line. */
  summary(line: string): void;
  /** Why it could not go on, to the error output. */
  error(sentence: string): void;
  /** Nothing is printed any more. */
  close(): void;
}

export function createPage(write: (text: string) => void): Page {
  let acts = 0;
  let closed = false;
  const lines = (all: readonly string[]) => {
    if (!closed) write(all.map((line) => `${line.trimEnd()}\n`).join(''));
  };
  const shown = (value: unknown) =>
    inspect(value, { depth: null, breakLength: pageWidth - 20, maxStringLength: 400 })
      .split('\n')
      .map((line, at) => (at === 0 ? line : `${indent}            ${line}`));
  return {
    act: (title, explanation) => {
      const number = `${++acts}`.padStart(2);
      const rest = wrap(explanation, pageWidth - indent.length).map((line) => indent + line);
      lines([
        '',
        `${paint('bold', `${number}  ${title}`)}`,
        ...rest.map((line) => paint('dim', line)),
      ]);
    },
    note: (text) => lines(wrap(text, pageWidth - indent.length).map((line) => indent + line)),
    lines: (all) => lines(all.map((line) => (line === '' ? '' : indent + line))),
    held: (sentence, milliseconds) =>
      lines(checkLines(paint('green', '✓'), sentence, formatDuration(milliseconds))),
    failed: (sentence, expected, seen) =>
      lines([
        ...checkLines(paint('red', '✗'), paint('red', sentence), ''),
        ...['expected: ', 'seen:     '].flatMap((word, at) =>
          shown(at === 0 ? expected : seen).map((line, row) =>
            row === 0 ? `${indent}  ${word}${line}` : line,
          ),
        ),
      ]),
    summary: (line) => lines([line]),
    error: (sentence) => {
      if (!closed) console.error(`demo: ${sentence}`);
    },
    close: () => {
      closed = true;
    },
  };
}

/** Colours only on a terminal, and not where NO_COLOR asks for none. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** How many columns a text takes, colours aside. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Breaks a text between words. A word that is longer than `width` keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** `34 ms`, `6.1 s`; nothing for undefined. */
export function formatDuration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '';
  if (milliseconds < 1) return '< 1 ms';
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** The time stands at the right edge of the first line. */
function checkLines(mark: string, sentence: string, time: string): string[] {
  const room = pageWidth - indent.length - 2 - 9;
  return wrap(sentence, room).map((line, at) =>
    at === 0
      ? `${indent}${mark} ${line}${' '.repeat(Math.max(0, room - widthOf(line)))}${time.padStart(9)}`
      : `${indent}  ${line}`,
  );
}
