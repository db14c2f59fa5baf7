/** One measured number, beside what it should be. */
export interface Row {
  readonly what: string;
  readonly target?: string;
  readonly measured: string;
  readonly ratio?: string;
}

const widths = { what: 52, target: 13, measured: 19, ratio: 13 } as const;

/** Prints rows on 100 columns; what is longer is not cut. */
export function printRows(title: string, rows: readonly Row[]): void {
  print({ what: title, target: 'target', measured: 'measured', ratio: '' });
  console.log('-'.repeat(100));
  for (const row of rows) print(row);
  console.log();
}

function print({ what, target = '', measured, ratio = '' }: Row): void {
  const cells = [
    what.padEnd(widths.what),
    target.padStart(widths.target),
    measured.padStart(widths.measured),
    ratio.padStart(widths.ratio),
  ];
  console.log(cells.join(' '));
}
