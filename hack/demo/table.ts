import { paint, widthOf } from './page.ts';

export interface Column {
  readonly title: string;
  /** The widest that it gets; cells that are wider are broken between their items. */
  readonly most: number;
}

/** Lines as they are, or items that are put on as few lines as they need. */
export type Cell = string | readonly string[];

const gap = '  ';

/** A table as lines: columns as wide as their contents need, a row as high as its highest cell. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): string[] {
  const broken = rows.map((row) => columns.map(({ most }, at) => breakCell(row[at] ?? '', most)));
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...broken.flatMap((row) => (row[at] ?? []).map(widthOf))),
  );
  const title = joinCells(
    columns.map((column) => column.title),
    widths,
  );
  return [paint('dim', title), ...broken.flatMap((row) => rowLines(row, widths))];
}

function rowLines(cells: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    joinCells(
      cells.map((cell) => cell[line] ?? ''),
      widths,
    ),
  );
}

function joinCells(texts: readonly string[], widths: readonly number[]): string {
  return texts
    .map((text, at) => text + ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text))))
    .join(gap)
    .trimEnd();
}

function breakCell(cell: Cell, most: number): string[] {
  if (typeof cell === 'string') return cell.split('\n');
  const lines: string[] = [];
  for (const [at, item] of cell.entries()) {
    const text = at === cell.length - 1 ? item : `${item},`;
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(text) <= most) {
      lines[lines.length - 1] = `${last} ${text}`;
    } else lines.push(text);
  }
  return lines;
}
