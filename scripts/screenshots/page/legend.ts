import type { PanelJson } from '../dashboard-json.js';
import { element } from './element.js';
import { lastNotNull } from './fields.js';
import { formatValue } from './units.js';

/** An entry of a legend. */
export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly unit?: string | undefined;
  readonly values?: readonly (number | null)[];
}

/** The legend of a panel: a list beneath it, or a table on its right with the last and the largest value. */
export function legendOf({ options }: PanelJson, entries: readonly LegendEntry[]): HTMLElement {
  if (options?.legend?.displayMode !== 'table') {
    return element('div', { class: 'legend' }, ...entries.map(keyOf));
  }
  const rows = entries
    .map((entry) => ({
      entry,
      last: lastNotNull(entry.values ?? []),
      max: Math.max(...(entry.values ?? []).flatMap((value) => value ?? [])),
    }))
    .sort((one, other) => (other.last ?? 0) - (one.last ?? 0));
  const cell = (value: number | undefined, unit: string | undefined) =>
    element('td', {}, value === undefined || !Number.isFinite(value) ? '' : formatValue(value, unit));
  return element(
    'div',
    { class: 'legend table' },
    element(
      'table',
      {},
      element('tr', {}, ...['Name', 'Last *', 'Max'].map((title) => element('th', {}, title))),
      ...rows.map(({ entry, last, max }) =>
        element('tr', {}, element('td', {}, keyOf(entry)), cell(last, entry.unit), cell(max, entry.unit)),
      ),
    ),
  );
}

function keyOf({ name, color }: LegendEntry): HTMLElement {
  return element(
    'span',
    { class: 'key' },
    element('i', { style: { background: color } }),
    element('span', {}, name),
  );
}
