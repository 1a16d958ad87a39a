import uPlot from 'uplot';
import type { PanelPicture } from '../../dashboard-json.js';
import { readable, TEXT, tint } from '../colors.js';
import { element } from '../element.js';
import { cellOf, fieldOf, lastNotNull } from '../fields.js';

const SIZE_MAX = 26;
/** Of a digit, in font sizes, with some room at the sides. */
const CHARACTER_WIDTH = 0.78;

/** One number, coloured by its thresholds, with its course behind it. */
export function drawStat({ panel, frames }: PanelPicture, times: readonly number[], body: HTMLElement): void {
  const [frame] = frames;
  const field = fieldOf(panel, frame?.name ?? '');
  const value = lastNotNull(frame?.values ?? []);
  if (frame === undefined || value === undefined) {
    body.append(element('div', { class: 'stat' }, field.noValue ?? 'no data'));
    return;
  }
  const { text, color } = cellOf(value, field);
  const hasBackground = panel.options?.colorMode === 'background';
  if (hasBackground) body.parentElement?.style.setProperty('background', tint(color, 0.3));
  if (panel.options?.graphMode === 'area' && frame.values.length > 1) {
    const line = color === TEXT ? '#8a9096' : color;
    drawCourse(times, frame.values, line, body);
  }
  const size = Math.min(SIZE_MAX, body.clientWidth / text.length / CHARACTER_WIDTH);
  const style = { color: readable(color), 'font-size': `${size}px` };
  body.append(element('div', { class: 'stat', style }, text));
}

function drawCourse(
  times: readonly number[],
  values: readonly (number | null)[],
  color: string,
  body: HTMLElement,
): void {
  const host = element('div', { class: 'course' });
  body.append(host);
  new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [2, 0, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false },
        y: { range: (_, least, most) => [Math.min(0, least), most > 0 ? most : 1] },
      },
      axes: [{ show: false }, { show: false }],
      series: [{}, { stroke: tint(color, 0.8), fill: tint(color, 0.35), width: 1, points: { show: false } }],
    },
    [[...times], [...values]],
    host,
  );
}
