/** The lines of a text. They are looked for when somebody asks. */
export class Lines {
  readonly #text: string;
  #starts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Line and column of a character; both begin at 1. */
  at(position: number): { readonly line: number; readonly column: number } {
    this.#starts ??= startsOf(this.#text);
    const starts = this.#starts;
    let line = 1;
    for (let end = starts.length; line < end; ) {
      const middle = (line + end + 1) >> 1;
      if ((starts[middle - 1] ?? 0) <= position) line = middle;
      else end = middle - 1;
    }
    return { line, column: position - (starts[line - 1] ?? 0) + 1 };
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
