import { columnsOf, cutTo, printable } from '../outside-text.js';

/** What a piece of text means. Colours are for states only; `dim` and `strong` are for order on the screen. */
export type Tone = 'plain' | 'dim' | 'strong' | 'good' | 'warning' | 'bad';

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

/** Codes of ANSI terminals. */
const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  dim: '\x1b[2m',
  strong: '\x1b[1m',
  good: '\x1b[32m',
  warning: '\x1b[33m',
  bad: '\x1b[31m',
};
const RESET = '\x1b[0m';

/** Makes a span; text from outside becomes harmless. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: printable(text), tone };
}

export function widthOf(line: Line): number {
  return line.reduce((width, { text }) => width + columnsOf(text), 0);
}

/** Writes a line, cut to the width of the terminal. */
export function written(line: Line, columns: number, hasColours: boolean): string {
  let left = columns;
  let output = '';
  for (const { text, tone } of line) {
    const cut = cutTo(text, left);
    left -= columnsOf(cut);
    output += hasColours && tone !== 'plain' && cut !== '' ? `${CODES[tone]}${cut}${RESET}` : cut;
  }
  return output.trimEnd();
}

/** A name and figures beside it, on further lines where they do not fit on one. */
export function figures(name: string, items: readonly Line[], columns: number): readonly Line[] {
  const indent = 11;
  const lines: Span[][] = [[span(name.padEnd(indent), 'dim')]];
  let width = indent;
  for (const item of items) {
    const itemWidth = widthOf(item);
    const isFirst = width === indent;
    if (!isFirst && width + 3 + itemWidth > columns) {
      lines.push([span(' '.repeat(indent))]);
      width = indent;
    }
    if (width > indent) {
      lines.at(-1)?.push(span('   '));
      width += 3;
    }
    lines.at(-1)?.push(...item);
    width += itemWidth;
  }
  return lines;
}

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Columns of the highest numbers are left out first where the terminal is narrow; 0 stays. */
  readonly rank: number;
  readonly cell: (row: Row) => Span;
}

const GAP = 2;
const NAME_MIN = 12;

/** A table whose first column is a name and takes what the others leave; those are right-aligned. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  columnsMax: number,
): readonly Line[] {
  if (rows.length === 0) return [];
  let shown = columns.map((column) => {
    const cells = rows.map(column.cell);
    return {
      ...column,
      cells,
      width: Math.max(columnsOf(column.title), ...cells.map(({ text }) => columnsOf(text))),
    };
  });
  const restOf = (): number => columnsMax - shown.slice(1).reduce((sum, { width }) => sum + width + GAP, 0);
  while (restOf() < Math.min(NAME_MIN, shown[0]?.width ?? 0)) {
    const worst = shown.reduce((a, b) => (b.rank >= a.rank ? b : a));
    if (worst.rank === 0) break;
    shown = shown.filter((column) => column !== worst);
  }
  const nameWidth = Math.max(1, Math.min(shown[0]?.width ?? 0, restOf()));
  const lineOf = (cells: readonly Span[]): Line =>
    cells.flatMap((cell, index) => {
      const width = index === 0 ? nameWidth : (shown[index]?.width ?? 0);
      const text = cutTo(cell.text, width);
      const blanks = span(' '.repeat(Math.max(0, width - columnsOf(text))));
      const shownCell = { ...cell, text };
      return index === 0 ? [shownCell, blanks] : [span(' '.repeat(GAP)), blanks, shownCell];
    });
  return [
    lineOf(shown.map(({ title }) => span(title, 'dim'))),
    ...rows.map((_, index) => lineOf(shown.map(({ cells }) => cells[index] ?? span('')))),
  ];
}
