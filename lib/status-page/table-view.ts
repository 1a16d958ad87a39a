import type { StateCell, StatusColumn, TablePanel } from '../status/status-document.js';
import type { PanelView } from './chart-view.js';
import { element, markScrollable, setText } from './dom-elements.js';
import { formatTime, formatValue, NO_VALUE } from './format-value.js';
import { createPanelCard } from './panel-card.js';

/** Rows that a table shows at most; its last line says how many more there are. */
const ROWS_MAX = 50;

/** About how much room the cells of a column need, in pixels; that of a number for all units of numbers. */
const WIDTHS: Partial<Record<StatusColumn['unit'], number>> = { text: 130, state: 120, time: 80, trace: 260 };
const NUMBER_WIDTH = 80;
const PADDING = 26;

type Cell = string | number | StateCell | null;

/** A table. Only cells that changed are written, so that a selection survives the next second. */
export function createTableView(first: TablePanel, index: number): PanelView<TablePanel> {
  const card = createPanelCard(first, index);
  const head = element('thead');
  const body = element('tbody');
  const table = element('table', { 'aria-labelledby': card.titleId }, head, body);
  const box = element('div', { class: 'scroll', role: 'region', 'aria-labelledby': card.titleId }, table);
  const note = element('p', { class: 'more' });
  card.element.append(box, note);
  let drawnColumns = '';

  return {
    element: card.element,
    update(panel) {
      card.show(panel);
      const columns = JSON.stringify(panel.columns);
      if (columns !== drawnColumns) {
        drawnColumns = columns;
        head.replaceChildren(headRow(panel.columns));
        // By the columns, not by what is in them: the layout of the page must not change each second.
        const width = PADDING + sum(panel.columns.map(({ unit }) => WIDTHS[unit] ?? NUMBER_WIDTH));
        card.element.style.flex = `${width} 1 ${width}px`;
        body.replaceChildren();
      }
      const rows = panel.rows.slice(0, ROWS_MAX);
      while (body.rows.length > rows.length) body.deleteRow(-1);
      rows.forEach((cells, place) => {
        const row = body.rows[place] ?? body.appendChild(emptyRow(panel.columns));
        panel.columns.forEach((column, at) => {
          const node = row.cells[at];
          if (node !== undefined) showCell(node, cells[at] ?? null, column);
        });
      });
      const leftOut = panel.rows.length - rows.length + panel.rowsLeftOut;
      box.hidden = rows.length === 0;
      setText(note, rows.length === 0 ? panel.empty : leftOut > 0 ? `and ${leftOut} more` : '');
      markScrollable(box);
    },
    redraw() {
      markScrollable(box);
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function headRow(columns: readonly StatusColumn[]): HTMLElement {
  return element(
    'tr',
    {},
    ...columns.map(({ title, unit }) => element('th', { scope: 'col', 'data-unit': unit }, title)),
  );
}

function emptyRow(columns: readonly StatusColumn[]): HTMLTableRowElement {
  const cells = columns.map(({ unit }, at) =>
    at === 0 ? element('th', { scope: 'row', 'data-unit': unit }) : element('td', { 'data-unit': unit }),
  );
  return element('tr', {}, ...cells);
}

function showCell(node: HTMLElement, cell: Cell, { unit }: StatusColumn): void {
  if (unit !== 'text' && unit !== 'state') {
    setText(node, textOf(cell, unit));
    return;
  }
  const inner = node.firstElementChild ?? node.appendChild(element('span', { dir: 'auto' }));
  const isState = typeof cell === 'object' && cell !== null;
  inner.className = isState ? 'state' : 'text';
  inner.setAttribute('data-tone', isState ? cell.tone : 'unknown');
  setText(inner, textOf(cell, unit));
}

function textOf(cell: Cell, unit: StatusColumn['unit']): string {
  if (cell === null) return NO_VALUE;
  if (typeof cell === 'object') return cell.text;
  if (typeof cell === 'string' || unit === 'text' || unit === 'trace' || unit === 'state') return `${cell}`;
  return unit === 'time' ? formatTime(cell, Date.now()) : formatValue(cell, unit);
}
