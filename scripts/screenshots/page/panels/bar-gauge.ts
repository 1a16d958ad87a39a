import type { PanelPicture } from '../../dashboard-json.js';
import { readable } from '../colors.js';
import { element } from '../element.js';
import { cellOf, fieldOf, lastNotNull } from '../fields.js';

/** A bar that has more room carries its name above it, otherwise on its left. */
const NAME_ABOVE_FROM_PIXELS = 40;

/** A horizontal bar for each series. */
export function drawBarGauge({ panel, frames }: PanelPicture, _: readonly number[], body: HTMLElement): void {
  const bars = frames.flatMap(({ name, values }) => {
    const value = lastNotNull(values);
    return value === undefined ? [] : [{ name, value }];
  });
  const largest = Math.max(...bars.map(({ value }) => value), 1e-9);
  const isRoomy = body.clientHeight / bars.length > NAME_ABOVE_FROM_PIXELS;
  const grid = element('div', { class: isRoomy ? 'bars above' : 'bars' });
  body.append(grid);
  for (const { name, value } of bars) {
    const field = fieldOf(panel, name);
    const { text, color } = cellOf(value, field);
    const share = Math.max(0, Math.min(1, value / (field.max ?? largest)));
    grid.append(
      element('span', { class: 'name' }, name),
      element('div', {}, element('i', { style: { width: `${share * 100}%`, background: color } })),
      element('span', { style: { color: readable(color) } }, text),
    );
  }
}
