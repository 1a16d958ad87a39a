import uPlot from 'uplot';
import type { PanelPicture } from '../../dashboard-json.js';
import { timeAxis, valueAxis } from '../axes.js';
import { element } from '../element.js';
import { formatTick, formatValue } from '../units.js';

/** From few to many, as the scheme "Oranges" goes. */
const ORANGES = [
  '#fff5eb',
  '#fee6ce',
  '#fdd0a2',
  '#fdae6b',
  '#fd8d3c',
  '#f16913',
  '#d94801',
  '#a63603',
  '#7f2704',
];

interface Row {
  /** The upper bound of the bucket. */
  readonly bound: number;
  readonly counts: readonly number[];
}

/** A histogram over time: a row for each bucket, the darker the more measurements fell into it. */
export function drawHeatmap(
  { panel, frames }: PanelPicture,
  times: readonly number[],
  body: HTMLElement,
): void {
  const rows = rowsOf(frames);
  const unit = panel.options?.yAxis?.unit;
  const most = Math.max(...rows.flatMap(({ counts }) => counts), 0);
  const exponent = panel.options?.color?.exponent ?? 1;
  const bounds = rows.map(({ bound }) =>
    bound === Number.POSITIVE_INFINITY ? '+Inf' : formatTick(bound, unit),
  );
  const host = element('div', { class: 'plot' });
  body.classList.add('column');
  body.append(host, scaleOf(most));
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
        // Buckets have equal heights, whatever their widths: row n reaches from n - 1 to n.
        y: { range: () => [0, rows.length] },
      },
      axes: [
        timeAxis(),
        {
          ...valueAxis((row) => bounds[row - 1] ?? ''),
          grid: { show: false },
          incrs: [1, 2, 3, 4, 5, 8, 10],
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        draw: [
          (plot) => {
            drawCells(plot, times, rows, (count) => shade((count / most) ** exponent));
          },
        ],
      },
    },
    [[...times], times.map(() => 0)],
    host,
  );
}

/** The counts of each bucket by itself: Prometheus hands out sums up to each bound. */
function rowsOf(frames: PanelPicture['frames']): Row[] {
  const cumulative = frames
    .map(({ labels, values }) => ({ bound: Number(labels['le']?.replace('+Inf', 'Infinity')), values }))
    .sort((one, other) => one.bound - other.bound);
  return cumulative.map(({ bound, values }, index) => ({
    bound,
    counts: values.map((value, at) => Math.max(0, (value ?? 0) - (cumulative[index - 1]?.values[at] ?? 0))),
  }));
}

function drawCells(
  { ctx, valToPos }: uPlot,
  times: readonly number[],
  rows: readonly Row[],
  colorOf: (count: number) => string,
): void {
  for (const [index, { counts }] of rows.entries()) {
    const [top, bottom] = [valToPos(index + 1, 'y', true), valToPos(index, 'y', true)];
    for (const [at, count] of counts.entries()) {
      if (count <= 1e-9 || at === 0) continue;
      const [left, right] = [valToPos(times[at - 1] ?? 0, 'x', true), valToPos(times[at] ?? 0, 'x', true)];
      ctx.fillStyle = colorOf(count);
      ctx.fillRect(left, top, right - left - 1, bottom - top - 1);
    }
  }
}

function shade(share: number): string {
  return ORANGES[Math.round(share * (ORANGES.length - 1))] ?? '';
}

function scaleOf(most: number): HTMLElement {
  return element(
    'div',
    { class: 'legend' },
    element(
      'span',
      { class: 'key' },
      '0',
      element('i', {
        class: 'scale',
        style: { background: `linear-gradient(to right, ${ORANGES.join(',')})` },
      }),
      formatValue(Math.round(most)),
    ),
  );
}
