import type { DescribedSetting } from '../../config/describe-settings.js';
import { columnsOf, printable } from '../outside-text.js';
import type { Findings } from './findings.js';
import type { Trial } from './trial.js';

const WORDS: Readonly<Record<Trial['state'], string>> = { ok: 'ok', wrong: 'WRONG', skipped: '-' };

/** The number of things that are wrong. */
export function countWrong({ warnings, trials }: Findings): number {
  return warnings.length + trials.filter(({ state }) => state === 'wrong').length;
}

/** The report as text, what is wrong at its end, where it stays in sight. */
export function renderCheck(findings: Findings, source: string): string {
  const { settings, warnings, unread, trials } = findings;
  const isDefault = ({ origin }: DescribedSetting) => origin === 'default';
  const wrong = countWrong(findings);
  const sections = [
    section(
      'Defaults, and the variables that change them',
      table(settings.filter(isDefault).map(settingCells)),
    ),
    section(`Set ${source}`, table(settings.filter((row) => !isDefault(row)).map(settingCells))),
    section('Not read by this package', unread.map(printable)),
    section(
      'Wrong',
      warnings.map(({ variable, option, seen, effect, remedy }) =>
        printable(
          `${variable === undefined ? option : `${variable} (${option})`}: saw ${seen}; ${effect}; ${remedy}`,
        ),
      ),
    ),
    section(
      'Tried',
      table(trials.map(({ state, subject, text }) => [WORDS[state], subject, printable(text)])),
    ),
  ];
  const verdict =
    wrong === 0 ? 'Nothing is wrong.' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`;
  return `${[...sections.filter((text) => text !== ''), verdict].join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function settingCells({ option, value, origin, variables }: DescribedSetting): readonly string[] {
  const from = origin === 'default' ? variables.join(', ') : origin;
  return [option, valueText(value), from].map(printable);
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value !== 'object') return String(value);
  const text = JSON.stringify(value);
  return text === '{}' || text === '[]'
    ? '-'
    : text.replace(/^\["([\w,"/.-]+)"\]$/, (_, items) => items.replaceAll('"', ''));
}

/** A longer cell pushes the rest of its line to the right, and not all other lines. */
const WIDTH_MAX = 48;

/** Cells in columns; the last one of a line is as wide as it is. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widthOf = (column: number) =>
    Math.min(WIDTH_MAX, Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))));
  const widths = rows[0]?.map((_, column) => widthOf(column)) ?? [];
  const padded = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)));
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}
