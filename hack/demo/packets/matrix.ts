import { paint } from '../page.ts';
import { renderTable } from '../table.ts';

/** One connection that was tried, and how it ended. */
export interface Dialled {
  readonly from: string;
  readonly to: string;
  /** `open`: whom it was for has answered. Whatever is neither that nor `dropped` says what it is. */
  readonly ended: string;
}

/** Who can be dialled, and where. */
export interface Place {
  readonly name: string;
  readonly port: number;
}

/** For each name, to whom it can connect. */
export type Reach = Readonly<Record<string, readonly string[]>>;

/** What was not dropped; what ended otherwise than open says so, and so equals no name. */
export function reachOf(places: readonly Place[], dialled: readonly Dialled[]): Reach {
  const from = (name: string) => dialled.filter((each) => each.from === name);
  return Object.fromEntries(
    places.map(({ name }) => [
      name,
      from(name)
        .filter(({ ended }) => ended !== 'dropped')
        .map(({ to, ended }) => (ended === 'open' ? to : `${to}: ${ended}`)),
    ]),
  );
}

export function countOf(reach: Reach): number {
  return Object.values(reach).flat().length;
}

/** Rows from, columns to; what is open and not among `declared` has another colour. */
export function renderMatrix(
  places: readonly Place[],
  dialled: readonly Dialled[],
  declared: Reach,
): string[] {
  const columns = [
    { title: '', most: 12 },
    ...places.map(({ name, port }) => ({ title: `${name}:${port}`, most: 14 })),
  ];
  const rows = places.map(({ name: from }) => [
    from,
    ...places.map(({ name: to }) => {
      const one = dialled.find((each) => each.from === from && each.to === to);
      return one === undefined ? '' : cellOf(one, declared);
    }),
  ]);
  return renderTable(columns, rows);
}

/** `frontend reaches cart, payment and nobody else`. */
export function sentenceOf(from: string, names: readonly string[]): string {
  if (names.length === 0) return `${from} reaches nobody`;
  return `${from} reaches ${names.join(', ')} and nobody else`;
}

function cellOf({ from, to, ended }: Dialled, declared: Reach): string {
  if (ended === 'dropped') return paint('dim', '·');
  if (ended !== 'open') return paint('red', ended);
  return paint(declared[from]?.includes(to) === true ? 'green' : 'yellow', '●');
}
