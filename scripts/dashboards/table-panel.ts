import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as table from '@grafana/grafana-foundation-sdk/table';
import { framed, type PanelSpec, refId } from './panels.js';
import { tableTarget } from './targets.js';
import type { Step } from './thresholds.js';
import { UNITS, type Unit } from './units.js';

/** A column of numbers: one query whose series become the cells. */
export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: Unit;
  readonly decimals?: number;
  /** Colours the cell. */
  readonly steps?: readonly Step[];
  /** Words and colours in place of numbers. */
  readonly states?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Draws the number as a bar: a share of the whole, or relative to the others of the column. */
  readonly bar?: boolean;
}

/** Labels as columns on the left, then one column of numbers for each query, joined by the labels. */
export function tablePanel(
  spec: PanelSpec & {
    labels: Readonly<Record<string, string>>;
    columns: readonly Column[];
    sortBy: string;
    height?: number;
  },
): Builder<Panel> {
  const { labels, columns } = spec;
  const panel = framed(new table.PanelBuilder(), spec, spec.height ?? 8)
    .targets(columns.map((column, index) => tableTarget(column.expr, refId(index))))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: organize(labels, columns) })
    .showHeader(true)
    .filterable(true)
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(spec.sortBy).desc(true)]);
  for (const column of columns) panel.overrideByName(column.title, propertiesOf(column));
  return panel;
}

function organize(
  labels: Readonly<Record<string, string>>,
  columns: readonly Column[],
): Record<string, unknown> {
  // With a single query Grafana calls its values `Value`, with several `Value #A`, `Value #B` ...
  const fields = columns.map((_, index) => (columns.length === 1 ? 'Value' : `Value #${refId(index)}`));
  const order = [...Object.keys(labels), ...fields];
  return {
    excludeByName: { Time: true },
    indexByName: Object.fromEntries(order.map((field, index) => [field, index])),
    renameByName: {
      ...labels,
      ...Object.fromEntries(columns.map((column, index) => [fields[index], column.title])),
    },
  };
}

function propertiesOf({ unit, decimals, steps, states, bar }: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: 'unit', value: unit }];
  if (decimals !== undefined) properties.push({ id: 'decimals', value: decimals });
  if (states !== undefined) properties.push({ id: 'mappings', value: [{ type: 'value', options: states }] });
  if (steps !== undefined) {
    const absolute = steps.map(([value, color]) => ({ value, color }));
    properties.push({ id: 'thresholds', value: { mode: 'absolute', steps: absolute } });
  }
  if (steps !== undefined || states !== undefined) {
    properties.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  }
  if (bar) {
    properties.push(
      { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'gradient' } },
      { id: 'min', value: 0 },
    );
    // A share is of the whole, whatever the others of its column are.
    if (unit === UNITS.share) properties.push({ id: 'max', value: 1 });
    properties.push({ id: 'color', value: { mode: 'continuous-BlPu' } });
  }
  return properties;
}
