import uPlot from 'uplot';
import type { ExemplarPoint, FieldJson, PanelPicture } from '../../dashboard-json.js';
import { timeAxis, valueAxis } from '../axes.js';
import { cssColor, tint } from '../colors.js';
import { element } from '../element.js';
import { fieldOf, seriesColor } from '../fields.js';
import { legendOf } from '../legend.js';
import { formatTick } from '../units.js';

interface Line {
  readonly name: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
  /** What is drawn: with stacking, the sum of this series and of those beneath. */
  readonly drawn: readonly (number | null)[];
}

/** Lines or bars over time, on top of each other where they are stacked. */
export function drawTimeSeries(
  { panel, frames, exemplars }: PanelPicture,
  times: readonly number[],
  body: HTMLElement,
): void {
  const field = fieldOf(panel, '');
  const { drawStyle, fillOpacity = 0, lineWidth = 1, stacking, thresholdsStyle } = field.custom ?? {};
  const isStacked = stacking?.mode === 'normal';
  const isBars = drawStyle === 'bars';
  const lines: Line[] = [];
  for (const [index, { name, values }] of frames.entries()) {
    const color = seriesColor(index, fieldOf(panel, name));
    const below = isStacked ? lines.at(-1)?.drawn : undefined;
    lines.push({ name, color, values, drawn: below === undefined ? values : sum(below, values) });
  }
  const legend = legendOf(
    panel,
    lines.map(({ name, color, values }) => ({ name, color, values, unit: field.unit })),
  );
  const host = element('div', { class: 'plot' });
  body.classList.add(panel.options?.legend?.placement === 'right' ? 'row' : 'column');
  body.append(host, legend);

  // The highest stack first: each one covers the lower part of the one behind it.
  const order = isStacked ? [...lines].reverse() : lines;
  const opacity = fillOpacity / 100;
  new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [8, 18, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: {
        x: { range: () => [times[0] ?? 0, times.at(-1) ?? 1] },
        y: { range: (_, least, most) => rangeOf(field, least, Math.max(most, ...largestOf(exemplars))) },
      },
      axes: [timeAxis(), valueAxis((value) => formatTick(value, field.unit), field.unit)],
      series: [
        {},
        ...order.map(
          ({ name, color }): uPlot.Series => ({
            label: name,
            stroke: isBars ? tint(color, opacity) : color,
            width: lineWidth === 0 ? 0 : 1.5,
            fill: isStacked ? tint(color, opacity) : `${color}${isBars ? '' : '14'}`,
            points: { show: false },
            ...(isBars
              ? { paths: uPlot.paths.bars?.({ size: [0.85, 20] }) as uPlot.Series.PathBuilder }
              : {}),
          }),
        ),
      ],
      hooks: {
        draw: [
          (plot) => {
            if (thresholdsStyle?.mode === 'dashed') drawThresholds(plot, field);
            drawExemplars(plot, exemplars);
          },
        ],
      },
    },
    [[...times], ...order.map(({ drawn }) => [...drawn])],
    host,
  );
}

function sum(below: readonly (number | null)[], values: readonly (number | null)[]): (number | null)[] {
  return values.map((value, index) => {
    const beneath = below[index] ?? null;
    return value === null && beneath === null ? null : (value ?? 0) + (beneath ?? 0);
  });
}

function largestOf(exemplars: readonly ExemplarPoint[]): number[] {
  return exemplars.map(({ value }) => value);
}

function rangeOf({ min, max }: FieldJson, least: number, most: number): [number, number] {
  const from = min ?? Math.min(0, least * 1.05);
  const top = Number.isFinite(most) && most > from ? from + (most - from) * 1.05 : from + 1;
  return [from, max ?? top];
}

function drawThresholds({ ctx, bbox, valToPos, scales }: uPlot, { thresholds }: FieldJson): void {
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([8 * devicePixelRatio, 6 * devicePixelRatio]);
  for (const { value, color } of thresholds?.steps ?? []) {
    if (value === null || value > (scales['y']?.max ?? 0)) continue;
    const y = valToPos(value, 'y', true);
    ctx.strokeStyle = cssColor(color);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

function drawExemplars({ ctx, valToPos }: uPlot, exemplars: readonly ExemplarPoint[]): void {
  const half = 3 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = '#3274d9';
  for (const { seconds, value } of exemplars) {
    const [x, y] = [valToPos(seconds, 'x', true), valToPos(value, 'y', true)];
    ctx.beginPath();
    ctx.moveTo(x, y - half);
    ctx.lineTo(x + half, y);
    ctx.lineTo(x, y + half);
    ctx.lineTo(x - half, y);
    ctx.fill();
  }
  ctx.restore();
}
