import type { FieldJson, PanelJson } from '../dashboard-json.js';
import { classicColor, cssColor, shadeOf, TEXT } from './colors.js';
import { formatValue } from './units.js';

/** What a value looks like. */
export interface Cell {
  readonly text: string;
  readonly color: string;
}

/** The configuration of a field of a panel: the defaults, and over them what its name overrides. */
export function fieldOf({ fieldConfig }: PanelJson, name: string): FieldJson {
  let field: FieldJson = fieldConfig?.defaults ?? {};
  for (const { matcher, properties } of fieldConfig?.overrides ?? []) {
    if (matcher.id !== 'byName') throw new Error(`Overrides by "${matcher.id}" are not known here.`);
    if (matcher.options !== name) continue;
    for (const { id, value } of properties) {
      field = id.startsWith('custom.')
        ? { ...field, custom: { ...field.custom, [id.slice('custom.'.length)]: value } }
        : { ...field, [id]: value };
    }
  }
  return field;
}

/** The text and the colour of a value, by the mappings, thresholds and unit of its field. */
export function cellOf(value: number, field: FieldJson): Cell {
  for (const { type, options } of field.mappings ?? []) {
    const mapped = type === 'value' ? options[String(value)] : undefined;
    if (mapped !== undefined) return { text: mapped.text, color: cssColor(mapped.color) };
  }
  return { text: formatValue(value, field.unit, field.decimals), color: thresholdColor(value, field) };
}

/** The colour of the last threshold that a value reaches. */
export function thresholdColor(value: number, { thresholds }: FieldJson): string {
  const reached = thresholds?.steps.findLast((step) => step.value === null || value >= step.value);
  return reached === undefined ? TEXT : cssColor(reached.color);
}

/** The colour of the n-th series of a graph. */
export function seriesColor(index: number, { color }: FieldJson): string {
  const { mode, fixedColor = '' } = color ?? {};
  if (mode === 'fixed') return cssColor(fixedColor);
  return mode === 'shades' ? shadeOf(cssColor(fixedColor), index) : classicColor(index);
}

/** The last number of a series that is one. */
export function lastNotNull(values: readonly (number | null)[]): number | undefined {
  return values.findLast((value) => value !== null) ?? undefined;
}
