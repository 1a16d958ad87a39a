import type { FieldJson, PanelPicture } from '../../dashboard-json.js';
import { readable, tint } from '../colors.js';
import { element } from '../element.js';
import { cellOf, fieldOf } from '../fields.js';

/** The options of the transformation that names, orders and hides columns. */
interface Organize {
  readonly excludeByName: Readonly<Record<string, boolean>>;
  readonly indexByName: Readonly<Record<string, number>>;
  readonly renameByName: Readonly<Record<string, string>>;
}

type Row = Readonly<Record<string, string | number>>;

/** Labels and numbers in columns, the series of all queries joined by their labels. */
export function drawTable({ panel, frames }: PanelPicture, _: readonly number[], body: HTMLElement): void {
  const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options as Organize;
  const columns = Object.entries(organize.indexByName)
    .filter(([name]) => !organize.excludeByName[name])
    .sort(([, one], [, other]) => one - other)
    .map(([name]) => ({ name, title: organize.renameByName[name] ?? name }));
  const rows = rowsOf(frames, (panel.targets ?? []).length === 1);
  const [sort] = panel.options?.sortBy ?? [];
  const sortName = columns.find(({ title }) => title === sort?.displayName)?.name ?? '';
  const direction = sort?.desc ? -1 : 1;
  rows.sort((one, other) => direction * compare(one[sortName], other[sortName]));

  const most = (name: string) => Math.max(...rows.map((row) => Number(row[name] ?? 0)), 1e-9);
  body.append(
    element(
      'table',
      { class: 'data' },
      element(
        'tr',
        {},
        ...columns.map(({ name, title }) => element('th', { class: isNumber(name) ? 'number' : '' }, title)),
      ),
      ...rows.map((row) =>
        element(
          'tr',
          {},
          ...columns.map(({ name, title }) => cell(row[name], fieldOf(panel, title), most(name))),
        ),
      ),
    ),
  );
}

function rowsOf(frames: PanelPicture['frames'], isSingle: boolean): Row[] {
  const rows = new Map<string, Record<string, string | number>>();
  for (const { refId, labels, values } of frames) {
    const key = JSON.stringify(Object.entries(labels).sort());
    const row = rows.get(key) ?? { ...labels };
    const [value] = values;
    if (value !== null && value !== undefined) row[isSingle ? 'Value' : `Value #${refId}`] = value;
    rows.set(key, row);
  }
  return [...rows.values()];
}

const isNumber = (name: string): boolean => name.startsWith('Value');

function compare(one: string | number | undefined, other: string | number | undefined): number {
  if (typeof one === 'string' && typeof other === 'string') return one.localeCompare(other);
  return Number(one ?? Number.NEGATIVE_INFINITY) - Number(other ?? Number.NEGATIVE_INFINITY) || 0;
}

function cell(value: string | number | undefined, field: FieldJson, most: number): HTMLElement {
  if (value === undefined) return element('td');
  if (typeof value === 'string') return element('td', {}, value);
  const { text, color } = cellOf(value, field);
  const kind = field.custom?.cellOptions?.type;
  if (kind === 'gauge') {
    const width = `${Math.max(0, Math.min(1, value / (field.max ?? most))) * 100}%`;
    const bar = element('div', {}, element('i', { style: { width, background: tint('#5794f2', 0.75) } }));
    return element(
      'td',
      { class: 'number' },
      element('div', { class: 'gauge' }, bar, element('span', {}, text)),
    );
  }
  return element(
    'td',
    { class: 'number', style: kind === 'color-text' ? { color: readable(color) } : {} },
    text,
  );
}
